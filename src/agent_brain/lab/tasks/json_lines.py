"""Tasks in JSON lines."""

from pathlib import Path

from agent_brain.lab.task import Task
from agent_brain.lab.tasks.files import read_rows
from agent_brain.lab.tasks.rows import make_task


def read_json_lines(path: str) -> list[Task]:
    """One JSON object a line, with the fields of a task: task_id, turns or prompt, answer, family, evaluator, tools."""
    stem = Path(path).name.partition(".")[0]
    return [make_task(row, f"{stem}-{place}", where) for place, (where, row) in enumerate(read_rows(path), 1)]

"""Tasks in JSON lines."""

from pathlib import Path
from typing import Any

from agent_brain.lab.task import Task
from agent_brain.lab.tasks.files import read_rows
from agent_brain.lab.tasks.rows import make_task
from agent_brain.lab.user import find_player


def read_json_lines(path: str, user: Any = None) -> list[Task]:
    """One JSON object a line, with the fields of a task: task_id, turns or prompt, answer, family, evaluator, tools.

    `user`: the model that plays the users of tasks that have one.
    """
    player = find_player(user)
    stem = Path(path).name.partition(".")[0]
    return [make_task(row, f"{stem}-{place}", where, player) for place, (where, row) in enumerate(read_rows(path), 1)]

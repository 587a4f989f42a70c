"""Where tasks come from: a table of formats, each read from a path that the user gives; nothing is downloaded."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.task import Task
from agent_brain.wiring.making import call_maker, describe_makers, find_maker

TASK_SOURCES: Mapping[str, str] = {
    "jsonl": "agent_brain.lab.tasks.json_lines:read_json_lines",
    "toml": "agent_brain.lab.tasks.toml_file:read_toml",
    "csv": "agent_brain.lab.tasks.csv_file:read_csv",
    "function": "agent_brain.lab.tasks.function:read_function",
    "questions": "agent_brain.lab.tasks.questions:read_questions",
    "toolhop": "agent_brain.lab.tasks.toolhop:read_toolhop",
    "bfcl": "agent_brain.lab.tasks.bfcl:read_bfcl",
    "tau_bench": "agent_brain.lab.tasks.tau_bench:read_tau_bench",
    "tau2_bench": "agent_brain.lab.tasks.tau2_bench:read_tau2_bench",
}
"""By place, as an entry point names it: what makes a list of tasks of a path and its own options."""
SUFFIXES: Mapping[str, str] = {".jsonl": "jsonl", ".toml": "toml", ".csv": "csv", ".py": "function"}


def read_tasks(
    path: str | Path, form: str = "", *, evaluator: str | None = None, count: int | None = None, **options: Any
) -> list[Task]:
    """The tasks of a file or folder, in its order; `form` is a row of the table, or else told by the file's name.

    `FILE.py:NAME` is a function that makes them. `evaluator` takes the place of those that the source names; `count`
    is how many are taken, from the first; the other options are the source's own. Raises: UnknownName, SetupError.
    """
    form = form or _find_form(str(path))
    reader = find_maker("format", form, TASK_SOURCES)
    found: list[Task] = call_maker("format", form, reader, [str(Path(path).expanduser())], options)
    tasks = check_tasks(found, str(path))[:count]
    return tasks if evaluator is None else [replace(task, evaluator=evaluator) for task in tasks]


def check_tasks(tasks: list[Task], where: str) -> list[Task]:
    """Let tasks pass that have names of their own. Raises: SetupError, also where there are none."""
    if not tasks:
        raise SetupError(f"{where}: there is no task in it")
    places: dict[str, int] = {}
    for place, task in enumerate(tasks, 1):
        if task.task_id in places:
            raise SetupError(
                f"{where}: two tasks are called {task.task_id!r}, number {places[task.task_id]} and number {place} in "
                "it; results are told apart by their names"
            )
        places[task.task_id] = place
    return tasks


def describe_sources() -> Mapping[str, str]:
    """What each source reads, by name."""
    return describe_makers("format", TASK_SOURCES)


def _find_form(path: str) -> str:
    suffix = Path(path.rpartition(".py:")[0] + ".py" if ".py:" in path else path).suffix
    if suffix not in SUFFIXES:
        raise SetupError(
            f"{path}: what is in it cannot be told from its name; wanted one that ends in "
            f"{', '.join(SUFFIXES)}, or a format: {', '.join(TASK_SOURCES)}"
        )
    return SUFFIXES[suffix]

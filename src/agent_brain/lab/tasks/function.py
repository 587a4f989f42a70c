"""Tasks that a function makes."""

from collections.abc import Iterable, Mapping
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.rows import make_task
from agent_brain.tools.attempt import Attempt, describe
from agent_brain.tools.load import load_object


def read_function(path: str, **options: Any) -> list[Task]:
    """`FILE.py:NAME` or `package.module:NAME`, a function that gives tasks, or objects with their fields."""
    place, _, name = path.rpartition(":")
    if not place or not name:
        raise SetupError(f"a function that makes tasks is {path!r:.100}; wanted FILE.py:NAME or package.module:NAME")
    made: Any = load_object(place, name)
    attempt = Attempt()
    with attempt:
        made = made(**options) if callable(made) else made
        made = list(made) if isinstance(made, Iterable) and not isinstance(made, str | Mapping) else made
    if attempt.failure is not None:
        raise SetupError(f"{path} failed: {describe(attempt.failure)}") from attempt.failure
    if not isinstance(made, list):
        raise SetupError(f"{path} gave {made!r:.80}; wanted a list of tasks")
    return [_read(each, f"{name}-{number}", f"{path}, task {number}") for number, each in enumerate(made, 1)]


def _read(made: Any, name: str, where: str) -> Task:
    if isinstance(made, Task):
        return made
    if isinstance(made, Mapping):
        return make_task(made, name, where)
    raise SetupError(f"{where} is {made!r:.80}; wanted a Task, or an object with its fields")

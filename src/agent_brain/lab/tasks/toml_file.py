"""Tasks in a TOML file."""

import re
import tomllib
from datetime import date, time
from math import isfinite
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.files import read_text
from agent_brain.lab.tasks.rows import make_task
from agent_brain.lab.user import find_player

_HEAD = re.compile(r"^[ \t]*\[\[[ \t]*tasks[ \t]*\]\]", re.MULTILINE)


def read_toml(path: str, user: Any = None) -> list[Task]:
    """A table `[[tasks]]` for each, with the fields of a task; `user`: the model that plays their users."""
    player = find_player(user)
    text = read_text(path)
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of too many digits is no TOMLDecodeError
        raise SetupError(f"{path} is no TOML: {error}") from None
    rows = found.get("tasks")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or found.keys() - {"tasks"}:
        raise SetupError(f"{path} has {', '.join(found) or 'nothing'}; wanted a table [[tasks]] for each task")
    lines = [text.count("\n", 0, head.start()) + 1 for head in _HEAD.finditer(text)]
    places = (
        [f"line {line}" for line in lines] if len(lines) == len(rows) else [f"task {n + 1}" for n in range(len(rows))]
    )
    stem = Path(path).stem
    tasks = []
    for number, (row, place) in enumerate(zip(rows, places, strict=True), 1):
        where = f"{path}, {place}"
        tasks.append(make_task(_to_json(row, where), f"{stem}-{number}", where, player))
    return tasks


def _to_json(value: Any, where: str) -> Any:
    """It with its dates and times as texts. Raises: SetupError for a number that JSON does not have."""
    if isinstance(value, dict):
        return {key: _to_json(each, where) for key, each in value.items()}
    if isinstance(value, list):
        return [_to_json(each, where) for each in value]
    if isinstance(value, float) and not isfinite(value):
        raise SetupError(f"{where}: it holds {value}; wanted a number that JSON has")
    return value.isoformat() if isinstance(value, date | time) else value

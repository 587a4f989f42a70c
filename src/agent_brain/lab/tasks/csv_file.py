"""Tasks in a file of comma-separated values."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.files import read_text
from agent_brain.lab.tasks.rows import load_json, make_task
from agent_brain.lab.user import find_player

LISTS = ("turns", "prompt", "question", "tools")
"""Columns whose cells may be lists, as JSON: `["first turn", "second turn"]`."""
OBJECTS = ("data", "tools_from")


def read_csv(path: str, user: Any = None) -> list[Task]:
    """A line of names, the fields of a task, and a line for each; several turns or tools as a JSON list in a cell.

    `user`: the model that plays the users of tasks that have one.
    """
    player = find_player(user)
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    names = _read_names(reader, path)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise SetupError(f"{path}, line 1: {', '.join(repeated)} is the name of two columns")
    stem = Path(path).stem
    tasks = []
    try:
        for number, cells in enumerate(reader, 1):
            where = f"{path}, line {reader.line_num}"
            tasks.append(make_task(_read_cells(cells, len(names), where), f"{stem}-{number}", where, player))
    except csv.Error as error:
        raise SetupError(f"{path}, line {reader.reader.line_num}: {error}") from None
    return tasks


def _read_names(reader: "csv.DictReader[str]", path: str) -> list[str]:
    try:
        return list(reader.fieldnames or ())
    except csv.Error as error:
        raise SetupError(f"{path}, line 1: {error}") from None


def _read_cells(cells: Mapping[Any, Any], count: int, where: str) -> dict[str, Any]:
    """The row of a line; an empty cell is no field. Raises: SetupError for too many cells, and for too few."""
    if None in cells or None in cells.values():
        found = sum(value is not None for value in cells.values()) + len(cells.get(None, ())) - (None in cells)
        raise SetupError(f"{where}: {found} values; wanted {count}, as the first line has names")
    return {name: _read_cell(name, value, where) for name, value in cells.items() if value != ""}


def _read_cell(name: str, value: str, where: str) -> Any:
    is_json = (name in LISTS and value.lstrip().startswith("[")) or name in OBJECTS
    if not is_json:
        return [value] if name == "tools" else value
    try:
        return load_json(value, f"{where}: {name}")
    except SetupError:
        if name in ("turns", "prompt", "question"):
            return value  # a prompt may begin with a bracket
        raise

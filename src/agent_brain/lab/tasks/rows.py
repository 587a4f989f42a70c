"""A row of a user's file as a task: its fields are those of `Task`, and all others are its data."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.task import Task

ALIASES = {"id": "task_id", "prompt": "turns", "question": "turns"}
"""Other names of fields, as files have them."""
FIELDS = frozenset({"task_id", "turns", "answer", "family", "evaluator", "tools", "split"})


def make_task(row: Mapping[str, Any], name: str, where: str) -> Task:
    """The task of a row; `name` where it has no `task_id`. Raises: SetupError, which says `where`, and which field."""
    fields, data = _sort(row, where)
    return Task(
        task_id=_read_text(fields.get("task_id", name), "task_id", where) or name,
        turns=_read_turns(fields, row, where),
        answer=fields.get("answer"),
        family=_read_text(fields.get("family", ""), "family", where),
        evaluator=_read_text(fields.get("evaluator", ""), "evaluator", where),
        tools=_read_tools(fields.get("tools", []), where),
        split=_read_text(fields.get("split", ""), "split", where),
        data=data,
    )


def _read_turns(fields: Mapping[str, Any], names: Iterable[str], where: str) -> tuple[str, ...]:
    if "turns" not in fields:
        raise SetupError(f"{where}: there is no prompt, and no turns; found: {', '.join(names) or 'nothing'}")
    turns = [fields["turns"]] if isinstance(fields["turns"], str) else fields["turns"]
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) and turn.strip() for turn in turns):
        raise SetupError(f"{where}: the prompt is {fields['turns']!r:.60}; wanted a text, or a list of turns")
    return tuple(turns)


def _read_tools(tools: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(tools, list) or not all(isinstance(tool, str | Mapping) for tool in tools):
        raise SetupError(f"{where}: tools is {tools!r:.60}; wanted a list of their names, as a brain takes them")
    return tuple(tools)


def _sort(row: Mapping[str, Any], where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Its fields by the names that `Task` has, and the others."""
    fields: dict[str, Any] = {}
    data = row.get("data", {})
    if not isinstance(data, Mapping):
        raise SetupError(f"{where}: data is {data!r:.60}; wanted an object")
    data = dict(data)
    for key, value in row.items():
        name = ALIASES.get(key, key)
        if name in fields:
            raise SetupError(f"{where}: {key} says again what another field says; wanted one of them")
        if name in FIELDS:
            fields[name] = value
        elif name != "data":
            data[key] = value
    return fields, data


def _read_text(value: Any, field: str, where: str) -> str:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and field == "task_id"):
        return str(value)
    raise SetupError(f"{where}: {field} is {value!r:.60}; wanted a text")


def read_object(line: str, where: str) -> dict[str, Any]:
    """The JSON object of a line. Raises: SetupError."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SetupError(f"{where}: {line.strip()!r:.60} is no JSON: {error}") from None
    if not isinstance(row, dict):
        raise SetupError(f"{where}: {line.strip()!r:.60} is no JSON object")
    return row

"""A row of a user's file as a task: its fields are those of `Task`, and all others are its data."""

import json
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.task import Task
from agent_brain.lab.user import Player, User

ALIASES = {"id": "task_id", "prompt": "turns", "question": "turns"}
"""Other names of fields, as files have them."""
FIELDS = frozenset({"task_id", "turns", "answer", "family", "evaluator", "tools", "tools_from", "split", "user"})


def make_task(row: Mapping[str, Any], name: str, where: str, player: Player | None = None) -> Task:
    """The task of a row; `name` where it has no `task_id`. `player` plays the users that rows have.

    Raises: SetupError, which says `where`, and which field.
    """
    fields, data = _sort(row, where)
    user = _read_user(fields, player, where)
    return Task(
        task_id=_read_text(fields.get("task_id", name), "task_id", where) or name,
        turns=() if user else _read_turns(fields, row, where),
        answer=fields.get("answer"),
        family=_read_text(fields.get("family", ""), "family", where),
        evaluator=_read_text(fields.get("evaluator", ""), "evaluator", where),
        tools=_read_tools(fields.get("tools", []), where),
        tools_from=_read_tools_from(fields.get("tools_from", {}), where),
        split=_read_text(fields.get("split", ""), "split", where),
        data=data,
        user=user,
    )


def _read_user(fields: Mapping[str, Any], player: Player | None, where: str) -> User | None:
    prompt = _read_text(fields.get("user", ""), "user", where)
    if not prompt:
        return None
    if "turns" in fields:
        raise SetupError(f"{where}: it has a user and a prompt; wanted one of them: a user says what the turns are")
    if player is None:
        raise SetupError(f"{where}: nobody plays its user; wanted user = 'MODEL' beside the tasks' file")
    return User(prompt, player)


def _read_turns(fields: Mapping[str, Any], names: Iterable[str], where: str) -> tuple[str, ...]:
    if "turns" not in fields:
        found = ", ".join(names) or "nothing"
        raise SetupError(f"{where}: there is no prompt, and no turns; found: {found}; wanted prompt, question or turns")
    turns = [fields["turns"]] if isinstance(fields["turns"], str) else fields["turns"]
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) and turn.strip() for turn in turns):
        raise SetupError(f"{where}: the prompt is {fields['turns']!r:.60}; wanted a text, or a list of turns")
    return tuple(turns)


def _read_tools(tools: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(tools, list) or not all(isinstance(tool, str | Mapping) for tool in tools):
        raise SetupError(f"{where}: tools is {tools!r:.60}; wanted a list of their names, as a brain takes them")
    return tuple(tools)


def _read_tools_from(first: Any, where: str) -> dict[str, int]:
    is_turn = isinstance(first, Mapping) and all(type(turn) is int and turn > 0 for turn in first.values())
    if not is_turn:
        raise SetupError(
            f"{where}: tools_from is {first!r:.60}; wanted tools' names, each with the turn that brings it, from 1 on"
        )
    return dict(first)


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
    row = load_json(line, where)
    if not isinstance(row, dict):
        raise SetupError(f"{where}: {line.strip()!r:.60} is no JSON object")
    return row


def load_json(text: str, where: str) -> Any:
    """The value of a JSON text, as strictly as the format is: no NaN, no number without an end, no key twice.

    Raises: SetupError.
    """
    try:
        value = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_read_float, object_pairs_hook=_read_pairs
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise SetupError(f"{where}: it holds half of a character, as \\ud800 is; wanted whole ones") from None
    except (ValueError, RecursionError) as error:
        raise SetupError(f"{where}: {text.strip()!r:.60} is no JSON: {error}") from None
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _read_float(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise ValueError(f"{digits:.20} is larger than any number")
    return value


def _read_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return made

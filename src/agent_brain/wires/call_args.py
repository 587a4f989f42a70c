"""The arguments of a tool call as models write them: read strictly first, mended where that fails."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_brain.core.tooling import ToolSpec
from agent_brain.wires.json_text import find_json, read_number
from agent_brain.wires.reply_text import mend_characters

QUOTED_MAX = 3
"""How often arguments may be a text that holds the arguments."""
BROKEN = ("{", "}", "[", "]", '"')
"""A text that begins with one of these was meant as JSON."""
NOTHING = frozenset({"", "null", "None", "[]", "{}"})


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the arguments of a call are, or what is wrong with them."""

    args: Mapping[str, Any] | None
    wrong: str = ""
    is_cut: bool = False
    """They end inside a value that the token limit took."""


def read_arguments(text: str, spec: ToolSpec | None, *, is_limited: bool = False) -> Arguments:
    """The object that a text is; where the tool has one parameter alone, also its bare value. Never raises.

    `is_limited`: the reply met its token limit here, so that a value that ends with the text cannot be trusted.
    """
    text = mend_characters(text).strip()
    value: Any = None
    for _ in range(QUOTED_MAX):
        if text in NOTHING:
            return Arguments({}, is_cut=is_limited and not text)
        value = _read_strictly(text)
        if not isinstance(value, str):
            break
        text = mend_characters(value).strip()
    if isinstance(value, dict) or value is None:
        return _read_object(text, spec, is_limited=is_limited)
    if is_limited and not text.endswith(('"', "]")):
        return Arguments(None, is_cut=True)
    return _read_bare(json.loads(mend_characters(json.dumps(value, ensure_ascii=False))), spec)


def _read_object(text: str, spec: ToolSpec | None, *, is_limited: bool) -> Arguments:
    """The first object in the text: whole, or mended."""
    wrong = "they are not valid JSON"
    for found in find_json(text):
        loose = found.loose
        if is_limited and loose is not None and not loose.is_closed and loose.is_cut:
            return Arguments(None, is_cut=True)
        if isinstance(found.value, dict):
            return Arguments(found.value)
        if loose is not None and loose.is_too_deep:
            wrong = "they are nested too deeply"
        break
    else:
        if not is_limited and not text.startswith(BROKEN):
            return _read_bare(text, spec)
    return Arguments(None, wrong, is_cut=is_limited and not text.endswith("}"))


def _read_bare(value: Any, spec: ToolSpec | None) -> Arguments:
    """A value that is no object."""
    properties = list(spec.parameters.get("properties") or ()) if spec else []
    if (
        isinstance(value, list)
        and len(value) == 1
        and isinstance(value[0], dict)
        and value[0].keys() <= set(properties)
    ):
        return Arguments(value[0])
    if len(properties) == 1:
        return Arguments({properties[0]: value})
    names = {str: "a text", list: "a list", bool: "a truth value", int: "a number", float: "a number"}
    return Arguments(None, f"they are {names.get(type(value), 'no value')}, not an object")


def _read_strictly(text: str) -> Any:
    """The JSON value, or None; an object is only recognized here."""
    if text.startswith("{"):
        return {}
    try:
        return json.loads(text, parse_constant=str, parse_float=read_number)
    except (ValueError, RecursionError):
        return None

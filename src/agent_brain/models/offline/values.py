"""Answers of a type as the offline model gives them: what its steps have settled, as a single value."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from agent_brain.models.offline.execution import Result

CANNOT = (
    "I am the offline model: built-in rules, no language model. I can answer with a number, a text, yes or no, or a "
    "list of these, and with no object of several parts."
)
NUMBER_CHARACTERS_MAX = 300


def write_value(schema: Mapping[str, Any], results: Sequence[Result]) -> str | None:
    """The JSON object of this schema that holds what was settled; None where its one property is no plain value."""
    settled = [result.value for result in results if result.value is not None]
    properties = schema.get("properties") or {}
    required = schema.get("required") or list(properties)
    if not settled or len(settled) < len(results) or len(required) != 1:
        return None
    found = _shape(properties[required[0]], settled)
    return None if found is None else json.dumps({required[0]: found[0]}, ensure_ascii=False)


def _shape(rule: Mapping[str, Any], values: Sequence[str]) -> tuple[Any] | None:
    """The last value, or all of them, as this part of a schema has it."""
    for option in rule.get("anyOf") or rule.get("oneOf") or ():
        found = _shape(option, values)
        if found is not None:
            return found
    kind = rule.get("type")
    if kind == "array":
        entries = [_shape(rule.get("items") or {"type": "string"}, [value]) for value in values]
        return ([entry[0] for entry in entries if entry],) if all(entries) else None
    return _read(str(kind), values[-1])


def _read(kind: str, text: str) -> tuple[Any] | None:
    word = text.strip().lower()
    match kind:
        case "string":
            return (text,)
        case "boolean" if word in ("true", "yes", "false", "no"):
            return (word in ("true", "yes"),)
        case "integer" | "number" if len(word) <= NUMBER_CHARACTERS_MAX:
            return _read_number(kind, word.replace(",", ""))
    return None


def _read_number(kind: str, word: str) -> tuple[int | float] | None:
    try:
        number = float(word)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    if number.is_integer():
        return (int(word) if word.lstrip("+-").isdigit() else int(number),)
    return (number,) if kind == "number" else None

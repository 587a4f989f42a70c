"""JSON as an answer: equal values, whatever their layout."""

import json
from collections.abc import Mapping
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.evaluators.function import FunctionEvaluator
from agent_brain.wires.json_text import find_json

MISSING = object()


def make_json(right: Any, part: bool = False) -> Evaluator:
    """An answer whose JSON is equal to the task's: numbers by their value, keys in any order, lists in theirs.

    The last JSON in the answer counts. With `part`, objects may have more keys than the right ones.
    """
    wanted = _read_right(right)

    def judge(_: str, answer: str) -> tuple[bool, str]:
        found = read_value(answer)
        if found is MISSING:
            return False, "there is no JSON in it"
        is_right = is_equal(found, wanted, part=part)
        return (True, "") if is_right else (False, "this is not the right value")

    return FunctionEvaluator(judge, oracle=True, name="json")


def is_equal(found: Any, wanted: Any, *, part: bool = False) -> bool:
    """Whether two JSON values are the same: 4 is 4.0 and not true; with `part`, of objects what is wanted counts."""
    match wanted:
        case Mapping():
            has_keys = isinstance(found, Mapping) and (part or found.keys() == wanted.keys())
            return has_keys and all(key in found and is_equal(found[key], wanted[key], part=part) for key in wanted)
        case list() | tuple():
            pairs = isinstance(found, list | tuple) and len(found) == len(wanted)
            return pairs and all(is_equal(one, other, part=part) for one, other in zip(found, wanted, strict=True))
        case bool() | None:
            return found is wanted
        case int() | float():
            return isinstance(found, int | float) and not isinstance(found, bool) and found == wanted
    return bool(found == wanted)


def read_value(text: str) -> Any:
    """The JSON that a text is, or else the last one in it; MISSING where there is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        found = [each.value for each in find_json(text) if each.value is not None]
        return found[-1] if found else MISSING


def _read_right(right: Any) -> Any:
    """A task's answer as a value: files of rows and columns have it as a text."""
    if right is None:
        raise SetupError("json compares with the task's answer, and it has none")
    if not isinstance(right, str):
        return right
    try:
        return json.loads(right)
    except ValueError:
        return right

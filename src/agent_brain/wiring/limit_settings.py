"""Limits as people write them: `model_calls=10`, `seconds=none`, `calls_of.pay=2`."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.engine.limits import OF_TOOL, Limits, is_amount_limit

LIMIT_NAMES = tuple(limit.name for limit in fields(Limits))
ALWAYS_BOUND = frozenset({"answer_seconds"})
"""Without it an answer could last for ever."""
CALLS_OF = OF_TOOL.rstrip(".")


def parse_limits(texts: Iterable[str]) -> dict[str, Any]:
    """Limits given as `NAME=VALUE`. Raises: SetupError."""
    return read_limits(_parse_pairs(texts, "limit", "model_calls=10"), "--limit")


def read_limits(given: Mapping[str, object], where: str) -> dict[str, Any]:
    """Limits by name, with `none` for no bound where there may be none; those of single tools are put together.

    Raises: SetupError for an unknown name or a value that is no number.
    """
    limits: dict[str, Any] = {}
    for name, value in given.items():
        if name.startswith(OF_TOOL):
            calls = limits.get(CALLS_OF) or {}
            limits[CALLS_OF] = calls | {name.removeprefix(OF_TOOL): _read_number(name, value, where)}
        elif name == CALLS_OF:
            limits[CALLS_OF] = _read_calls(value, where)
        else:
            limits[name] = _read_limit(name, value, where)
    return limits


def _parse_pairs(texts: Iterable[str], what: str, example: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, is_there, value = text.partition("=")
        if not is_there:
            raise SetupError(f"{what} {text!r} has no value; wanted NAME=VALUE such as {example}")
        pairs[name.strip()] = value.strip()
    return pairs


def _read_calls(value: object, where: str) -> dict[str, int | float] | None:
    """A table of tools' names, or a text such as `pay=2,search=5`."""
    if isinstance(value, str) and value.lower() == "none":
        return None
    if isinstance(value, str):
        value = _parse_pairs(filter(str.strip, value.split(",")), f"limit {CALLS_OF} in {where}:", "pay=2")
    if not isinstance(value, Mapping):
        raise SetupError(f"limit {CALLS_OF} is {value!r:.80} in {where}; wanted a number for each tool's name")
    return {name: _read_number(f"{OF_TOOL}{name}", bound, where) for name, bound in value.items()}


def _read_limit(name: str, value: object, where: str) -> int | float | None:
    if name not in LIMIT_NAMES:
        raise UnknownName("limit", name, LIMIT_NAMES)
    if isinstance(value, str) and value.lower() == "none" and name not in ALWAYS_BOUND:
        return None
    return _read_number(name, value, where, "" if name in ALWAYS_BOUND else ", or none for no bound")


def _read_number(name: str, value: object, where: str, unbound: str = "") -> int | float:
    try:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else math.nan
    except ValueError:
        number = math.nan
    is_amount = is_amount_limit(name)
    if not math.isfinite(number) or (not is_amount and not number.is_integer()):
        kind = "a whole number" if not is_amount else "US dollars" if name == "usd" else "a number of seconds"
        raise SetupError(f"limit {name} is {value!r:.80} in {where}; wanted {kind}{unbound}")
    return number if is_amount else int(number)

"""Limits as people write them: `model_calls=10`, `seconds=none`."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.engine.limits import Limits

LIMIT_NAMES = tuple(limit.name for limit in fields(Limits))
ALWAYS_BOUND = frozenset({"answer_seconds"})
"""Without it an answer could last for ever."""


def parse_limits(texts: Iterable[str]) -> dict[str, int | float | None]:
    """Limits given as `NAME=VALUE`. Raises: SetupError."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, is_there, value = text.partition("=")
        if not is_there:
            raise SetupError(f"limit {text!r} has no value; wanted NAME=VALUE such as model_calls=10")
        pairs[name.strip()] = value.strip()
    return read_limits(pairs, "--limit")


def read_limits(given: Mapping[str, object], where: str) -> dict[str, int | float | None]:
    """Limits by name, with `none` for no bound where there may be none.

    Raises: SetupError for an unknown name or a value that is no number.
    """
    return {name: _read_limit(name, value, where) for name, value in given.items()}


def _read_limit(name: str, value: object, where: str) -> int | float | None:
    if name not in LIMIT_NAMES:
        raise UnknownName("limit", name, LIMIT_NAMES)
    if isinstance(value, str) and value.lower() == "none" and name not in ALWAYS_BOUND:
        return None
    is_time = name.endswith("seconds")
    try:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (not is_time and not number.is_integer()):
        kind = "a number of seconds" if is_time else "a whole number"
        unbound = "" if name in ALWAYS_BOUND else ", or none for no bound"
        raise SetupError(f"limit {name} is {value!r:.80} in {where}; wanted {kind}{unbound}")
    return number if is_time else int(number)

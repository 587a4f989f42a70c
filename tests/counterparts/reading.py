"""What the player of the gold chains understands of the results it is shown."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent_brain.evaluators.matching import is_same


def read_answer(question: str, arguments: Mapping[str, Any], result: str) -> str:
    """The one value that a result adds to the arguments of its call; a difference has no sign.

    Raises: ValueError where the result says more or less than one thing.
    """
    echoed = {_folded(value) for value in _leaves(arguments)}
    values = list(_leaves(_decoded(result)))
    told = values if len(values) == 1 else [value for value in values if _folded(value) not in echoed]
    if len(told) != 1:
        raise ValueError(f"no single value in {result!r}")
    value = str(told[0]).strip()
    return value.removeprefix("-") if "the difference between" in question else value


def is_told(value: str, text: str) -> bool:
    """True where a text holds this value as words of their own, or as a date written otherwise."""
    if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE):
        return True
    return any(is_same(str(leaf), value) for leaf in _leaves(_decoded(text)))


def _decoded(result: str) -> Any:
    try:
        return json.loads(result, parse_float=str, parse_int=str)
    except ValueError:
        return result


def _leaves(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for part in value.values():
                yield from _leaves(part)
        case list():
            for part in value:
                yield from _leaves(part)
        case None | "":
            return
        case _:
            yield value


def _folded(value: Any) -> str:
    return str(value).strip().casefold()

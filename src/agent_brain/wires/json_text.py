"""JSON as models write it: found anywhere in a text, read strictly first, mended where that fails.

Every loop here has a bound, so that a hostile text of any length costs about a second at most.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent_brain.wires.loose_json import DEPTH_MAX, Loose, walk
from agent_brain.wires.reply_text import mend_characters

OBJECTS_MAX = 1000
"""Values looked at in one text."""
FAILURES_MAX = 64
"""Values in one text that strict JSON refuses and that are walked over token by token."""
WALKED_CHARACTERS_MAX = 524_288
"""Characters of one text that are walked over, counted again for each value that holds them."""
REPAIR_CHARACTERS_MAX = 8_192
"""Characters of one text that json-repair is given in all; its cost can grow with their square."""
PARTS_MAX = 512
"""Brackets in what json-repair is given: it calls itself for each open one."""

_OPENING = re.compile(
    r"""\[\s*+\{                                    # a list of objects
      | \{\s*+(?: ["'“”}\#] | //? | /\*             # a quoted key, nothing, a comment
               | [A-Za-z_][\w-]{0,63}+\s*+: | \Z )  # a bare key, or the end of a text that was cut
    """,
    re.VERBOSE,
)


def read_number(text: str) -> float | str:
    """A number with a point or an exponent; one that is too large for any is the text, as NaN is."""
    value = float(text)
    return value if math.isfinite(value) else text


_DECODER = json.JSONDecoder(strict=False, parse_constant=str, parse_float=read_number)  # raw newlines in strings
_REPAIR_ERRORS = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, MemoryError)
"""What a heuristic parser of somebody else's may raise on nonsense; each means that there is nothing to repair."""


@dataclass(frozen=True, slots=True)
class Found:
    """One JSON value in a text; `text[start:end]` holds it."""

    value: Any
    """A dict or a list; None where it cannot be read."""
    start: int
    end: int
    loose: Loose | None = None
    """How it departs from strict JSON; None where it does not."""


def find_json(text: str) -> Iterator[Found]:
    """Each object, and each list of objects, in order; what stands inside a readable one is not found again."""
    position = failures = walked = 0
    budget = REPAIR_CHARACTERS_MAX
    for _ in range(OBJECTS_MAX):
        opening = _OPENING.search(text, position)
        if opening is None:
            return
        start = opening.start()
        found = _read_strictly(text, start)
        if found is None:
            if failures >= FAILURES_MAX or walked >= WALKED_CHARACTERS_MAX:
                return
            found, cost = _read_loosely(text, start, budget)
            budget -= cost
            failures += 1
            walked += found.end - start
        yield found
        is_whole = found.value is not None and (found.loose is None or found.loose.is_closed)
        position = found.end if is_whole else start + 1


def read_json(text: str, start: int = 0) -> Found:
    """The value that begins with a bracket at `start`, mended where strict JSON refuses it; None where it cannot be."""
    found = _read_strictly(text, start)
    return found or _read_loosely(text, start, REPAIR_CHARACTERS_MAX)[0]


def parse_json_response(text: str) -> dict[str, Any]:
    """The JSON object in a model's reply, repaired where it must be; `{}` when there is none. Never raises.

    Of several objects the first that names something and gives it arguments wins, then the first that is not empty.
    """
    first: dict[str, Any] = {}
    for found in find_json(mend_characters(text)):
        for value in found.value if isinstance(found.value, list) else [found.value]:
            if not isinstance(value, dict) or not value:
                continue
            if isinstance(value.get("name"), str) and isinstance(value.get("args"), dict):
                return value
            first = first or value
    return first


def _read_strictly(text: str, start: int) -> Found | None:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    if text.count("{", start, end) + text.count("[", start, end) > DEPTH_MAX and is_deep(value, DEPTH_MAX):
        return None
    if text.find("\\u", start, end) >= 0:  # an escape may stand for half a character
        value = json.loads(mend_characters(json.dumps(value, ensure_ascii=False)))
    return Found(value, start, end)


def is_deep(value: Any, depth_left: int = DEPTH_MAX) -> bool:
    """True where a value is nested more deeply than this."""
    if not isinstance(value, (dict, list)):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return depth_left == 0 or any(is_deep(part, depth_left - 1) for part in parts)


def _read_loosely(text: str, start: int, budget: int) -> tuple[Found, int]:
    """The value as far as it can be mended, and how many characters json-repair was given."""
    loose = walk(text, start)
    value = None
    if loose.strict:
        mended = _read_strictly(loose.strict, 0)
        value = mended.value if mended else None
    cost = loose.end - start
    if value is not None or loose.is_too_deep or cost > budget:
        return Found(value, start, loose.end, loose), 0
    return Found(_repair(text[start : loose.end]), start, loose.end, loose), cost


def _repair(text: str) -> Any:
    if text.count("{") + text.count("[") + text.count("(") > PARTS_MAX:
        return None
    import json_repair  # needed only for replies that strict JSON refuses

    try:
        value = json_repair.loads(text, skip_json_loads=True)
    except _REPAIR_ERRORS:
        return None
    if isinstance(value, list) and text[0] == "{":  # an object and what the parser made of the text after it
        value = next((part for part in value if isinstance(part, dict)), None)
    if not isinstance(value, (dict, list)) or is_deep(value, DEPTH_MAX):
        return None
    return json.loads(mend_characters(json.dumps(value, ensure_ascii=False, default=str)), parse_constant=str)

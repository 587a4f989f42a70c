"""The JSON in a reply to a memory's own question."""

import json
import re
from typing import Any

_BEGIN = re.compile(r"[\[{]")
_DECODER = json.JSONDecoder()


def read_objects(text: str) -> list[dict[str, Any]]:
    """The objects of the first list in a reply, or the first object alone, repaired where it must be; never raises."""
    begin = _BEGIN.search(text)
    if begin is None:
        return []
    value = _read(text[begin.start() :])
    return [entry for entry in (value if isinstance(value, list) else [value]) if isinstance(entry, dict) and entry]


def _read(text: str) -> Any:
    try:
        return _DECODER.raw_decode(text)[0]
    except (ValueError, RecursionError):
        import json_repair  # needed only for replies that strict JSON refuses

    try:
        return json_repair.loads(text)
    except (ValueError, RecursionError):
        return None


def get_text(entry: dict[str, Any], name: str, characters: int) -> str:
    """A text of an object, on one line and bounded; empty where there is none."""
    value = entry.get(name)
    return " ".join(value.split())[:characters] if isinstance(value, str) else ""


def get_number(entry: dict[str, Any], name: str) -> int | None:
    """A whole number of an object, also where it was written as a text."""
    value = entry.get(name)
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value.strip()):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None

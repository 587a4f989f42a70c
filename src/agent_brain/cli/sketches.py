"""What a reply has to look like, in a few words of JSON, for a person to copy and fill in."""

import json
from collections.abc import Mapping
from typing import Any

WORDS: Mapping[str, str] = {
    "string": '"TEXT"', "integer": "NUMBER", "number": "NUMBER", "boolean": "true", "array": "[...]", "object": "{...}",
}  # fmt: skip
"""What stands for a value of each type."""


def sketch(wanted: Mapping[str, Any] | None) -> str:
    """A reply with words for its values, such as `{"size": NUMBER}`; of fields that may be left out, none."""
    fields = find_fields(wanted)
    if not fields:
        return _sketch_value(wanted or {}) if _is_typed(wanted) else "TEXT"
    needed = _find_needed(wanted) or list(fields)
    parts = [f"{json.dumps(name, ensure_ascii=False)}: {_sketch_value(fields.get(name))}" for name in needed]
    return "{" + ", ".join(parts) + "}"


def describe_fields(wanted: Mapping[str, Any] | None) -> list[str]:
    """A line for each field of a form: its name, type and choices, what it says of itself, and whether it is needed."""
    needed = _find_needed(wanted)
    return [_describe(name, rule, name in needed) for name, rule in find_fields(wanted).items()]


def find_fields(wanted: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The fields of a form; none where something else is wanted."""
    fields = (wanted or {}).get("properties")
    return fields if isinstance(fields, Mapping) else {}


def _find_needed(wanted: Mapping[str, Any] | None) -> list[str]:
    """The fields that may not be left out; servers write what they like there."""
    named = (wanted or {}).get("required")
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else []


def _describe(name: str, rule: Any, is_needed: bool) -> str:
    found: Mapping[str, Any] = rule if isinstance(rule, Mapping) else {}
    choices = found.get("enum")
    kind = ", ".join(map(str, choices)) if isinstance(choices, list) else str(found.get("type", "anything"))
    words = str(found.get("description") or "")
    return f"{name} ({kind}{'' if is_needed else '; may be left out'})" + (f": {words}" if words else "")


def _sketch_value(rule: Any) -> str:
    found = rule if isinstance(rule, Mapping) else {}
    choices = found.get("enum")
    if isinstance(choices, list) and choices:
        return json.dumps(choices[0], ensure_ascii=False)
    kind = found.get("type")
    return WORDS.get(kind, "...") if isinstance(kind, str) else "..."


def _is_typed(wanted: Mapping[str, Any] | None) -> bool:
    """True where JSON is wanted, and no words."""
    kind = (wanted or {}).get("type", "string")
    return isinstance(kind, str) and kind not in ("string", "boolean")

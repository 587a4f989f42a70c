"""Texts and JSON values as columns of a database, which knows neither a NUL nor half a character."""

import json
import re
from collections.abc import Iterable
from typing import Any

from agent_brain.core.record_json import to_text
from agent_brain.core.records import Record, Replied

_UNSAFE = re.compile("[\\\\\0\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(\\|u[0-9a-f]{4})")


def encode_text(text: str) -> str:
    r"""The text with `\` doubled, and with `\uXXXX` for what a column cannot hold.

    What begins alike is encoded alike, so a prefix can be searched for.
    """
    return _UNSAFE.sub(_escape, text)


def decode_text(column: str) -> str:
    """The text that was encoded."""
    return _ESCAPE.sub(_unescape, column) if "\\" in column else column


def encode_json(value: Any) -> str:
    """A JSON value as a column of text."""
    return to_text(value)


def decode_json(column: str) -> Any:
    """The value that was encoded."""
    return json.loads(column)


def find_replied(records: Iterable[Record]) -> list[str]:
    """The ids of the pauses that these records reply to."""
    return [record.pause_id for record in records if isinstance(record, Replied)]


def _escape(found: re.Match[str]) -> str:
    return "\\\\" if found[0] == "\\" else f"\\u{ord(found[0]):04x}"


def _unescape(found: re.Match[str]) -> str:
    return "\\" if found[1] == "\\" else chr(int(found[1][1:], 16))

"""What a model gets to read of a tool's result: any Python value as bounded text."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

RESULT_CHARACTERS_MAX = 50_000
ITEMS_MAX = 10_000
"""Of a result that is an iterator, which may have no end."""
NO_RESULT = "(no result)"


def to_text(value: Any, characters_max: int = RESULT_CHARACTERS_MAX) -> str:
    """A str as it is, None as `(no result)`, anything else as JSON where it can be, and as `str(value)` where not."""
    return cut_middle(make_safe(_spell(value)), characters_max)


def cut_middle(text: str, characters_max: int) -> str:
    """The text with its middle left out, and a note of how much that was, where it is too long."""
    if len(text) <= characters_max:
        return text
    half = characters_max // 2
    note = f"\n[... {len(text) - 2 * half} characters left out ...]\n"
    return text[:half] + note + text[len(text) - half :]


def make_safe(text: str) -> str:
    """The text with lone surrogates replaced, so that it can be encoded."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _spell(value: Any) -> str:
    if value is None:
        return NO_RESULT
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "replace")
    if isinstance(value, Iterator):
        value = list(islice(value, ITEMS_MAX))
    try:
        return to_json(value, serialize_unknown=True).decode()
    except (PydanticSerializationError, ValueError, RecursionError):
        return str(value)

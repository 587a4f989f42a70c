"""Fields of rows that strangers wrote: taken with their type, or told with the place where they stand."""

from collections.abc import Mapping
from typing import Any, TypeVar

from agent_brain.core.errors import SetupError

T = TypeVar("T")
WORDS: Mapping[type, str] = {str: "a text", dict: "an object", list: "a list"}
SHOWN_MAX = 5
"""How many of the fields that were found are named."""


def take(row: Any, name: str, kind: type[T], where: str) -> T:
    """The value of a field that has to be there. Raises: SetupError, which says what was found."""
    if not isinstance(row, Mapping):
        raise SetupError(f"{where} is {row!r:.60}; wanted an object with {name}")
    if name not in row:
        found = ", ".join(map(str, list(row)[:SHOWN_MAX])) or "nothing"
        raise SetupError(f"{where}: there is no {name}; found: {found}")
    return check(row[name], kind, f"{where}: {name}")


def take_or(row: Mapping[str, Any], name: str, kind: type[T], where: str) -> T:
    """The value of a field, or an empty one where there is none, or null. Raises: SetupError."""
    return kind() if row.get(name) is None else take(row, name, kind, where)


def check(value: Any, kind: type[T], what: str) -> T:
    """A value of a kind. Raises: SetupError, which says `what` it is."""
    if not isinstance(value, kind):
        raise SetupError(f"{what} is {value!r:.60}; wanted {WORDS[kind]}")
    return value


def check_list(values: Any, kind: type[T], what: str) -> list[T]:
    """A list of values of a kind. Raises: SetupError, which counts from 0."""
    return [check(value, kind, f"{what}[{place}]") for place, value in enumerate(check(values, list, what))]

"""Numbers of things, and some of their names, in words for people."""

from collections.abc import Collection
from itertools import islice


def count(number: int, noun: str) -> str:
    """A number of things: `1 step`, `2 steps`, `3 replies`."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith(("ch", "s", "x")):
        return f"{number:,} {noun}es"
    is_y = noun.endswith("y") and noun[-2:-1] not in "aeiou"
    return f"{number:,} {noun[:-1]}ies" if is_y else f"{number:,} {noun}s"


def name_some(names: Collection[str], most: int = 10) -> str:
    """The first names, and how many more there are: `a, b and 3 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(islice(names, most)) + more

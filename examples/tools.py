"""Tools in four forms: a function, an async function, an async generator that reports progress, an object.

Prints:
    roll (sides: integer)
    fetch (page: string)
    count (words: array)
    catalogue (title: string)
"""

import asyncio
import random
from collections.abc import AsyncGenerator

from agent_brain import Toolbox, tool


@tool
def roll(sides: int = 6) -> int:
    """Roll a die; runs in a thread of its own."""
    return random.randint(1, sides)


@tool(timeout_seconds=5, read_only=True)
async def fetch(page: str) -> str:
    """Fetch a page; cancelled when its time is over."""
    await asyncio.sleep(0.01)
    return f"the text of {page}"


@tool
async def count(words: list[str]) -> AsyncGenerator[str, None]:
    """Count words; every item is progress, and the last one is the result."""
    for done, word in enumerate(words, 1):
        yield f"{done}: {word}"
    yield f"{len(words)} words"


class Catalogue:
    """Find a book by its title."""

    def __init__(self, shelves: dict[str, str]) -> None:
        self.shelves = shelves

    def __call__(self, title: str) -> str:
        return self.shelves.get(title, "not here")


def main() -> None:
    for spec in Toolbox([roll, fetch, count, Catalogue({"Emma": "shelf 3"})]).specs:
        arguments = ", ".join(f"{name}: {schema['type']}" for name, schema in spec.parameters["properties"].items())
        print(f"{spec.name} ({arguments})")


if __name__ == "__main__":
    main()

"""An answer as a value: asked for by its type, mended where it is wrong, read piece by piece while it is written.

Prints:
    so far: {'title': 'E'}
    not so: the answer has to be mended
    so far: {'title': 'Emma', 'year': 1815, 'authors': ['Jane Austen']}
    Book(title='Emma', year=1815, authors=['Jane Austen'])
    {"title": "Emma", "year": 1815, "authors": ["Jane Austen"]}
"""

import asyncio
from dataclasses import dataclass

from agent_brain import Brain, Ended, Partial, Retracted, ScriptedModel


@dataclass
class Book:
    title: str
    year: int
    authors: list[str]


async def ask() -> None:
    script = [
        "It is Emma.",
        '{"title": "Emma", "year": "long ago"}',
        "It is {'title': 'Emma', 'year': 1815, 'authors': ['Jane Austen',]}, I am sure.",
    ]
    brain = Brain(answer_type=Book, model=ScriptedModel(script))
    async for event in brain.stream("Which book is about a matchmaker?"):
        match event:
            case Partial(value=value):
                print("so far:", value)
            case Retracted(reason=reason):
                print("not so:", reason)
            case Ended(value=value, answer=answer):
                print(value)
                print(answer)


def main() -> None:
    asyncio.run(ask())


if __name__ == "__main__":
    main()

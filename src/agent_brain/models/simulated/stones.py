"""Stones: questions with a few answers to choose from, of which a simulated model knows the right one or does not."""

import re
from dataclasses import dataclass
from hashlib import blake2b

MARKS = ("amber", "cobalt", "russet", "olive", "indigo", "ochre", "teal", "violet")
_ASKED = re.compile(r"Which mark does the stone (?P<stone>[\w-]+) bear: (?P<marks>\w+(?:, \w+)+)\?")


@dataclass(frozen=True, slots=True)
class Stone:
    """What a question says of its stone."""

    name: str
    marks: tuple[str, ...]

    def ask(self) -> str:
        """The question."""
        marks = ", ".join(self.marks)
        return f"Which mark does the stone {self.name} bear: {marks}? Answer with that mark, and nothing else."

    @property
    def answer(self) -> str:
        """The right answer."""
        digest = blake2b(self.name.encode(), digest_size=4).digest()
        return self.marks[int.from_bytes(digest) % len(self.marks)]

    def find_mark(self, text: str) -> str:
        """The mark that a text names last; empty for none."""
        places = {mark: text.rfind(mark) for mark in self.marks}
        found = max(places, key=lambda mark: places[mark])
        return found if places[found] >= 0 else ""


def read_stone(text: str) -> tuple[Stone, str] | None:
    """The stone of the first question in a text, and what follows that question."""
    found = _ASKED.search(text)
    if found is None:
        return None
    stone = Stone(found["stone"], tuple(found["marks"].split(", ")))
    return stone, text[found.start() :].removeprefix(stone.ask())

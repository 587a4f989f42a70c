"""What the mock server plays, written into the base URL, so that it never has to read a request to know its part."""

import itertools
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

MARKER = "reading no. "
"""Stands once in each observation and nowhere else: the server counts it to know how far a run is."""


class Delivery(StrEnum):
    """How a reply's chunks are written."""

    TOGETHER = "together"
    """All in one write."""
    APART = "apart"
    """One write each, after a pause that lets the client finish with the one before."""
    STALLED = "stalled"
    """The first one only; the connection stays open."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A run of `tools` tool calls, one a reply, and then a reply without one."""

    tools: int = 0
    chunks: int = 10
    """Chunks of text in each reply."""
    delivery: Delivery = Delivery.TOGETHER
    pause_ms: int = 0
    """Before each chunk that is written alone."""

    @property
    def path(self) -> str:
        """The first part of the URL's path."""
        return f"{self.tools}-{self.chunks}-{self.delivery}-{self.pause_ms}"

    @classmethod
    def parse(cls, path: str) -> Self:
        """The scenario of such a part."""
        tools, chunks, delivery, pause_ms = path.split("-")
        return cls(int(tools), int(chunks), Delivery(delivery), int(pause_ms))

    def get_reply(self, observed: int) -> list[str]:
        """The reply to a prompt that shows this many observations, cut into its chunks."""
        if observed >= self.tools:
            return ["word", *(f" word{place}" for place in range(1, self.chunks))]
        call = f'{{"name": "measure", "args": {{"place": {observed}}}}}'
        return cut(f"The value at place {observed} is still missing.\n```json\n{call}\n```", self.chunks)


def cut(text: str, count: int) -> list[str]:
    """The text in `count` pieces of nearly equal length."""
    bounds = [len(text) * place // count for place in range(count + 1)]
    return [text[start:end] for start, end in itertools.pairwise(bounds)]

"""What the mock server plays, written into the base URL, so that it never has to read a request to know its part."""

import itertools
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

MARKER = "reading no. "
"""Stands once in each observation and nowhere else: the server counts it to know how far a run is."""
RELEASE = "release"
"""The path that lets held streams go on."""
ANSWER_CHUNKS = 10
"""Of the answer to a run with tool calls over the native wire."""


class Delivery(StrEnum):
    """How a reply's chunks are written."""

    TOGETHER = "together"
    """All in one write."""
    APART = "apart"
    """One write each, after a pause that lets the client finish with the one before."""
    STALLED = "stalled"
    """The first one only; the connection stays open."""
    HELD = "held"
    """The first one; the others one write each, after the pause, from the moment on when somebody asks for RELEASE."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A run of `tools` tool calls, `calls` of them in one reply, and then a reply without one."""

    tools: int = 0
    chunks: int = 10
    """Chunks of text in each reply; over the native wire chunks of each call, where there are calls."""
    delivery: Delivery = Delivery.TOGETHER
    pause_ms: int = 0
    """Before each chunk that is written alone."""
    wire: str = "text"
    calls: int = 1

    @property
    def path(self) -> str:
        """The first part of the URL's path."""
        return f"{self.tools}-{self.chunks}-{self.delivery}-{self.pause_ms}-{self.wire}-{self.calls}"

    @classmethod
    def parse(cls, path: str) -> Self:
        """The scenario of such a part."""
        tools, chunks, delivery, pause_ms, wire, calls = path.split("-")
        return cls(int(tools), int(chunks), Delivery(delivery), int(pause_ms), wire, int(calls))

    def get_deltas(self, observed: int) -> list[dict[str, Any]]:
        """The reply to a prompt that shows this many observations, as the deltas of its chunks."""
        if self.wire == "text" or observed >= self.tools:
            return [{"content": text} for text in self.get_reply(observed)]
        places = range(observed, min(observed + self.calls, self.tools))
        thought = {"content": f"The value at place {observed} is still missing."}
        return [thought, *(piece for index, place in enumerate(places) for piece in self._call(index, place))]

    def get_reply(self, observed: int) -> list[str]:
        """The same, where it consists of text, cut into its chunks."""
        if observed >= self.tools:
            count = ANSWER_CHUNKS if self.wire == "native" and self.tools else self.chunks
            return ["word", *(f" word{place}" for place in range(1, count))]
        call = f'{{"name": "measure", "args": {{"place": {observed}}}}}'
        return cut(f"The value at place {observed} is still missing.\n```json\n{call}\n```", self.chunks)

    def _call(self, index: int, place: int) -> list[dict[str, Any]]:
        """One call as the hosted service sends it: id and name first, then the arguments in fragments."""
        note = {"note": " word" * self.chunks} if self.chunks > ANSWER_CHUNKS else {}
        arguments = cut(json.dumps({"place": place, **note}), self.chunks - 1)
        first = {"index": index, "id": f"call_{place}", "type": "function"}
        pieces = [first | {"function": {"name": "measure", "arguments": ""}}]
        pieces += [{"index": index, "function": {"arguments": fragment}} for fragment in arguments]
        return [{"tool_calls": [piece]} for piece in pieces]


def cut(text: str, count: int) -> list[str]:
    """The text in `count` pieces of nearly equal length."""
    bounds = [len(text) * place // count for place in range(count + 1)]
    return [text[start:end] for start, end in itertools.pairwise(bounds)]

"""What a model streams, gathered into its reply, and shown piece by piece on the way."""

from collections.abc import Iterator

from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.items import ReplyCall
from agent_brain.core.ports import Delta, Reply
from agent_brain.core.usage import Usage


class Gathering:
    """One reply in the making; a call that begins again begins another one."""

    __slots__ = ("_arguments", "_finish", "_last", "_names", "_reasonings", "_state", "_texts", "usage")

    def __init__(self, state: str) -> None:
        self._state = state
        self._texts: list[str] = []
        self._reasonings: list[str] = []
        self._names: dict[int, str] = {}
        self._arguments: dict[int, list[str]] = {}
        self._last = -1
        """The call that was shown last."""
        self._finish: str | None = None
        self.usage: Usage | None = None
        """What the server says that it took."""

    @property
    def characters(self) -> int:
        """How many were streamed."""
        calls = [part for parts in self._arguments.values() for part in parts]
        return sum(map(len, (*self._texts, *self._reasonings, *self._names.values(), *calls)))

    def add(self, delta: Delta) -> Iterator[Piece]:
        """What the delta shows to a watcher."""
        if delta.text:
            self._texts.append(delta.text)
            yield delta.text
        if delta.reasoning:
            self._reasonings.append(delta.reasoning)
            yield Chunk(delta.reasoning, ChunkKind.REASONING, self._state)
        for call in delta.calls:
            yield from self._add_call(call.index, call.name, call.arguments)
        self._finish = delta.finish or self._finish
        self.usage = delta.usage or self.usage

    def make_reply(self) -> Reply:
        """The whole reply."""
        calls = [ReplyCall(self._names.get(index, ""), "".join(parts)) for index, parts in self._arguments.items()]
        return Reply("".join(self._texts), "".join(self._reasonings), self._finish, tuple(calls))

    def _add_call(self, index: int, name: str, arguments: str) -> Iterator[Piece]:
        is_other = index != self._last
        self._arguments.setdefault(index, []).append(arguments)
        if name:
            self._names[index] = name
        if is_other or name:
            before = "\n" if self._last >= 0 or self._texts else ""
            self._last = index
            yield Chunk(f"{before}{self._names.get(index, '')} ", ChunkKind.ARGUMENTS, self._state)
        if arguments:
            yield Chunk(arguments, ChunkKind.ARGUMENTS, self._state)

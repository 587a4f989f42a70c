"""What a model streams, gathered into its reply, and shown piece by piece on the way."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent_brain.core.chat import Delta, Reply
from agent_brain.core.digest import show_tools
from agent_brain.core.events import Chunk, ChunkKind, Piece, Retracted
from agent_brain.core.items import Details, Message, ReplyCall
from agent_brain.core.thinking import Part, Thinking, Voice
from agent_brain.core.usage import Usage, estimate_tokens

WAS_A_THOUGHT = "what it had said was its thinking"


class Gathering:
    """One reply in the making; a call that begins again begins another one.

    Inline thinking is reasoning like that which a server sends apart, and no part of the text.
    """

    __slots__ = (
        "_arguments", "_details", "_finish", "_inline", "_last", "_matched", "_mirror", "_names", "_reasonings",
        "_state", "_texts", "_thinking", "usage",
    )  # fmt: skip

    def __init__(self, state: str) -> None:
        self._state = state
        self._texts: list[str] = []
        self._reasonings: list[str] = []
        self._inline: list[str] = []
        self._matched = 0
        """How many of the reasonings inline thinking has been compared with."""
        self._mirror = ""
        """Of these, without blanks, what it has not said yet."""
        self._thinking: Thinking | None = None
        """What tells words from inline thinking, once a character has come that a tag begins with."""
        self._names: dict[int, str] = {}
        self._arguments: dict[int, list[str]] = {}
        self._last = -1
        """The call that was shown last."""
        self._finish: str | None = None
        self._details: Details | None = None
        self.usage: Usage | None = None
        """What the server says that it took."""

    @property
    def characters(self) -> int:
        """How many were streamed."""
        calls = [part for parts in self._arguments.values() for part in parts]
        return sum(map(len, (*self._texts, *self._reasonings, *self._inline, *self._names.values(), *calls)))

    def add(self, delta: Delta) -> Iterator[Piece]:
        """What the delta shows to a watcher."""
        if delta.reasoning:
            self._reasonings.append(delta.reasoning)
            yield Chunk(delta.reasoning, ChunkKind.REASONING, self._state)
        if delta.text:
            if self._thinking is None and "<" not in delta.text:
                self._texts.append(delta.text)
                yield delta.text
            else:
                self._thinking = self._thinking or Thinking(self._texts)
                yield from self._sort(self._thinking.feed(delta.text))
        for call in delta.calls:
            if call.index == self._last and not call.name:
                self._arguments[call.index].append(call.arguments)
                yield Chunk(call.arguments, ChunkKind.ARGUMENTS, self._state)
            else:
                yield from self._begin_call(call.index, call.name, call.arguments)
        if delta.finish is not None:
            self._finish = delta.finish
        if delta.usage is not None:
            self.usage = delta.usage
        if delta.details is not None:
            self._details = delta.details

    def close(self) -> Iterator[Piece]:
        """What the end of the stream shows: what might have become a tag."""
        if self._thinking is not None:
            yield from self._sort(self._thinking.close())

    def make_reply(self) -> Reply:
        """The whole reply."""
        list(self.close())
        text = "".join(self._texts)
        if self._thinking is not None and self._thinking.has_thought:
            text = text.lstrip()
        calls = [ReplyCall(self._names.get(index, ""), "".join(parts)) for index, parts in self._arguments.items()]
        return Reply(text, self._join_reasoning(), self._finish, tuple(calls), self._details)

    def _join_reasoning(self) -> str:
        """All of it; a server may send the same apart and inline."""
        apart, inline = "".join(self._reasonings), "".join(self._inline)
        if not inline or apart.split() == inline.split():
            return apart
        return f"{apart}\n\n{inline}" if apart else inline

    def _was_said_apart(self, said: str) -> bool:
        """This piece of inline thinking has come in a field too, next in turn."""
        if not self._reasonings:
            return False
        wanted = "".join(said.split())
        while len(self._mirror) < len(wanted) and self._matched < len(self._reasonings):
            self._mirror += "".join(self._reasonings[self._matched].split())
            self._matched += 1
        was_said, self._mirror = self._mirror.startswith(wanted), self._mirror[len(wanted) :]
        return was_said

    def _sort(self, parts: Sequence[Part]) -> Iterator[Piece]:
        for voice, said in parts:
            if voice is Voice.WORDS:
                self._texts.append(said)
                yield said
            elif voice is Voice.THOUGHT:
                self._inline.append(said)
                if not self._was_said_apart(said):
                    yield Chunk(said, ChunkKind.REASONING, self._state)
            elif voice is Voice.TAKEN_BACK:
                yield from self._take_back()

    def _take_back(self) -> Iterator[Piece]:
        """What was shown as words is shown anew as reasoning."""
        self._inline += self._texts
        self._texts = []
        yield Retracted(WAS_A_THOUGHT, self._state)
        yield Chunk("".join([*self._reasonings, *self._inline]), ChunkKind.REASONING, self._state)

    def _begin_call(self, index: int, name: str, arguments: str) -> Iterator[Piece]:
        """Another call than the one before, or its name."""
        self._arguments.setdefault(index, []).append(arguments)
        if name:
            self._names[index] = name
        before = "\n" if self._last >= 0 or self._texts else ""
        self._last = index
        yield Chunk(f"{before}{self._names.get(index, '')} ", ChunkKind.ARGUMENTS, self._state)
        if arguments:
            yield Chunk(arguments, ChunkKind.ARGUMENTS, self._state)


def count_usage(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], said: Gathering) -> Usage:
    """One call's usage: the server's word, or an estimate where it does not tell."""
    if said.usage:
        return said.usage + Usage(model_calls=1)
    characters = sum(len(message.get("content", "")) for message in messages) + (len(show_tools(tools)) if tools else 0)
    called = [call["function"] for message in messages for call in message.get("tool_calls", ())]
    sent = estimate_tokens(characters + sum(len(call["name"]) + len(call["arguments"]) for call in called))
    received = estimate_tokens(said.characters)
    return Usage(model_calls=1, input_tokens=sent, output_tokens=received, estimated_tokens=sent + received)

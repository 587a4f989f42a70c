"""A model that says what a script says: for tests, demonstrations and examples."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from agent_brain.core.answer_type import ReplyForm
from agent_brain.core.chat import Again, CallDelta, Delta, Reply, ToolChoice
from agent_brain.core.errors import ModelError, SetupError
from agent_brain.core.items import Message
from agent_brain.core.usage import Usage, estimate_tokens

Line = str | Reply | ModelError
"""What a script may say: text, a reply with reasoning, tool calls or a finish reason, or an error to raise."""
Script = Callable[[Sequence[Message]], Line]


class ScriptedModel:
    """Streams replies from a list, one for each call in order, or from a function of the messages.

    A list is shared by all that use the model, so it fits one run at a time; a function fits any number. A list may
    hold functions too. Text is streamed in pieces of `chunk_size` characters.
    """

    def __init__(
        self, replies: Sequence[Line | Script] | Script, *, chunk_size: int = 12, name: str = "scripted"
    ) -> None:
        if chunk_size < 1:
            raise SetupError(f"chunk_size must be at least 1, not {chunk_size}")
        self.name = name
        self.calls: list[list[Message]] = []
        """The messages of every call so far."""
        self.tools: list[Sequence[Mapping[str, Any]]] = []
        """The tools of every call of `stream_calls` so far."""
        self.forms: list[ReplyForm] = []
        """The forms that replies were to have so far."""
        self._replies = replies if callable(replies) else list(replies)
        self._chunk_size = chunk_size

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        """Stream the next reply.

        Raises: ModelError where the script says so; SetupError where it has nothing left to say.
        """
        line = self._choose(messages)
        if isinstance(line, ModelError):
            raise line
        reply = Reply(line) if isinstance(line, str) else line
        for part in self._split(reply.reasoning):
            yield Delta(reasoning=part)
        for part in self._split(reply.text):
            yield Delta(part)
        for place, call in enumerate(reply.calls):
            yield Delta(calls=(CallDelta(place, call.name),))
            for part in self._split(call.arguments):
                yield Delta(calls=(CallDelta(place, "", part),))
        yield Delta(finish=reply.finish or ("tool_calls" if reply.calls else "stop"))
        yield Delta(usage=count_usage(messages, reply), details=reply.details)

    async def stream_calls(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], *, choice: ToolChoice = "auto"
    ) -> AsyncGenerator[Delta | Again, None]:
        """As `stream`: the script says what is called.

        Raises: ModelError; SetupError.
        """
        self.tools.append(tools)
        async with aclosing(self.stream(messages)) as steps:
            async for step in steps:
                yield step

    async def stream_form(
        self, messages: Sequence[Message], form: ReplyForm, tools: Sequence[Mapping[str, Any]] = ()
    ) -> AsyncGenerator[Delta | Again, None]:
        """As `stream`: the script says what becomes of the form.

        Raises: ModelError; SetupError.
        """
        self.forms.append(form)
        async with aclosing(self.stream_calls(messages, tools) if tools else self.stream(messages)) as steps:
            async for step in steps:
                yield step

    def _choose(self, messages: Sequence[Message]) -> Line:
        place = len(self.calls)
        self.calls.append([message.copy() for message in messages])
        if callable(self._replies):
            return self._replies(messages)
        if place >= len(self._replies):
            raise SetupError(f"model {self.name!r} has {len(self._replies)} replies and was asked for one more")
        line = self._replies[place]
        return line(messages) if callable(line) else line

    def _split(self, text: str) -> list[str]:
        return [text[start : start + self._chunk_size] for start in range(0, len(text), self._chunk_size)]


def count_usage(messages: Sequence[Message], reply: Reply) -> Usage:
    """A usage that depends on the texts' lengths alone."""
    asked = sum(len(message.get("content", "")) for message in messages)
    called = sum(len(call.name) + len(call.arguments) for call in reply.calls)
    return Usage(
        input_tokens=estimate_tokens(asked),
        output_tokens=estimate_tokens(len(reply.text) + len(reply.reasoning) + called),
        reasoning_tokens=estimate_tokens(len(reply.reasoning)),
    )

"""A model that says what a journal holds: nothing is asked of any server."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from agent_brain.core.chat import Again, CallDelta, ChatModel, Delta, Reply, ToolChoice
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.usage import Usage

FindReply = Callable[[Sequence[str], Sequence[Message], Sequence[Mapping[str, Any]]], tuple[Reply, Usage]]
"""Finds the recorded reply to a prompt and the tools beside it, and what it has spent; the names of the models that may
have given it come first."""

FindModel = Callable[[Sequence[str]], str]
"""Finds which of these models was asked next."""


class ReplayModel:
    """Streams the replies that `find` gives it; raises what `find` raises."""

    def __init__(self, name: str, find: FindReply, *, others: Sequence[str] = ()) -> None:
        """`others`: the names of models that stood by."""
        self.name = name
        self._names = (name, *others)
        self._find = find

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        """Stream the recorded reply to these messages."""
        return self.stream_calls(messages, ())

    async def stream_calls(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], *, choice: ToolChoice = "auto"
    ) -> AsyncGenerator[Delta | Again, None]:
        """Stream the recorded reply to these messages with these tools."""
        reply, usage = self._find(self._names, messages, tools)
        if reply.reasoning:
            yield Delta(reasoning=reply.reasoning)
        if reply.text:
            yield Delta(reply.text)
        if reply.calls:
            yield Delta(calls=tuple(CallDelta(i, call.name, call.arguments) for i, call in enumerate(reply.calls)))
        yield Delta(finish=reply.finish, usage=usage, details=reply.details)


class ReplaySeveral(ReplayModel):
    """The twin of models that are asked in turn: the one is asked whose reply or refusal is recorded."""

    def __init__(self, name: str, find: FindReply, find_model: FindModel, *, others: Sequence[str] = ()) -> None:
        super().__init__(name, find, others=others)
        self._find_model = find_model

    @property
    def models(self) -> Sequence[ChatModel]:
        """The one that was asked next."""
        return (ReplayModel(self._find_model(self._names), self._find, others=self._names),)

    async def ask_each(
        self, ask: Callable[[ChatModel], AsyncGenerator[Delta | Again, None]]
    ) -> AsyncGenerator[Delta | Again, None]:
        """What `ask` streams of the model that was asked next; where that was refused for good, of the one after it.

        Raises: ModelError, that of the recorded end where none is left.
        """
        faults: list[ModelError] = []
        for _ in self._names:
            try:
                async with aclosing(ask(self.models[0])) as steps:
                    async for step in steps:
                        yield step
                return
            except ModelError as error:
                if error.kind is not ModelErrorKind.CONTEXT_LENGTH:
                    raise
                faults.append(error)
        raise faults[-1]

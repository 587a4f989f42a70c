"""A model that says what a journal holds: nothing is asked of any server."""

from collections.abc import AsyncGenerator, Callable, Sequence

from agent_brain.core.items import Message
from agent_brain.core.ports import Again, Delta, Reply
from agent_brain.core.usage import Usage

FindReply = Callable[[str, Sequence[Message]], tuple[Reply, Usage]]
"""Finds the recorded reply to a prompt, and what it has spent; a model's name comes first."""


class ReplayModel:
    """Streams the replies that `find` gives it; raises what `find` raises."""

    def __init__(self, name: str, find: FindReply) -> None:
        self.name = name
        self._find = find

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        """Stream the recorded reply to these messages."""
        reply, usage = self._find(self.name, messages)
        if reply.reasoning:
            yield Delta(reasoning=reply.reasoning)
        if reply.text:
            yield Delta(reply.text)
        yield Delta(finish=reply.finish, usage=usage)

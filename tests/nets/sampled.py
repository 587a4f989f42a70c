"""What tests of nets that try several times share: a model that can be tuned, and one that gives replies in turn."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

from agent_brain import ScriptedModel
from agent_brain.core.chat import Again, Delta
from agent_brain.core.items import Message


class TunedModel(ScriptedModel):
    """A scripted model that can be tuned, and notes with which options each call was made."""

    def __init__(self, reply: Callable[[Sequence[Message]], str], name: str = "tuned") -> None:
        super().__init__(reply, name=name)
        self.options: Mapping[str, Any] = {}
        self.asked: list[Mapping[str, Any]] = []

    def tuned(self, options: Mapping[str, Any]) -> "TunedModel":
        """The same model with these options; both note their calls in one list."""
        twin = TunedModel(self._replies, self.name)  # type: ignore[arg-type]  # it was given a function
        twin.options, twin.asked, twin.calls = {**self.options, **options}, self.asked, self.calls
        return twin

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        """As that of its base."""
        self.asked.append(self.options)
        async for delta in super().stream(messages):
            yield delta


class Dice:
    """Gives the next of these replies to each call, whoever makes it."""

    def __init__(self, *replies: str) -> None:
        self._replies = list(replies)

    def __call__(self, messages: Sequence[Message]) -> str:
        return self._replies.pop(0)

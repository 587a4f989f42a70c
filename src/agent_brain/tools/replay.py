"""Tools that tell what a journal holds: nothing is ever run."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

from agent_brain.core.items import Action, Observation
from agent_brain.core.ports import Question, ToolSpec

FindOutcome = Callable[[Action, str], Awaitable[Observation | Question]]
"""Finds the recorded outcome of an action by its id; waits until it is its turn."""


class ReplayTools:
    """The same tools by name and schema, with the outcomes that `find` gives them; raises what `find` raises."""

    def __init__(self, specs: Sequence[ToolSpec], find: FindOutcome) -> None:
        self.specs = specs
        self._find = find

    async def call(self, action: Action, action_id: str) -> AsyncGenerator[str | Observation | Question, None]:
        """The recorded outcome."""
        yield await self._find(action, action_id)

    async def answer(
        self, action: Action, action_id: str, token: Any, reply: Any
    ) -> AsyncGenerator[str | Observation | Question, None]:
        """The recorded outcome of going on with a reply."""
        yield await self._find(action, action_id)

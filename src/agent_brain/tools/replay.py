"""Tools that tell what a journal holds: nothing is ever run."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

from agent_brain.core.events import HandedOver, SubEvent
from agent_brain.core.items import Action, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Record
from agent_brain.core.tooling import Inside, Question, ToolSpec

FindOutcome = Callable[[Action, str], Awaitable[Observation | Question]]
"""Finds the recorded outcome of an action by its id; waits until it is its turn."""
FindInside = Callable[[str], tuple[Sequence[Record], bool]]
"""What the sub-run of this name recorded, and whether the action of this id has its outcome."""


class ReplayTools:
    """The same tools by name and schema, with the outcomes that `find` gives them; raises what `find` raises."""

    def __init__(self, specs: Sequence[ToolSpec], find: FindOutcome, find_inside: FindInside) -> None:
        self.specs = specs
        self._find = find
        self._find_inside = find_inside

    async def call(self, action: Action, action_id: str) -> AsyncGenerator[str | Observation | Question, None]:
        """The recorded outcome."""
        yield await self._find(action, action_id)

    async def answer(
        self, action: Action, action_id: str, token: Any, reply: Any
    ) -> AsyncGenerator[str | Observation | Question, None]:
        """The recorded outcome of going on with a reply."""
        yield await self._find(action, action_id)

    async def nest(self, action: Action, inside: Inside) -> AsyncGenerator[SubEvent | HandedOver | Observation, None]:
        """What a sub-run recorded, and the outcome where there is one; one that waits for a person has none."""
        records, has_outcome = self._find_inside(inside.run_id)
        twin = play_inside(inside, records)
        if records:
            yield HandedOver(records, lambda: None)
        if has_outcome or not twin.open_pauses:
            found = await self._find(action, inside.run_id)
            assert isinstance(found, Observation)  # its pauses are its own
            yield found


def play_inside(inside: Inside, records: Sequence[Record]) -> MemoryEnv:
    """What a sub-run knows when it has recorded these."""
    env = MemoryEnv() if inside.env is None else inside.env.fork()
    env.replay(records)
    return env

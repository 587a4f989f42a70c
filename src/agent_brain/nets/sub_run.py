"""SubRunState: have another net work on a question, in a run inside this one."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Self

from agent_brain.core.errors import RunError
from agent_brain.core.events import HandedOver, Piece
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.ports import Parts
from agent_brain.core.records import Status
from agent_brain.nets.linked import LinkedState
from agent_brain.nets.nesting import find_inside, label, take_over


@dataclass(frozen=True)
class SubRunState(LinkedState):
    """Lets a net with the same parts answer a question, and goes on to `then` with its answer as an item of the log.

    The net's run knows the question and nothing else. Its events come with a path, what it spends counts, its pauses
    are this run's pauses, and it goes on where it was when this run is resumed.
    """

    net: Net
    question: str = ""
    """Empty: the goal of this run."""
    item: ItemKind = field(default=ItemKind.THOUGHT, kw_only=True)
    """As what its answer is kept."""

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts, which its net has too, with instructions of its own."""
        return self.changed(parts=parts, net=self.net.bind(replace(parts, instructions=self.net.instructions)))

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        key = f"s{env.steps}"
        sub_run, pieces = self._bound().nest(
            self.net, self.question or env.goal, find_inside(env, f"{env.run_id}:{key}")
        )
        async with aclosing(label(key, pieces)) as labelled:
            async for piece in labelled:
                if isinstance(piece, HandedOver):
                    take_over(env, key, piece)
                yield piece
        if sub_run.status is Status.FAILED:
            raise RunError(f"net {self.net.name!r} failed inside: {sub_run.error}")
        if not sub_run.open_pauses:
            env.add(self.item, sub_run.answer)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, f"net {self.net.name!r} has answered")

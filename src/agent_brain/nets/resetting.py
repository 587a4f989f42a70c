"""ResetState: before another attempt, have the tools undo what the last one has changed."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import ClassVar

from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.state import Need
from agent_brain.nets.linked import LinkedState


@dataclass(frozen=True)
class ResetState(LinkedState):
    """Resets each tool that says how, so that the next attempt finds the world as the first one did; goes on to `then`.

    A brain with a tool that changes something and cannot be reset is refused. A reset that fails ends the run: an
    attempt in a world that the last one has changed would count for something else. It may be done twice where the
    process dies in the middle of it.
    """

    needs: ClassVar[frozenset[Need]] = frozenset({Need.RESET})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        parts = self._bound()
        for spec in parts.tools.specs:
            if spec.reset is not None and not parts.is_played:
                await spec.reset()
                yield Chunk(f"{spec.name} was reset", ChunkKind.PROGRESS, env.state)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "the next attempt begins anew")


@dataclass(frozen=True)
class LenientResetState(ResetState):
    """As ResetState, of brains whose other tools leave traces that do not matter."""

    needs: ClassVar[frozenset[Need]] = frozenset()

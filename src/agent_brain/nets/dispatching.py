"""DispatchState: see whether there are calls of a plan to make, and write down the evidence when there are none."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import ClassVar

from agent_brain.core.counting import count
from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.options import check_count
from agent_brain.core.state import StateType
from agent_brain.nets.evidence import CHARACTERS_MAX, EVIDENCE, keep_evidence
from agent_brain.nets.linked import LinkedState
from agent_brain.nets.planned_calls import CALLS, Notation, find_outcomes, find_ready, make_action


@dataclass(frozen=True)
class DispatchState(LinkedState):
    """Makes the planned calls that wait for nothing the next actions, and goes to `then`.

    Where there is none any more, it writes down the evidence and goes to `otherwise`. A call that refers to one that
    has failed, or that nobody gives, is not run; so there is nothing that it could wait for without an end.
    """

    kind: ClassVar[ChunkKind] = ChunkKind.PROGRESS

    notation: Notation
    calls_max: int
    """Calls in one run at most: between two visits one of them is begun at least."""
    plans_max: int = 1
    characters_max: int = CHARACTERS_MAX
    then: str = field(default=StateType.ACTION, kw_only=True)
    otherwise: str = field(default=StateType.ANSWER, kw_only=True)

    reads = frozenset({CALLS})
    writes = frozenset({EVIDENCE})

    def __post_init__(self) -> None:
        check_count("evidence_characters", self.characters_max)

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise})

    @property
    def visits_max(self) -> int:
        """The bound of the cycle through it."""
        return self.calls_max + self.plans_max

    @property
    def last_targets(self) -> frozenset[str]:
        """It leaves its cycle."""
        return frozenset({self.otherwise})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        ready = find_ready(env, self.notation) if env.visits[env.state] < self.visits_max else []
        if not ready:
            keep_evidence(env, self.notation, self.characters_max)
            return
        specs = {spec.name: spec for spec in self._bound().tools.specs}
        env.choose([make_action(env, call, self.notation, specs) for call in ready])
        shown = ", ".join(self.notation.show(call.label) for call in ready)
        yield Chunk(f"{shown}\n", self.kind, env.state)

    async def _transition(self, env: MemoryEnv) -> None:
        if env.next_actions:
            env.set_state(self.then, f"{count(len(env.next_actions), 'call')} can be made")
        else:
            env.set_state(
                self.otherwise, f"{count(len(find_outcomes(env)), 'outcome')}, and nothing further can be called"
            )

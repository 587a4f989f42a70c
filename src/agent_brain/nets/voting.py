"""Votes: which answers are the same answer, and which of them has most; the state that counts."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from agent_brain.core.answer_type import AnswerType
from agent_brain.core.errors import SetupError
from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.items import Item
from agent_brain.core.judgements import find_candidates
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.sameness import normalise
from agent_brain.core.state import StateType
from agent_brain.nets.choosing import CHOSEN, choose
from agent_brain.nets.linked import LinkedState

VOTES = "votes"
"""The board's key of the last count: how many were asked, and for each answer its first try's place and its votes."""
SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Ballot:
    """How often each answer was given, in the order in which they came."""

    counts: tuple[int, ...]

    @property
    def leader(self) -> int:
        """The place of the answer with most votes; of several, that of the first."""
        return self.counts.index(max(self.counts))

    def is_decided(self, left: int) -> bool:
        """True where so many more votes cannot change who leads, whoever gets them."""
        leader = self.leader
        rivals = [*self.counts[:leader], *self.counts[leader + 1 :]]
        for place, count in enumerate(rivals):
            wins_ties = place < leader
            if count + left > self.counts[leader] - wins_ties:
                return False
        return left <= self.counts[leader]


def group(texts: Sequence[str], kind: AnswerType | None = None) -> list[list[int]]:
    """The places of those that are the same answer, in the order in which each came first."""
    groups: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        groups.setdefault(normalise(text, kind), []).append(place)
    return list(groups.values())


@dataclass(frozen=True)
class VoteState(LinkedState):
    """Counts how often each answer of the state `of` was given, and chooses one with most votes, of several the first.

    It goes to `again` while there are samples to come that could change the outcome, to `unsure` where fewer than half
    of the samples agree, and to `then` otherwise.
    """

    kind: ClassVar[ChunkKind] = ChunkKind.PROGRESS

    samples: int
    at_once: int
    of: str = StateType.ATTEMPT
    then: str = field(default=StateType.ANSWER, kw_only=True)
    again: str = field(default=StateType.ATTEMPT, kw_only=True)
    unsure: str = field(default=StateType.ANSWER, kw_only=True)

    writes = frozenset({VOTES, CHOSEN})

    def __post_init__(self) -> None:
        if self.samples < 1 or self.at_once < 1:
            raise SetupError(f"samples is {self.samples} and at_once {self.at_once}; wanted at least 1 of each")

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.again, self.unsure})

    @property
    def visits_max(self) -> int:
        """The bound of the cycle through it."""
        return -(-self.samples // self.at_once)

    @property
    def last_targets(self) -> frozenset[str]:
        """There is no sample to come."""
        return frozenset({self.then, self.unsure})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        items = find_candidates(env, self.of)
        groups = self._group(items)
        if not groups:
            return
        ballot = Ballot(tuple(map(len, groups)))
        chosen = items[groups[ballot.leader][0]]
        asked = self._count_asked(env)
        yield Chunk(f"{max(ballot.counts)} of {asked} say: {chosen.text:.{SHOWN_CHARACTERS}}", self.kind, env.state)
        counts = [[items[places[0]].seq, len(places)] for places in groups]
        env.put_board(VOTES, {"asked": asked, "counts": counts})
        choose(env, chosen)

    async def _transition(self, env: MemoryEnv) -> None:
        asked = self._count_asked(env)
        left = self.samples - asked
        groups = self._group(find_candidates(env, self.of))
        if not groups:
            env.set_state(self.then, "there is nothing to count")
            return
        ballot = Ballot(tuple(map(len, groups)))
        told = f"{max(ballot.counts)} of {asked} agree"
        if not ballot.is_decided(left) and not env.limit:
            env.set_state(self.again, f"{told}, and {left} may change that")
        elif 2 * max(ballot.counts) < asked and not env.limit:
            env.set_state(self.unsure, f"no more than {told}")
        else:
            env.set_state(self.then, told)

    def _count_asked(self, env: MemoryEnv) -> int:
        return min(self.samples, env.visits[self.of] * self.at_once)

    def _group(self, items: Sequence[Item]) -> list[list[int]]:
        return group([item.text for item in items], self._bound().answer_type)

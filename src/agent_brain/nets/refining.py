"""The states of Self-Refine: a draft, what is said of it, the next draft, all in slots, where no memory cuts them."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from agent_brain.core.chat import Reply
from agent_brain.core.counting import count
from agent_brain.core.events import Piece
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.state import StateType
from agent_brain.nets.choosing import CHOSEN, choose
from agent_brain.nets.signal import read_signal
from agent_brain.nets.toolless import ToollessState

DRAFT, CRITIQUE, REFINE = "draft", "critique", "refine"
ROUNDS = 3
SCORE_MAX = 10
"""As the directive says."""
PRESENT = "draft"
"""The slot of the present draft."""
REVIEW = "review"
"""The slot of what was said of it."""
EARLIER = "attempts"
"""The slot of all drafts before it, each with its review. What was written first comes first among the slots' names."""
BEST = "best_score"
"""The board's key of the score of the best draft so far, where that is kept; None: it has none."""
ASKED = frozenset({ItemKind.GOAL, ItemKind.QUESTION, ItemKind.REPLY})
"""What was asked, and what a person has said to it: all that is shown beside the slots."""
ACCEPT, REVISE = "accept", "revise"
_SCORE = re.compile(r"\bscore\b[\s\"'`*_]*+[:=][\s\"'`*_]*+(?P<score>\d{1,3}(?:\.\d+)?)", re.IGNORECASE)


@dataclass(frozen=True)
class DraftingState(ToollessState):
    """Writes the first draft into its slot; what a question before this one has left there is gone."""

    then: str = CRITIQUE
    is_best_kept: bool = field(default=False, kw_only=True)

    @property
    def writes(self) -> frozenset[str]:
        """What it sees to."""
        return frozenset({PRESENT, CHOSEN, BEST} if self.is_best_kept else {PRESENT, CHOSEN})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        for slot in (PRESENT, REVIEW, EARLIER):
            if slot in env.slots:
                env.put_slot(slot, None)
        async with aclosing(super()._run(env)) as pieces:
            async for piece in pieces:
                yield piece

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        super()._learn(env, reply)
        env.put_slot(PRESENT, env.log[-1].text)
        choose(env, env.log[-1])
        if self.is_best_kept:
            env.put_board(BEST, None)


@dataclass(frozen=True)
class CritiquingState(ToollessState):
    """Reviews the present draft, of which it sees nothing but the draft and what was asked.

    Goes to `then` where it has to be revised, and to `otherwise` where it is accepted or was refined `rounds` times.
    A review without a verdict asks for a revision where it says anything.
    """

    kinds: frozenset[ItemKind] | None = ASKED
    slots: frozenset[str] | None = field(default=frozenset({PRESENT}), kw_only=True)
    item: ItemKind = ItemKind.REFLECTION
    then: str = REFINE
    otherwise: str = field(default=StateType.ANSWER, kw_only=True)
    is_best_kept: bool = field(default=False, kw_only=True)
    rounds: int = field(default=ROUNDS, kw_only=True)

    writes = frozenset({REVIEW})

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise})

    @property
    def visits_max(self) -> int:
        """One for each round, and one for the last draft where the best is kept."""
        return self.rounds + self.is_best_kept

    @property
    def last_targets(self) -> frozenset[str]:
        """Where the best draft is kept, its last review leaves the cycle; else that is left to the last refinement."""
        return frozenset({self.otherwise}) if self.is_best_kept else self.targets

    @property
    def reads(self) -> frozenset[str]:
        """What it cannot do without."""
        return frozenset({PRESENT, BEST} if self.is_best_kept else {PRESENT})

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        super()._learn(env, reply)
        review = env.log[-1].text
        env.put_slot(REVIEW, review)
        if self.is_best_kept:
            self._keep_better(env, review)

    def _keep_better(self, env: MemoryEnv, review: str) -> None:
        """Keep the draft where it is better than the best so far; one without a score takes no other's place."""
        best, score = env.board[BEST], read_score(review)
        if _is_accepted(review) or (score is not None and (best is None or score > best)):
            choose(env, next(item for item in reversed(env.log) if item.kind is ItemKind.THOUGHT))
            env.put_board(BEST, score)

    async def _transition(self, env: MemoryEnv) -> None:
        if _is_accepted(env.log[-1].text):
            env.set_state(self.otherwise, "the review accepts the draft")
        elif env.visits[env.state] > self.rounds:
            env.set_state(self.otherwise, f"it was refined {count(self.rounds, 'time')}")
        else:
            env.set_state(self.then, "the review wants it revised")


@dataclass(frozen=True)
class RefiningState(ToollessState):
    """Writes the next draft, from all drafts and reviews so far; after the last of `rounds` it goes to the answer.

    Where the best draft is kept it always goes to `then`, whose review it needs.
    """

    then: str = CRITIQUE
    otherwise: str = field(default=StateType.ANSWER, kw_only=True)
    is_best_kept: bool = field(default=False, kw_only=True)
    is_review_own: bool = field(default=False, kw_only=True)
    """Reviews stand in the log, as the model's own turns, and not beside the drafts."""
    rounds: int = field(default=ROUNDS, kw_only=True)

    writes = frozenset({PRESENT, EARLIER})

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then}) if self.is_best_kept else frozenset({self.then, self.otherwise})

    @property
    def visits_max(self) -> int | None:
        """The bound of its cycle, unless it leaves that to the reviews."""
        return None if self.is_best_kept else self.rounds

    @property
    def reads(self) -> frozenset[str]:
        """What it cannot do without."""
        return frozenset({PRESENT} if self.is_review_own else {PRESENT, REVIEW})

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        if not self._bound().wire.read(reply, ()).text.strip():
            return  # nothing was written, so the last draft stands
        super()._learn(env, reply)
        count = env.visits[env.state]
        earlier = [env.slots.get(EARLIER, ""), f"Draft {count}:\n{env.slots[PRESENT]}"]
        if not self.is_review_own:
            earlier.append(f"Review of draft {count}:\n{env.slots[REVIEW]}")
        env.put_slot(EARLIER, "\n\n".join(filter(None, earlier)))
        env.put_slot(PRESENT, env.log[-1].text)
        env.put_slot(REVIEW, None)
        if not self.is_best_kept:
            choose(env, env.log[-1])

    async def _transition(self, env: MemoryEnv) -> None:
        if not self.is_best_kept and env.visits[env.state] >= self.rounds:
            env.set_state(self.otherwise, f"it was refined {count(self.rounds, 'time')}")
        else:
            env.set_state(self.then, "the next draft is to be reviewed")


def read_score(review: str) -> float | None:
    """The score that a review gives, the last one counts; None where it gives none from 0 to 10."""
    said = [float(match["score"]) for match in _SCORE.finditer(review)]
    return said[-1] if said and said[-1] <= SCORE_MAX else None


def _is_accepted(review: str) -> bool:
    """True for a review that says so, or has nothing to say."""
    return not review.strip() or read_signal(review, (ACCEPT, REVISE)) == ACCEPT

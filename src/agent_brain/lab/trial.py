"""A trial's row: what one arm made of one task once, as results are kept and counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Self

METRICS = SCORE, PASSED = ("score", "passed")
"""What of rows can be compared."""


class Outcome(StrEnum):
    """How a trial came to its end; all but the last count."""

    PASSED = "passed"
    WRONG = "wrong"
    """It answered, and its evaluator let the answer not pass."""
    LIMITED = "limited"
    """A limit was met, and what it then answered did not pass."""
    FAILED = "failed"
    """An error of its own ended it: it scores 0."""
    INFRASTRUCTURE = "infrastructure"
    """Something outside broke again and again: it says nothing of the arm, and is left out of every comparison."""

    @property
    def words(self) -> str:
        """It as people read it: what did not pass need not be wrong, where an evaluator gives a part of the score."""
        return "not passed" if self is Outcome.WRONG else self.value


@dataclass(frozen=True, slots=True)
class Trial:
    """One row of an experiment's results; a view of its runs in the journal.

    Units: tokens, seconds, US dollars. `score` is from 0 to 1.
    """

    trial_id: str
    """The name of its first run in the journal."""
    task: str
    arm: str
    repeat: int
    """Counted from 0."""
    score: float
    outcome: Outcome
    family: str = ""
    split: str = ""
    evaluator: str = ""
    right: str = ""
    """Digest of what says whether the task was done: with another answer, or another evaluator, it is judged again."""
    feedback: str = ""
    answer: str = ""
    limit: str = ""
    """The limit that was met, by name."""
    error: str = ""
    """The kind of error that ended it, where one did, and its message."""
    oracles: tuple[str, ...] = ()
    """Evaluators that had a say inside the run and knew what an agent at work would not."""
    turns: int = 1
    steps: int = 0
    model_calls: int = 0
    tool_calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: float = 0.0
    unpriced_tokens: int = 0
    """Tokens whose price nobody knows."""
    steps_before: int = 0
    """Those that it has taken over from a stored trial, with what they took: no other figure here counts them."""
    tokens_before: int = 0
    cost_before_usd: float = 0.0
    judge_calls: int = 0
    """What models were asked for the verdict, and what that took; no part of what the arm has cost."""
    judge_tokens: int = 0
    judge_cost_usd: float = 0.0
    judge_unpriced_tokens: int = 0
    user_calls: int = 0
    """What the model was asked that plays the task's user, and what that took; no part of what the arm has cost."""
    user_tokens: int = 0
    user_cost_usd: float = 0.0
    user_unpriced_tokens: int = 0
    aside_calls: int = 0
    """What earlier attempts took that were set aside, judge and user too: it was paid, and says nothing of the arm."""
    aside_tokens: int = 0
    aside_cost_usd: float = 0.0
    aside_unpriced_tokens: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)
    """Replies that were malformed, by kind."""
    tool_failures: int = 0
    drafts: tuple[bool, ...] = ()
    """Whether each answer that the run had on its way would have passed, the last one too; of nets that revise."""
    attempts: int = 1
    """How often it was begun or gone on with, because something outside broke."""
    unclosed: str = ""
    """What of its own, a world perhaps, could not be closed when it was over, and why; it was judged by then."""
    model_seconds: float = 0.0
    wall_seconds: float = 0.0
    """Timing is what two undisturbed runs of one experiment differ in, and nothing else."""

    @property
    def is_counted(self) -> bool:
        """False for what says nothing of its arm."""
        return self.outcome is not Outcome.INFRASTRUCTURE

    def measure(self, metric: str) -> float:
        """What is compared: its score, or whether it passed."""
        return float(self.outcome is Outcome.PASSED) if metric == PASSED else self.score

    @property
    def spent_tokens(self) -> int:
        """All that were paid for it: the arm's, and beside them the experimenter's."""
        return self.input_tokens + self.output_tokens + self.judge_tokens + self.user_tokens + self.aside_tokens

    @property
    def spent_usd(self) -> float:
        """What these cost, as far as that is known."""
        return self.cost_usd + self.judge_cost_usd + self.user_cost_usd + self.aside_cost_usd

    @property
    def spent_unpriced_tokens(self) -> int:
        """Those of which it is not known."""
        return (
            self.unpriced_tokens + self.judge_unpriced_tokens + self.user_unpriced_tokens + self.aside_unpriced_tokens
        )

    def data(self) -> dict[str, Any]:
        """It as JSON."""
        return {name: getattr(self, name) for name in _NAMES} | {"faults": dict(self.faults)}

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Self:
        """The row that `data` was made of; fields of later versions are left out."""
        known = {name: data[name] for name in _NAMES if name in data}
        known["outcome"] = Outcome(known["outcome"])
        known.setdefault("judge_unpriced_tokens", known.get("judge_tokens", 0))
        for name in ("oracles", "drafts"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)

    def untimed(self) -> dict[str, Any]:
        """All that an undisturbed run of the same experiment would have found alike."""
        return {name: value for name, value in self.data().items() if name not in TIMING}


_NAMES = tuple(field.name for field in fields(Trial))
TIMING = frozenset(
    {"model_seconds", "wall_seconds", "attempts", "unclosed", *(name for name in _NAMES if name.startswith("aside_"))}
)
"""What depends on the machine and its neighbours."""

"""The plan of an experiment: what it would cost and what it could show, before anything is spent."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

EXPECTED = tuple(f"{kind}{what}" for kind in ("", "judge_", "user_") for what in ("calls", "tokens", "cost_usd"))
CALLS_MAX = ("calls_max", "judge_calls_max", "user_calls_max")


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """What one arm would take. The means are of earlier trials, None where there are none. Units: US dollars."""

    arm: str
    trials: int
    left: int
    """Of these, those that are still to be done."""
    calls_max: int
    """Model calls of all its trials at most, retries and a memory's own left out."""
    calls: float | None = None
    tokens: float | None = None
    cost_usd: float | None = None
    seconds: float | None = None
    is_priced: bool = True
    """False where nobody knows what a part of it costs."""
    judge_calls_max: int = 0
    """Of models that judge, at most; what judging takes is no part of the figures above."""
    judge_calls: float | None = None
    judge_tokens: float | None = None
    judge_cost_usd: float | None = None
    is_judge_priced: bool = True
    user_calls_max: int = 0
    """Of models that play the tasks' users, as of those that judge."""
    user_calls: float | None = None
    user_tokens: float | None = None
    user_cost_usd: float | None = None
    is_user_priced: bool = True
    judged_again: int = 0
    """Trials that are done, and whose evaluator or right answer was changed since: only their judge is asked."""

    def expect(self, what: str) -> float | None:
        """What is still to come of one of `EXPECTED`; None where nobody has measured it."""
        mean: float | None = getattr(self, what)
        trials = self.left + self.judged_again if what.startswith("judge_") else self.left
        return None if mean is None else mean * trials


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to spend the trials of an arm, and its chance to find the wanted effect."""

    tasks: int
    repeats: int
    power: float


@dataclass(frozen=True, slots=True)
class ContrastPlan:
    """What a contrast can show with this many tasks and repeats."""

    contrast: str
    basis: str
    """Where its variances come from."""
    pilot_tasks: int
    variances: tuple[float, float, float]
    """Of true differences between tasks, and of one score of the arm and of the control within a task."""
    smallest_effect: float
    """That is found in four of five experiments."""
    effect: float | None = None
    """The one that is wanted."""
    tasks_needed: int | None = None
    """To find that, with these repeats."""
    choices: Sequence[Choice] = ()
    """Other ways to find it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it."""

    experiment: str
    tasks: int
    repeats: int
    arms: Sequence[ArmPlan]
    contrasts: Sequence[ContrastPlan]
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def trials(self) -> int:
        """Of all arms."""
        return sum(arm.trials for arm in self.arms)

    @property
    def left(self) -> int:
        """Trials that are still to be done."""
        return sum(arm.left for arm in self.arms)

    @property
    def judged_again(self) -> int:
        """Trials that are done and judged again."""
        return sum(arm.judged_again for arm in self.arms)

    @property
    def calls_max(self) -> int:
        """Model calls of all trials at most."""
        return sum(arm.calls_max for arm in self.arms)

    @property
    def judge_calls_max(self) -> int:
        """Calls of models that judge, of all trials at most."""
        return sum(arm.judge_calls_max for arm in self.arms)

    @property
    def user_calls_max(self) -> int:
        """Calls of models that play users, of all trials at most, but for questions in the middle of a turn."""
        return sum(arm.user_calls_max for arm in self.arms)

    def expect(self, what: str) -> float | None:
        """What is still to come of one of `EXPECTED`; None where nobody knows that of some arm."""
        found = [arm.expect(what) for arm in self.arms]
        known = [amount for amount in found if amount is not None]
        return sum(known) if len(known) == len(found) else None

    def data(self) -> dict[str, Any]:
        """It as JSON."""
        expected = {name: self.expect(name) for name in EXPECTED}
        sums = {name: getattr(self, name) for name in ("trials", "left", "judged_again", *CALLS_MAX)}
        return {**asdict(self), **sums, "expected": expected}

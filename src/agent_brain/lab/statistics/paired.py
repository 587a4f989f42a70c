"""The primary analysis: by how much one arm scores more than another on the same tasks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from agent_brain.lab.statistics.arrays import EQUAL, Array, holed, same_tasks
from agent_brain.lab.statistics.estimate import Estimate, Interval, other_share
from agent_brain.lab.statistics.units import Families, Units

DIFFERENCES = (-1.0, 1.0)
"""What a difference of scores can be."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What makes differences vary: how tasks differ in the effect, and noise that repeats average out."""

    effect_raw: float
    """Variance of the true differences of tasks, as estimated: below 0 where noise explains more than there is."""
    noise_arm: float | None
    """Mean variance of a single score within a task; None where no task was repeated."""
    noise_control: float | None

    @property
    def effect(self) -> float:
        """Variance of the true differences of tasks, at least 0; where nothing was repeated, noise is part of it."""
        return max(0.0, self.effect_raw)


@dataclass(frozen=True, slots=True)
class Paired:
    """The difference `arm - control` over shared tasks, with Student's interval and what a reader asks next."""

    estimate: Estimate
    tasks: int
    correlation: float | None
    """Between the task means of the arms; None where an arm scores alike on all tasks."""
    wins: int
    """Tasks on which the arm scored more."""
    losses: int
    spread: Spread

    @property
    def difference(self) -> float:
        """The mean difference."""
        return self.estimate.value

    @property
    def interval(self) -> Interval:
        """Where the true difference lies."""
        return self.estimate.interval

    @property
    def ties(self) -> int:
        """Tasks on which they scored alike."""
        return self.tasks - self.wins - self.losses

    @property
    def is_undecided(self) -> bool:
        """Whether no task is discordant, so that there is nothing to test: no p-value, only a bound."""
        return self.wins + self.losses == 0

    @property
    def discordance_max(self) -> float | None:
        """Where no task is discordant: the share of all tasks that could be, at 95 % confidence."""
        return other_share(self.estimate.count) if self.is_undecided else None


def compare(
    arm: ArrayLike, control: ArrayLike, families: Sequence[str] | None = None, *, level: float = 0.95
) -> Paired:
    """How much more `arm` scores than `control`, each task counting once, clustered on families where they are given.

    Shapes: tasks x repeats each, NaN where a repeat is missing; or task means. Repeats may differ in number.
    Raises: SetupError for other tasks on one side, a task without a score, or no tasks.
    Source: Miller 2024, paired differences of task means.
    """
    ours, theirs = holed(arm, "the arm"), holed(control, "the control")
    tasks = same_tasks("the arm and the control", ours, theirs)
    our_means, their_means = np.nanmean(ours, axis=1), np.nanmean(theirs, axis=1)
    differences = settle(our_means - their_means)
    units = Units.of(differences, Families.of(families, tasks))
    return Paired(
        Estimate.of(units, level, DIFFERENCES),
        tasks,
        correlation(our_means, their_means),
        int((differences > 0).sum()),
        int((differences < 0).sum()),
        measure_spread(ours, theirs, differences),
    )


def differ(arm: ArrayLike, control: ArrayLike) -> Array:
    """`arm - control` per task: what tests by flipped signs take. Shapes and errors as `compare`."""
    ours, theirs = holed(arm, "the arm"), holed(control, "the control")
    same_tasks("the arm and the control", ours, theirs)
    return settle(np.nanmean(ours, axis=1) - np.nanmean(theirs, axis=1))


def settle(differences: Array) -> Array:
    """The same, with 0 for what only the order of a sum has kept from it."""
    return np.where(np.abs(differences) <= EQUAL, 0.0, differences)


def correlation(ours: Array, theirs: Array) -> float | None:
    """Pearson's, or None where one side does not vary."""
    x, y = ours - ours.mean(), theirs - theirs.mean()
    scale = float(np.sqrt(np.sum(x * x) * np.sum(y * y)))
    if min(float(np.abs(x).max()), float(np.abs(y).max())) <= EQUAL:
        return None
    return float(np.clip(np.sum(x * y) / scale, -1.0, 1.0))


def noise_within(scores: Array) -> float | None:
    """The mean over tasks of the variance of their repeats (ddof 1); None where no task has two."""
    counts = np.sum(~np.isnan(scores), axis=1)
    repeated = scores[counts >= 2]
    return float(np.nanvar(repeated, axis=1, ddof=1).mean()) if len(repeated) else None


def measure_spread(ours: Array, theirs: Array, differences: Array) -> Spread:
    """The variance of differences, less what the noise of repeats explains; of one task, nothing can be told."""
    noises = noise_within(ours), noise_within(theirs)
    total = float(differences.var(ddof=1)) if len(differences) > 1 else 0.0
    for scores, noise in zip((ours, theirs), noises, strict=True):
        counts = np.sum(~np.isnan(scores), axis=1)
        total -= (noise or 0.0) * float(np.mean(1.0 / counts))
    return Spread(total, *noises)

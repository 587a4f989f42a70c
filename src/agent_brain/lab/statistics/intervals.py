"""One arm: its mean score with an interval, the standard errors of clustered tasks, and how alike repeats are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array, between, holed, vector
from agent_brain.lab.statistics.distributions import beta_quantile, normal_quantile
from agent_brain.lab.statistics.estimate import Estimate, Interval
from agent_brain.lab.statistics.units import Families, Units

SCORES = (0.0, 1.0)
"""What a score can be."""


@dataclass(frozen=True, slots=True)
class Clustered:
    """A mean over single values with three standard errors: values independent, and clustered in two ways."""

    value: float
    se_independent: float
    se_miller: float
    """CR0: no correction for few clusters (Miller 2024)."""
    se_corrected: float
    """CR1: times sqrt(C / (C - 1))."""
    clusters: int

    @property
    def df(self) -> int:
        """Degrees of freedom of its interval."""
        return self.clusters - 1


@dataclass(frozen=True, slots=True)
class Likeness:
    """ICC(1): the share of the variance of single scores that lies between tasks.

    0 where no score differs from another; below 0 where tasks are more alike than chance.
    """

    value: float
    between: float
    """Mean square between tasks."""
    within: float
    """Mean square within them."""


def task_means(scores: ArrayLike, what: str = "scores") -> Array:
    """The mean over each task's repeats. Shapes: tasks x repeats, NaN where a repeat is missing; or tasks."""
    return np.asarray(np.nanmean(holed(scores, what), axis=1))


def mean(
    values: ArrayLike,
    families: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    bounds: tuple[float, float] | None = SCORES,
) -> Estimate:
    """The mean with Student's interval, clustered on families where they are given.

    Shapes: tasks, or tasks x repeats (each task counts once, whatever the number of its repeats).
    Raises: SetupError for no tasks, or what is no number.
    """
    means = task_means(values)
    return Estimate.of(Units.of(means, Families.of(families, len(means))), level, bounds)


def clustered(values: ArrayLike, clusters: Sequence[str]) -> Clustered:
    """The mean of single values and its standard errors. Raises: SetupError for fewer than two clusters."""
    found = vector(values, "values", least=2)
    families = Families.of(clusters, len(found))
    if families.count < 2:
        raise SetupError("all values belong to one cluster; wanted at least two: one tells nothing of the spread")
    residuals = found - found.mean()
    cr0 = math.sqrt(float(np.sum(families.sums(residuals) ** 2))) / len(found)
    correction = math.sqrt(families.count / (families.count - 1))
    independent = float(found.std(ddof=1)) / math.sqrt(len(found))
    return Clustered(float(found.mean()), independent, cr0, cr0 * correction, families.count)


def wilson(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Wilson's interval of a proportion. Raises: SetupError for counts that are none."""
    _check_counts(successes, trials, level)
    z = normal_quantile(0.5 + level / 2.0)
    p = successes / trials
    scale = 1.0 + z * z / trials
    centre = (p + z * z / (2 * trials)) / scale
    half = z * math.sqrt(p * (1.0 - p) / trials + z * z / (4 * trials**2)) / scale
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == trials else centre + half
    return Interval(low, high, level, "Wilson")


def clopper_pearson(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Clopper and Pearson's exact interval of a proportion. Raises: SetupError for counts that are none."""
    _check_counts(successes, trials, level)
    tail = (1.0 - level) / 2.0
    low = 0.0 if successes == 0 else beta_quantile(tail, successes, trials - successes + 1)
    high = 1.0 if successes == trials else beta_quantile(1.0 - tail, successes + 1, trials - successes)
    return Interval(low, high, level, "Clopper-Pearson")


def proportion(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Of tasks that were tried once each: Wilson's interval, and Clopper and Pearson's where all or none passed."""
    choose = clopper_pearson if successes in (0, trials) else wilson
    return choose(successes, trials, level)


def likeness(scores: ArrayLike) -> Likeness:
    """ICC(1) of tasks x repeats, NaN where a repeat is missing.

    Raises: SetupError for one task, or where no task has two repeats.
    """
    found = holed(scores, "scores", least=2)
    counts = np.sum(~np.isnan(found), axis=1)
    total = int(counts.sum())
    if total == len(found):
        raise SetupError("no task has two repeats; wanted some: how alike they are cannot be told from one")
    means = np.nanmean(found, axis=1)
    grand = float(np.nansum(found)) / total
    between_tasks = float(np.sum(counts * (means - grand) ** 2)) / (len(found) - 1)
    within = float(np.nansum((found - means[:, None]) ** 2)) / (total - len(found))
    repeats = (total - float(np.sum(counts**2)) / total) / (len(found) - 1)
    spread = between_tasks + (repeats - 1.0) * within
    return Likeness((between_tasks - within) / spread if spread > 0 else 0.0, between_tasks, within)


def _check_counts(successes: int, trials: int, level: float) -> None:
    between(level, "a level of confidence", 0.0, 1.0)
    if trials < 1 or not 0 <= successes <= trials:
        raise SetupError(f"{successes} of {trials} is no proportion; wanted 0 <= successes <= trials, and a trial")

"""What arms cost: by what factor one is dearer than another, what a pass costs, and how long trials take."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array, holed, same_tasks
from agent_brain.lab.statistics.bootstrap import (
    DRAWS,
    TASKS_MIN,
    Stage,
    drawn_means,
    drawn_quantiles,
    drawn_try_means,
    percentile,
)
from agent_brain.lab.statistics.estimate import Estimate, Interval
from agent_brain.lab.statistics.paired import settle
from agent_brain.lab.statistics.units import Families, Units

LOG_MAX = 700.0
"""Of numbers beyond it there is no exponential."""


@dataclass(frozen=True, slots=True)
class CostRatio:
    """By what factor the arm costs more than the control: the geometric mean over tasks, with Student's interval."""

    value: float
    low: float
    high: float
    p: float | None
    """Of a true factor of 1; None where all tasks have the same factor, or there is one task."""
    tasks: int


@dataclass(frozen=True, slots=True)
class CostOfPass:
    """What one passed task costs: mean cost over mean score. Infinite where nothing passed."""

    value: float
    interval: Interval
    """By drawing tasks; it may end at infinity."""
    is_rough: bool
    """Whether tasks are too few for an interval of this kind, so that it is too narrow."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long trials take, with intervals by drawing tasks. Units: as given."""

    median: float
    median_interval: Interval
    p95: float
    p95_interval: Interval
    censored: int
    """Trials that were cut off at the limit: they would have taken longer."""
    is_median_cut: bool
    """Whether the median is such a trial's, and so only a lower bound."""
    is_p95_cut: bool
    is_rough: bool
    """Whether tasks are too few for intervals of this kind."""


def cost_ratio(
    arm: ArrayLike, control: ArrayLike, families: Sequence[str] | None = None, *, level: float = 0.95
) -> CostRatio:
    """From costs as tasks x repeats (NaN where missing), or means per task; each task's mean costs are compared.

    Raises: SetupError where a task costs nothing on one side: a factor of nothing is none.
    """
    ours, theirs = holed(arm, "the arm's costs"), holed(control, "the control's costs")
    tasks = same_tasks("the arm's and the control's costs", ours, theirs)
    logs = settle(_log_means(ours, "arm") - _log_means(theirs, "control"))
    estimate = Estimate.of(Units.of(logs, Families.of(families, tasks)), level)
    interval = estimate.interval
    return CostRatio(_factor(estimate.value), _factor(interval.low), _factor(interval.high), estimate.p, tasks)


def cost_of_pass(  # noqa: PLR0913  # one keyword for each thing about the draws
    costs: ArrayLike,
    scores: ArrayLike,
    families: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    stage: Stage = Stage.TASKS,
    draws: int = DRAWS,
    seed: int = 0,
) -> CostOfPass:
    """From costs and scores of the same tasks, as tasks x repeats (NaN where missing) or means per task.

    Raises: SetupError for other tasks on one side, a cost below 0, or drawn tries that are not the same on both.
    """
    spent, passed = holed(costs, "costs"), holed(scores, "scores")
    tasks = same_tasks("costs and scores", spent, passed)
    _check_costs(spent)
    columns = np.column_stack([np.nanmean(spent, axis=1), np.nanmean(passed, axis=1)])
    if stage is Stage.TRIES:
        drawn = drawn_try_means([spent, passed], families, draws=draws, seed=seed)
    else:
        drawn = drawn_means(columns, families, draws=draws, seed=seed)
    value = float(_divided(columns.mean(axis=0)[None, :])[0])
    return CostOfPass(value, percentile(_divided(drawn), level), Families.of(families, tasks).count < TASKS_MIN)


def latency(  # noqa: PLR0913  # as above
    seconds: ArrayLike,
    families: Sequence[str] | None = None,
    *,
    limit: float = math.inf,
    level: float = 0.95,
    stage: Stage = Stage.TASKS,
    draws: int = DRAWS,
    seed: int = 0,
) -> Latency:
    """Median and 95th percentile over all trials, tasks x repeats, NaN where missing.

    A trial at or above `limit` was cut off there: it is counted, and its time is the limit.
    """
    found = np.minimum(holed(seconds, "times"), limit)
    _check_costs(found)
    values = found[~np.isnan(found)]
    median, p95 = (float(np.quantile(values, chance, method="inverted_cdf")) for chance in (0.5, 0.95))
    drawn = drawn_quantiles(found, (0.5, 0.95), families, stage=stage, draws=draws, seed=seed)
    return Latency(
        median,
        percentile(drawn[:, 0], level),
        p95,
        percentile(drawn[:, 1], level),
        int((values >= limit).sum()),
        median >= limit,
        p95 >= limit,
        Families.of(families, len(found)).count < TASKS_MIN,
    )


def _log_means(costs: Array, side: str) -> Array:
    means = np.nanmean(costs, axis=1)
    if means.min() <= 0.0:
        row = int(means.argmin())
        raise SetupError(
            f"the {side}'s mean cost of the task at row {row} is {means[row]:g}; wanted more than 0: "
            "compare tokens, or calls, where money is not known"
        )
    return np.asarray(np.log(means))


def _factor(log: float) -> float:
    """Two tasks can leave it open beyond the largest number."""
    return math.exp(log) if log < LOG_MAX else math.inf


def _check_costs(costs: Array) -> None:
    if np.nanmin(costs) < 0.0:
        raise SetupError(f"a cost or time is {np.nanmin(costs):g}; wanted 0 or more")


def _divided(means: Array) -> Array:
    """Cost over score; nothing passed is a cost without end."""
    cost, score = means[:, 0], means[:, 1]
    return np.asarray(np.divide(cost, score, out=np.full(len(cost), np.inf), where=score > 0.0))

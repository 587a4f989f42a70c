"""pass@k and pass^k: that one of k tries passes, and that all of them do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array, binary, holed
from agent_brain.lab.statistics.bootstrap import DRAWS, TASKS_MIN, drawn_means, percentile
from agent_brain.lab.statistics.estimate import Interval
from agent_brain.lab.statistics.units import Families


@dataclass(frozen=True, slots=True)
class PassRate:
    """For one k, the means over tasks of both rates, unbiased, with intervals by drawing tasks."""

    k: int
    any: float
    """pass@k: at least one of k tries passes."""
    any_interval: Interval
    all: float
    """pass^k: all of k tries pass."""
    all_interval: Interval
    is_rough: bool
    """Whether tasks are too few for intervals of this kind, so that they are too narrow."""
    is_thin: bool
    """Whether some task has fewer than 2k tries, so that the estimate varies more than it need."""


def pass_any(tries: ArrayLike, passed: ArrayLike, k: int) -> Array:
    """pass@k per task: 1 - C(n - c, k) / C(n, k). Raises: SetupError for fewer than k tries, or counts that are none.

    Source: Chen et al. 2021.
    """
    n, c = _counts(tries, passed, k)
    return 1.0 - _all_of(n, n - c, k)


def pass_all(tries: ArrayLike, passed: ArrayLike, k: int) -> Array:
    """pass^k per task: C(c, k) / C(n, k). Raises: SetupError as `pass_any`. Source: Yao et al. 2024, tau-bench."""
    n, c = _counts(tries, passed, k)
    return _all_of(n, c, k)


def passes(
    passed: ArrayLike,
    k: int,
    families: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> PassRate:
    """Both rates over tasks x repeats of 0 and 1, NaN where a repeat is missing. Raises: SetupError as `pass_any`."""
    n, c = _tally(passed)
    return _rates(n, c, [k], families, _Drawing(level, draws, seed))[0]


def pass_curve(
    passed: ArrayLike,
    families: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[PassRate]:
    """For k from 1 to as many tries as every task has."""
    n, c = _tally(passed)
    return _rates(n, c, range(1, int(n.min()) + 1), families, _Drawing(level, draws, seed))


@dataclass(frozen=True, slots=True)
class _Drawing:
    level: float
    draws: int
    seed: int


def _rates(n: Array, c: Array, ks: Sequence[int], families: Sequence[str] | None, drawing: _Drawing) -> list[PassRate]:
    """For each k, with the same draws of tasks."""
    per_task = np.column_stack([rate(n, c, k) for k in ks for rate in (pass_any, pass_all)])
    drawn = drawn_means(per_task, families, draws=drawing.draws, seed=drawing.seed)
    means = [float(mean) for mean in per_task.mean(axis=0)]
    spreads = [percentile(column, drawing.level) for column in drawn.T]
    is_rough = Families.of(families, len(n)).count < TASKS_MIN
    return [
        PassRate(k, means[i], spreads[i], means[i + 1], spreads[i + 1], is_rough, int(n.min()) < 2 * k)
        for i, k in zip(range(0, len(means), 2), ks, strict=True)
    ]


def _tally(passed: ArrayLike) -> tuple[Array, Array]:
    found = binary(holed(passed, "passed"), "passed")
    return np.sum(~np.isnan(found), axis=1).astype(np.float64), np.nansum(found, axis=1)


def _counts(tries: ArrayLike, passed: ArrayLike, k: int) -> tuple[Array, Array]:
    n, c = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (tries, passed)))
    if k < 1:
        raise SetupError(f"k is {k}; wanted 1 or more tries")
    if not n.size or not np.all((c >= 0) & (c <= n) & (c == np.round(c)) & (n == np.round(n))):
        raise SetupError(
            "tries and passes are no counts; wanted whole numbers, 0 <= passed <= tries, for a task or more"
        )
    if n.min() < k:
        raise SetupError(
            f"k = {k} tries were asked for, but {int((n < k).sum())} of {n.size} tasks have fewer: "
            f"add repeats, or take a k of at most {int(n.min())}"
        )
    return n, c


def _all_of(n: Array, c: Array, k: int) -> Array:
    """C(c, k) / C(n, k), as a product of k ratios that are never large."""
    steps = np.arange(k)
    return np.asarray(np.prod(np.maximum(c[:, None] - steps, 0.0) / (n[:, None] - steps), axis=1))

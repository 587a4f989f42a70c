"""The task bootstrap: whole tasks (or families) drawn with replacement, for what has no standard error of its own.

Where it is asked for, the tries of each drawn task are drawn again in a second stage.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array, between, holed, matrix, vector
from agent_brain.lab.statistics.estimate import Interval
from agent_brain.lab.statistics.units import Families

DRAWS = 2_000
TASKS_MIN = 50
"""Below it a percentile interval of a mean covers too little."""
BLOCK = 1 << 20
"""Numbers held at once."""
KEPT_MAX = 1 << 22
"""Numbers of one lot of draws that are kept for the next arm."""
BINS = 32
"""Of values in order: each value more in a bin is looked at in each draw, each bin more is summed in each."""


class Stage(StrEnum):
    """How far down it is drawn again."""

    TASKS = "tasks"
    """Tasks with all their tries: the noise of tries comes with them. For figures about further tasks."""
    TRIES = "tries"
    """Tasks, and then as many tries of each that is drawn as it has: wider, by that noise once more over.

    For one task, or very few, of which the first stage alone would say that they vary little. Not for pass^k: tries
    that are drawn twice pass together, so draws lie about (c/n)^k, which is more than what they are draws of.
    """


def task_weights(
    tasks: int, families: Sequence[str] | None = None, *, draws: int = DRAWS, seed: int = 0
) -> Iterator[Array]:
    """Blocks of rows: how often each task is drawn. One seed draws the same tasks for every arm.

    Raises: SetupError for no tasks, or no draws.
    """
    if tasks < 1 or draws < 1:
        raise SetupError(f"{draws} draws of {tasks} tasks were asked for; wanted at least one of each")
    groups = Families.of(families, tasks)
    owners = b"" if groups.are_tasks else groups.codes.tobytes()
    asked = _Draws(tasks, groups.count, owners, draws, seed)
    yield from _keep_weights(asked) if draws * tasks <= KEPT_MAX else asked.make()


@dataclass(frozen=True, slots=True)
class _Draws:
    """What tells one lot of drawn tasks from others."""

    tasks: int
    groups: int
    owners: bytes
    """The group of each task; empty where each is one."""
    draws: int
    seed: int

    def make(self) -> Iterator[Array]:
        """Its blocks."""
        owners = np.frombuffer(self.owners, dtype=np.intp)
        rng = np.random.default_rng(self.seed)
        rows = max(1, BLOCK // self.tasks)
        for start in range(0, self.draws, rows):
            count = min(rows, self.draws - start)
            drawn = rng.integers(0, self.groups, (count, self.groups))
            flat = drawn + self.groups * np.arange(count)[:, None]
            times = np.bincount(flat.ravel(), minlength=count * self.groups).reshape(count, self.groups)
            yield (times[:, owners] if len(owners) else times).astype(np.float64)


@lru_cache(maxsize=2)
def _keep_weights(asked: _Draws) -> tuple[Array, ...]:
    """All arms are drawn alike, so one lot serves them all."""
    blocks = tuple(asked.make())
    for block in blocks:
        block.setflags(write=False)
    return blocks


def drawn_means(
    columns: ArrayLike, families: Sequence[str] | None = None, *, draws: int = DRAWS, seed: int = 0
) -> Array:
    """The mean of each column over drawn tasks. Shapes: tasks x columns in, draws x columns out."""
    found = matrix(columns, "columns")
    blocks = task_weights(len(found), families, draws=draws, seed=seed)
    return np.concatenate([weights @ found / weights.sum(axis=1, keepdims=True) for weights in blocks])


def try_weights(
    is_there: NDArray[np.bool_], families: Sequence[str] | None = None, *, draws: int = DRAWS, seed: int = 0
) -> Iterator[Array]:
    """Blocks of tasks x repeats: how often each try is drawn in two stages, of the tasks that `task_weights` draws.

    Raises: SetupError as `task_weights`.
    """
    tries = is_there.sum(axis=1)
    rng = np.random.default_rng([seed, 1])
    for weights in task_weights(len(is_there), families, draws=draws, seed=seed):
        yield rng.multinomial((weights * tries).astype(np.int64), is_there / tries[:, None]).astype(np.float64)


def drawn_try_means(
    layers: Sequence[ArrayLike], families: Sequence[str] | None = None, *, draws: int = DRAWS, seed: int = 0
) -> Array:
    """As `drawn_means`, in two stages: the mean over drawn tasks of the means of their drawn tries.

    Shapes: tasks x repeats each, NaN where a try is missing, the same in all; out: draws x layers.
    Raises: SetupError where layers are not of the same tries.
    """
    found = [holed(layer, "a layer") for layer in layers]
    is_there = ~np.isnan(found[0])
    if not all(layer.shape == is_there.shape and (np.isnan(layer) != is_there).all() for layer in found):
        raise SetupError("layers are of other tries; wanted a number of each for the same tries, as tasks x repeats")
    shares = is_there / is_there.sum(axis=1, keepdims=True)
    columns = np.column_stack([np.where(is_there, layer * shares, 0.0).ravel() for layer in found])
    means = []
    for weights in try_weights(is_there, families, draws=draws, seed=seed):
        flat = weights.reshape(len(weights), -1)
        means.append(flat @ columns / (flat @ shares.ravel())[:, None])
    return np.concatenate(means)


def drawn_quantiles(
    values: ArrayLike,
    chances: Sequence[float],
    families: Sequence[str] | None = None,
    *,
    stage: Stage = Stage.TASKS,
    draws: int = DRAWS,
    seed: int = 0,
) -> Array:
    """Quantiles of all values of drawn tasks. Shapes: tasks x repeats (NaN where missing) in, draws x chances out."""
    found = holed(values, "values")
    is_there = ~np.isnan(found)
    order = np.argsort(found[is_there], kind="stable")
    ranked, owners = found[is_there][order], np.nonzero(is_there)[0][order]
    if stage is Stage.TRIES:
        places = np.flatnonzero(is_there)[order]
        singly = _DrawnQuantiles.of(ranked, places, found.size)
        drawn_tries = try_weights(is_there, families, draws=draws, seed=seed)
        return np.concatenate([singly.at(weights.reshape(len(weights), -1), chances) for weights in drawn_tries])
    drawn = _DrawnQuantiles.of(ranked, owners, len(found))
    blocks = task_weights(len(found), families, draws=draws, seed=seed)
    return np.concatenate([drawn.at(weights, chances) for weights in blocks])


def percentile(draws: ArrayLike, level: float = 0.95) -> Interval:
    """The middle share of draws; infinite ones are in order (a cost of a pass where nothing passed)."""
    between(level, "a level of confidence", 0.0, 1.0)
    found = np.sort(np.asarray(draws, dtype=np.float64))
    if not len(found) or np.isnan(found).any():
        raise SetupError("draws hold what is no number, or nothing; wanted numbers")
    tail = (1.0 - level) / 2.0
    low = found[round(tail * (len(found) - 1))]
    high = found[round((1.0 - tail) * (len(found) - 1))]
    return Interval(float(low), float(high), level, "percentile bootstrap")


def bootstrap_mean(
    values: ArrayLike, families: Sequence[str] | None = None, *, level: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> Interval:
    """A mean's percentile interval. Raises: SetupError below `TASKS_MIN` tasks, where it would be too narrow."""
    found = vector(values, "values")
    count = Families.of(families, len(found)).count
    if count < TASKS_MIN:
        raise SetupError(
            f"a percentile interval of a mean over {count} tasks or families would be too narrow; wanted {TASKS_MIN} "
            "or more: use Student's interval, `intervals.mean`"
        )
    return percentile(drawn_means(found[:, None], families, draws=draws, seed=seed)[:, 0], level)


@dataclass(frozen=True, slots=True)
class _DrawnQuantiles:
    """Values in order, in bins: the bin is found first and the value in it then, so that a draw costs few of them."""

    ranked: Array
    owners: NDArray[np.intp]
    """The task, or the try, of each."""
    shares: Array
    """Tasks x bins: how many of a task's values are in a bin."""
    size: int
    """Of the bins, but for the last."""

    @classmethod
    def of(cls, ranked: Array, owners: NDArray[np.intp], tasks: int) -> Self:
        size = -(-len(ranked) // BINS)
        places = owners * BINS + np.arange(len(ranked)) // size
        shares = np.bincount(places, minlength=tasks * BINS).reshape(tasks, BINS)
        return cls(ranked, owners, shares.astype(np.float64), size)

    def at(self, weights: Array, chances: Sequence[float]) -> Array:
        """For each row of weights and each chance, the least value that so much of the weight is at or below."""
        below = np.cumsum(weights @ self.shares, axis=1)
        return np.column_stack([self._find(weights, below, chance) for chance in chances])

    def _find(self, weights: Array, below: Array, chance: float) -> Array:
        # A little less, so that a sum of exactly half is half.
        wanted = chance * below[:, -1:] - 1e-9
        bins = np.sum(below < wanted, axis=1)
        rows = np.arange(len(weights))
        before = np.where(bins > 0, below[rows, bins - 1], 0.0)
        spots = np.minimum(bins[:, None] * self.size + np.arange(self.size), len(self.ranked) - 1)
        within = before[:, None] + np.cumsum(weights[rows[:, None], self.owners[spots]], axis=1)
        return np.asarray(self.ranked[spots[rows, np.sum(within < wanted, axis=1)]])

"""Independent witnesses: tasks, or families of tasks that are alike; what is flipped, drawn and spread."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import EQUAL, Array

FEW_FAMILIES = 30
"""Below it a family counts as one number, its mean: cluster-robust errors are too small with few clusters."""


@dataclass(frozen=True, slots=True)
class Families:
    """Which family each task belongs to, as numbers from 0."""

    codes: NDArray[np.intp]
    count: int

    @classmethod
    def of(cls, names: Sequence[str] | None, tasks: int) -> Self:
        """From a name per task; a task without one (`""`) is a family of its own, and so is each where `names` is None.

        Raises: SetupError where there are more or fewer names than tasks.
        """
        if names is None:
            return cls(np.arange(tasks), tasks)
        if len(names) != tasks:
            raise SetupError(f"{len(names)} families are named for {tasks} tasks; wanted one each")
        keys = [("family", str(name)) if name else ("task", str(row)) for row, name in enumerate(names)]
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        return cls(np.array([numbers[key] for key in keys], dtype=np.intp), len(numbers))

    @property
    def are_tasks(self) -> bool:
        """Whether no family has two tasks."""
        return self.count == len(self.codes)

    def sums(self, values: Array) -> Array:
        """Per family, the sum over its tasks; `values` are tasks, or tasks x columns."""
        out = np.zeros((self.count, *values.shape[1:]))
        np.add.at(out, self.codes, values)
        return out


@dataclass(frozen=True, slots=True)
class Units:
    """One number per independent witness, whose plain mean is the estimate.

    From `FEW_FAMILIES` on it is the mean over tasks, below it the mean over families; alike where families are of one
    size. A witness that has no number (all its tasks are NaN) is 0 in both arrays and not counted.
    """

    parts: Array
    residuals: Array
    """Their spread about the estimate, in the estimate's scale; they sum to 0."""
    count: int
    tasks: int
    method: str
    """`tasks`, `families` (clustered on them), or `family means`."""

    @classmethod
    def of(cls, values: Array, families: Families) -> Self:
        """From a number per task; NaN is a task that was left out."""
        is_there = ~np.isnan(values)
        tasks = int(is_there.sum())
        if not tasks:
            raise SetupError("no task is left: wanted at least one with a number")
        filled = np.where(is_there, values, 0.0)
        sizes = families.sums(is_there.astype(np.float64))
        sums = families.sums(filled)
        count = int((sizes > 0).sum())
        if families.are_tasks:
            return cls._of_tasks(sums, sizes, count)
        if count < FEW_FAMILIES:
            means = sums / np.maximum(sizes, 1.0)
            centre = means.sum() / count
            return cls(means, np.where(sizes > 0, means - centre, 0.0), count, tasks, "family means")
        scale = count / tasks
        return cls(sums * scale, (sums - sizes * (sums.sum() / tasks)) * scale, count, tasks, "families")

    @classmethod
    def _of_tasks(cls, sums: Array, sizes: Array, count: int) -> Self:
        centre = sums.sum() / count
        return cls(sums, np.where(sizes > 0, sums - centre, 0.0), count, count, "tasks")

    @property
    def value(self) -> float:
        """The estimate."""
        return float(self.parts.sum() / self.count)

    @property
    def df(self) -> int:
        """Degrees of freedom."""
        return self.count - 1

    @property
    def is_constant(self) -> bool:
        """Whether no witness differs from another."""
        return bool(np.abs(self.residuals).max() <= EQUAL * max(1.0, float(np.abs(self.parts).max())))

    @property
    def se(self) -> float:
        """The standard error of the estimate: 0 where no witness differs, infinite where there is but one."""
        if self.count < 2:
            return float("inf")
        if self.is_constant:
            return 0.0
        return float(np.sqrt(np.sum(self.residuals**2) / (self.count * (self.count - 1))))

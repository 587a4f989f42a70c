"""Trials laid out as tasks x arms x tries: what statistics take, with holes where nothing was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent_brain.lab.analysis.columns import Bools, Columns, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """Where each counted trial stands; broken ones stand nowhere and are counted."""

    columns: Columns
    """Of counted trials alone."""
    tasks: tuple[str, ...]
    arms: tuple[str, ...]
    families: tuple[str, ...]
    """Of each task; empty for a task without one."""
    place: tuple[Ints, Ints, Ints]
    """The task, the arm and the try of each counted trial."""
    counts: Ints
    """Tasks x arms: counted trials."""
    broken: Ints
    """Tasks x arms: trials that something outside broke."""
    has_families: bool
    """True where families tell tasks apart."""

    @property
    def repeats(self) -> int:
        """The most tries of a task in an arm."""
        return int(self.counts.max(initial=0))

    def fill(self, values: Floats | Bools) -> Floats:
        """A value of each counted trial as tasks x arms x tries, NaN where there is none."""
        out = np.full((len(self.tasks), len(self.arms), max(1, self.repeats)), np.nan)
        out[self.place] = values
        return out

    def find(self, arm: str) -> int:
        """The place of an arm."""
        return self.arms.index(arm)

    def find_whole(self, arms: Sequence[int], repeats: int) -> tuple[Bools, int]:
        """The tasks that all these arms, by their places, have done whole; and of how many tries each.

        That is `repeats`, or as often as any of the arms has tried any task, if less.
        """
        counts, broken = self.counts[:, arms], self.broken[:, arms]
        wanted = max(1, min(repeats, int(counts.max(initial=0))))
        return np.asarray(((counts >= wanted) & (broken == 0)).all(axis=1)), wanted

    def pick_families(self, tasks: NDArray[np.bool_] | Ints) -> list[str]:
        """The families of some tasks, as statistics take them.

        Where all tasks are of one family, that is the kind of tasks that is asked about, and none is told apart by it.
        """
        if not self.has_families:
            return [""] * len(np.array(self.families)[tasks])
        return list(np.array(self.families, dtype=object)[tasks])


def lay_out(columns: Columns, arms: Sequence[str], *, has_families: bool | None = None) -> Cube:
    """The trials of these arms; tasks that none of them has tried are left out.

    `has_families`: whether families tell tasks apart, as was declared; None: where these tasks are of more than one.
    """
    places = {name: place for place, name in enumerate(arms)}
    arm_of = np.array([places.get(name, -1) for name in columns.arm.names], dtype=np.int64)
    columns = columns.pick(arm_of[columns.arm.codes] >= 0)
    used = np.unique(columns.task.codes)
    task_of = np.searchsorted(used, columns.task.codes)
    shape = (len(used), len(arms))
    is_counted = columns.is_counted
    arm = arm_of[columns.arm.codes]
    first = np.zeros(len(used), dtype=np.int64)
    first[task_of[::-1]] = columns.family.codes[::-1]
    cell = (task_of * shape[1] + arm)[is_counted]
    families = tuple(columns.family.names[code] for code in first)
    return Cube(
        columns=columns.pick(is_counted),
        tasks=tuple(columns.task.names[code] for code in used),
        arms=tuple(arms),
        families=families,
        place=(task_of[is_counted], arm[is_counted], _rank(cell)),
        counts=np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape),
        broken=np.bincount((task_of * shape[1] + arm)[~is_counted], minlength=shape[0] * shape[1]).reshape(shape),
        has_families=len(set(families)) > 1 if has_families is None else has_families,
    )


def _rank(cells: Ints) -> Ints:
    """How many rows of the same cell stand before each row."""
    order = np.argsort(cells, kind="stable")
    ordered = cells[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(cells) else np.zeros(0, dtype=np.int64)
    within = np.arange(len(cells)) - np.repeat(starts, np.diff(np.r_[starts, len(cells)]))
    ranks = np.empty(len(cells), dtype=np.int64)
    ranks[order] = within
    return ranks

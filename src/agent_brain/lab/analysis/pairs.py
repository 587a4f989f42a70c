"""Two arms on the tasks that both have done whole: what every comparison begins with."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.columns import Bools, Floats
from agent_brain.lab.analysis.cube import Cube
from agent_brain.lab.digests import chance


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The tasks of a comparison, and which were left out of it and why."""

    arm: int
    control: int
    tasks: Bools
    repeats: int
    dropped: int
    """Something outside broke a trial of theirs, in either arm."""
    unfinished: int
    """Trials of theirs are missing, in either arm: those that take long would be missing first."""
    taken: Bools
    """The tasks that both arms have taken up with all trials, whatever came of them."""

    def sides(self, cube: Floats) -> tuple[Floats, Floats]:
        """Both arms' values over those tasks, tasks x repeats."""
        return cube[self.tasks, self.arm, : self.repeats], cube[self.tasks, self.control, : self.repeats]


Choose = Callable[[Sequence[str], Sequence[bool]], Sequence[bool]]
"""Which tasks stand for a whole witness, from the families of all and which of them were taken up."""


def pair(cube: Cube, arm: str, control: str, repeats: int, choose: Choose | None = None) -> Pair:
    """The tasks that both arms have tried `repeats` times, or as often as either has tried any task, if less.

    `choose`: which of them count where an experiment may stop inside a family. Raises: SetupError where an arm has no
    trial.
    """
    places = [_find(cube, name) for name in (arm, control)]
    counts, broken = cube.counts[:, places], cube.broken[:, places].any(axis=1)
    wanted = max(1, min(repeats, int((counts + cube.broken[:, places]).max(initial=0))))
    taken = np.asarray((counts + cube.broken[:, places] >= wanted).all(axis=1))
    is_whole = np.asarray((counts >= wanted).all(axis=1) & ~broken)
    if choose is not None:
        is_whole &= np.array(choose(cube.pick_families(np.ones(len(taken), dtype=bool)), list(taken)), dtype=bool)
    is_tried = (counts + cube.broken[:, places]).any(axis=1)
    unfinished = int((is_tried & ~is_whole & ~broken).sum())
    return Pair(places[0], places[1], is_whole, wanted, int(broken.sum()), unfinished, taken)


def shuffle(names: Collection[str], seed: int) -> Sequence[str]:
    """Tasks in the order in which the experiment takes them up: what early stopping goes by."""
    return sorted(names, key=lambda name: (chance(seed, name), name))


def follow(cube: Cube, order: Sequence[str], taken: Bools) -> list[int]:
    """The places of the first tasks in this order, up to the first that was not taken up with all trials.

    Those behind it are there because they were quick, or came to an end at all: no order that anybody has drawn.
    """
    places = {name: place for place, name in enumerate(cube.tasks)}
    return [places[name] for name in takewhile(lambda name: name in places and taken[places[name]], order)]


def differences(cube: Cube, scores: Floats, pairs: Sequence[Pair]) -> tuple[Floats, Bools]:
    """Tasks x contrasts, NaN for a task that a contrast had to leave out, and which tasks are in any of them."""
    columns = []
    for each in pairs:
        column = np.full(len(cube.tasks), np.nan)
        arm, control = each.sides(scores)
        column[each.tasks] = arm.mean(axis=1) - control.mean(axis=1)
        columns.append(column)
    found = np.column_stack(columns)
    used = ~np.isnan(found).all(axis=1)
    return found[used], used


def _find(cube: Cube, name: str) -> int:
    if name not in cube.arms or not (cube.counts + cube.broken)[:, cube.find(name)].any():
        raise SetupError(f"arm {name!r} has no trial among these rows; there are: {', '.join(cube.arms)}")
    return cube.find(name)

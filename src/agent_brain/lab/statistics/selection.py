"""Choosing among many arms: tasks to choose on and others to confirm on, and what choosing does to the best score."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import vector
from agent_brain.lab.statistics.distributions import expected_maximum
from agent_brain.lab.statistics.units import Families

CONFIRMED_MAX = 3
"""So many arms are confirmed at most."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One round of successive halving: so many arms, each on so many tasks in all."""

    arms: int
    tasks: int


def split(
    tasks: Sequence[str],
    shares: Mapping[str, float],
    families: Sequence[str] | None = None,
    *,
    seed: int = 0,
) -> dict[str, list[str]]:
    """Deal tasks out to named splits by share, a family never to two of them; the same whatever order they come in.

    Each split's tasks are in the order given. Raises: SetupError for tasks named twice, or shares that are not of 1.
    """
    if len(set(tasks)) != len(tasks):
        raise SetupError(f"{len(tasks) - len(set(tasks))} tasks are named twice; wanted a name of its own for each")
    if not shares or min(shares.values()) < 0.0 or abs(sum(shares.values()) - 1.0) > 1e-9:
        raise SetupError(f"the shares are {dict(shares)}; wanted numbers of at least 0 that sum to 1")
    members: dict[str, list[str]] = {}
    for place, task in enumerate(tasks):
        family = families[place] if families is not None and len(families) == len(tasks) else ""
        members.setdefault(f"family {family}" if family else f"task {task}", []).append(task)
    Families.of(families, len(tasks))
    names = sorted(members)
    drawn = np.random.default_rng(seed).permutation(len(names))
    owner = _deal([members[names[number]] for number in drawn], shares, len(tasks))
    return {name: [task for task in tasks if owner[task] == name] for name in shares}


def rungs(arms: int, tasks: int, *, keep: int = CONFIRMED_MAX, eta: int = 2) -> list[Rung]:
    """Rounds of successive halving: each keeps 1 / `eta` of the arms, until `keep` are left on all `tasks`.

    Each round about doubles the tasks of an arm (times `eta`). Raises: SetupError for what is no such plan.
    """
    if arms < 1 or tasks < 1 or keep < 1 or eta < 2:
        raise SetupError(f"{arms} arms, {tasks} tasks, {keep} kept, by {eta}: wanted at least 1, 1, 1 and 2")
    counts = [arms]
    while counts[-1] > keep:
        counts.append(max(keep, math.ceil(counts[-1] / eta)))
    last = len(counts) - 1
    return [Rung(count, max(1, math.ceil(tasks / eta ** (last - place)))) for place, count in enumerate(counts)]


def survivors(scores: Mapping[str, float], keep: int = CONFIRMED_MAX) -> list[str]:
    """The names of the best `keep` arms, best first; of those alike, in the order given."""
    if keep < 1 or not scores:
        raise SetupError(f"{keep} of {len(scores)} arms were to be kept; wanted at least one of at least one")
    vector(list(scores.values()), "scores")
    return sorted(scores, key=lambda name: -scores[name])[:keep]


def winners_curse(arms: int, tasks: int, repeats: int = 1, *, noise: float = 0.25) -> float:
    """By how much the best of so many arms, all truly alike, is expected to look better than it is.

    `noise` is the variance of one score within a task: 0.25 where each task is passed half the time, less where tasks
    differ. It is what confirming on other tasks removes. Raises: SetupError for no arms, tasks or repeats.
    """
    if min(arms, tasks, repeats) < 1 or noise < 0.0:
        raise SetupError(f"{arms} arms, {tasks} tasks, {repeats} repeats, noise {noise:g}: wanted at least 1, and 0")
    return expected_maximum(arms) * math.sqrt(noise / (tasks * repeats)) if arms > 1 else 0.0


def optimism(selected_on: ArrayLike, confirmed_on: ArrayLike) -> float:
    """How much the arm that is best on one split loses on the other. Shapes: one mean per arm, in the same order."""
    chosen, confirmed = vector(selected_on, "scores of selection"), vector(confirmed_on, "scores of confirmation")
    if len(chosen) != len(confirmed):
        raise SetupError(f"{len(chosen)} arms were selected from and {len(confirmed)} confirmed; wanted the same arms")
    best = int(np.argmax(chosen))
    return float(chosen[best] - confirmed[best])


def _deal(groups: Sequence[Sequence[str]], shares: Mapping[str, float], tasks: int) -> dict[str, str]:
    """Each group to the split that lacks most of its share."""
    lacking = {name: share * tasks for name, share in shares.items()}
    owner: dict[str, str] = {}
    for group in groups:
        name = max(lacking, key=lambda one: lacking[one])
        lacking[name] -= len(group)
        owner.update(dict.fromkeys(group, name))
    return owner

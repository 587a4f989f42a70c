"""Cost against score: which arms no other arm beats, and how surely."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agent_brain.lab.statistics.arrays import Array, matrix, same_tasks, vector
from agent_brain.lab.statistics.bootstrap import DRAWS, task_weights

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Frontier:
    """For each arm, in the order given."""

    is_dominated: list[bool]
    """Whether another scores no less and costs no more, and is better in one of both."""
    is_on_hull: list[bool]
    """Whether no mixture of two arms, one for some tasks and one for the others, beats it either."""
    membership: list[float]
    """The share of drawn sets of tasks in which it is not dominated."""


def dominated(costs: ArrayLike, scores: ArrayLike) -> list[bool]:
    """Whether each arm is dominated. Raises: SetupError where costs and scores differ in number."""
    spent, scored = _points(costs, scores)
    return [bool(flag) for flag in _dominated(spent[None, :], scored[None, :])[0]]


def on_hull(costs: ArrayLike, scores: ArrayLike) -> list[bool]:
    """Whether each arm is a corner of the frontier of mixtures; arms alike in both are corners together."""
    spent, scored = _points(costs, scores)
    corners: list[tuple[float, float]] = []
    for cost, score in sorted({(float(c), float(s)) for c, s in zip(spent, scored, strict=True)}, key=_cheapest_best):
        if corners and score <= corners[-1][1]:
            continue
        while len(corners) > 1 and _is_below(corners[-2], corners[-1], (cost, score)):
            corners.pop()
        corners.append((cost, score))
    return [(float(c), float(s)) in corners for c, s in zip(spent, scored, strict=True)]


def frontier(
    costs: ArrayLike,
    scores: ArrayLike,
    families: Sequence[str] | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Frontier:
    """Of arms over the same tasks. Shapes: tasks x arms, of each task's mean cost and mean score.

    Raises: SetupError for other shapes, or a task that an arm has no number for.
    """
    spent, scored = matrix(costs, "costs"), matrix(scores, "scores")
    tasks = same_tasks("costs and scores", spent, scored)
    is_out = dominated(spent.mean(axis=0), scored.mean(axis=0))
    hull = on_hull(spent.mean(axis=0), scored.mean(axis=0))
    members = np.zeros(spent.shape[1])
    for weights in task_weights(tasks, families, draws=draws, seed=seed):
        members += (~_dominated(_sums(weights, spent), _sums(weights, scored))).sum(axis=0)
    return Frontier(is_out, hull, [float(share) for share in members / draws])


def _points(costs: ArrayLike, scores: ArrayLike) -> tuple[Array, Array]:
    spent, scored = vector(costs, "costs"), vector(scores, "scores")
    same_tasks("the arms' costs and scores", spent, scored)
    return spent, scored


def _sums(weights: Array, values: Array) -> Array:
    """Rounded, so that arms that are alike stay so: products of matrices may add up in another order by column."""
    sums = weights @ values
    scale = max(float(np.abs(sums).max()), 1e-300)
    return np.asarray(np.round(sums / scale, 12))


def _dominated(costs: Array, scores: Array) -> Flags:
    """Shapes: draws x arms. Arm by arm, so that what is held stays small."""
    out = np.zeros(costs.shape, dtype=np.bool_)
    for arm in range(costs.shape[1]):
        cost, score = costs[:, arm, None], scores[:, arm, None]
        is_as_good = (scores >= score) & (costs <= cost)
        out[:, arm] = np.any(is_as_good & ((scores > score) | (costs < cost)), axis=1)
    return out


def _cheapest_best(point: tuple[float, float]) -> tuple[float, float]:
    return point[0], -point[1]


def _is_below(left: tuple[float, float], middle: tuple[float, float], right: tuple[float, float]) -> bool:
    """Whether a mixture of the outer two is as good as the one between them."""
    rise = (middle[1] - left[1]) * (right[0] - left[0])
    return rise <= (right[1] - left[1]) * (middle[0] - left[0])

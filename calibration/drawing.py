"""Scores of experiments that nobody has run: tasks differ in difficulty, and the truth of each arm is known."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
SPREAD = 1.5
"""Of tasks' difficulty, in log odds."""
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(80)


def draw_scores(rng: np.random.Generator, tasks: int, repeats: int, shifts: Sequence[float] | Floats) -> Floats:
    """Tasks x arms x repeats of 0 and 1. `shifts`: what each arm adds to the log odds, on all tasks or on each."""
    odds = rng.normal(0.0, SPREAD, (tasks, 1)) + np.asarray(shifts, dtype=np.float64)
    return flip(rng, expit(odds), repeats)


def flip(rng: np.random.Generator, chances: Floats, repeats: int) -> Floats:
    """Tasks x arms x repeats of 0 and 1, from the chance of each task and arm."""
    return np.asarray(rng.random((*chances.shape, repeats)) < chances[..., None], dtype=np.float64)


def true_rate(shift: float) -> float:
    """How often an arm passes that adds so much to the log odds, over all tasks that there could be."""
    return float(_WEIGHTS @ expit(SPREAD * _NODES + shift) / _WEIGHTS.sum())


def true_moment(shifts: tuple[float, float]) -> tuple[float, float, float]:
    """Of arms with these shifts: the variance of true differences over tasks, and the noise of one score of each."""
    first, second = (expit(SPREAD * _NODES + shift) for shift in shifts)
    weights = _WEIGHTS / _WEIGHTS.sum()
    effect = float(weights @ (second - first) ** 2 - (weights @ (second - first)) ** 2)
    return effect, float(weights @ (second * (1 - second))), float(weights @ (first * (1 - first)))

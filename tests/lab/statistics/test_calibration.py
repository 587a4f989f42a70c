"""What of the tests' own error rates `calibration` does not draw: many families, and what repeats are worth."""

import math

import numpy as np
import pytest
from scipy.special import expit

from agent_brain.lab.statistics.arrays import Array
from agent_brain.lab.statistics.intervals import mean
from agent_brain.lab.statistics.sequential import watch_repeated

SPREAD = 1.5
"""Of tasks' difficulty, in log odds."""


def tolerance(rate: float, experiments: int) -> float:
    """Three binomial standard errors."""
    return 3 * math.sqrt(rate * (1 - rate) / experiments)


def scores(rng: np.random.Generator, shape: tuple[int, ...], shifts: Array | float = 0.0) -> Array:
    """Mean scores of experiments x tasks x arms, each over the repeats of the last axis."""
    odds = rng.normal(0.0, SPREAD, (*shape[:2], 1, 1)) + np.asarray(shifts)
    return np.asarray((rng.random(shape) < expit(odds)).mean(axis=-1))


@pytest.mark.parametrize("families", [10, 40])
def test_families_do_not_make_intervals_too_narrow(families: int) -> None:
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(400):
        codes = np.repeat(np.arange(families), rng.integers(1, 6, families))
        values = rng.normal(0.5, 0.2, families)[codes] + rng.normal(0.0, 0.1, len(codes))
        found = mean(values, [str(code) for code in codes], bounds=None)
        covered.append(found.low <= 0.5 <= found.high)
    assert np.mean(covered) >= 0.95 - tolerance(0.05, 400)


def test_repeats_stop_an_experiment_earlier() -> None:
    shifts = np.array([0.0, 0.7])[:, None]
    pairs = scores(np.random.default_rng(10), (200, 200, 2, 5), shifts)
    stops = [watch_repeated(one[:, 1] - one[:, 0], planned=200).stopped_at or 200 for one in pairs]
    assert np.median(stops) < 100

"""Error rates of the tests themselves, over simulated experiments with a known truth; tolerances are three binomial
standard errors."""

import math

import numpy as np
import pytest
from scipy.special import expit

from agent_brain.lab.statistics.arrays import Array
from agent_brain.lab.statistics.intervals import mean
from agent_brain.lab.statistics.multiplicity import holm, max_t, simultaneous
from agent_brain.lab.statistics.paired import compare
from agent_brain.lab.statistics.power import Variances, power_of
from agent_brain.lab.statistics.sequential import watch_repeated, watch_single
from agent_brain.lab.statistics.sign_flip import sign_flip

SPREAD = 1.5
"""Of tasks' difficulty, in log odds."""


def tolerance(rate: float, experiments: int) -> float:
    """Three binomial standard errors."""
    return 3 * math.sqrt(rate * (1 - rate) / experiments)


def scores(rng: np.random.Generator, shape: tuple[int, ...], shifts: Array | float = 0.0) -> Array:
    """Mean scores of experiments x tasks x arms, each over the repeats of the last axis."""
    odds = rng.normal(0.0, SPREAD, (*shape[:2], 1, 1)) + np.asarray(shifts)
    return np.asarray((rng.random(shape) < expit(odds)).mean(axis=-1))


def test_an_arm_against_itself_is_found_different_in_one_of_twenty() -> None:
    pairs = scores(np.random.default_rng(1), (1_000, 50, 2, 2))
    found = [compare(one[:, 1], one[:, 0]).estimate for one in pairs]
    rate = np.mean([one.p is not None and one.p < 0.05 for one in found])
    covered = np.mean([one.low <= 0.0 <= one.high for one in found])
    assert rate == pytest.approx(0.05, abs=tolerance(0.05, 1_000))
    assert covered == pytest.approx(0.95, abs=tolerance(0.05, 1_000))


@pytest.mark.parametrize("tasks", [12, 40])
def test_sign_flips_never_find_more_than_they_may(tasks: int) -> None:
    pairs = scores(np.random.default_rng(2), (400, tasks, 2, 5))
    rate = np.mean([sign_flip(one[:, 1] - one[:, 0], flips=399).p < 0.05 for one in pairs])
    assert rate <= 0.05 + tolerance(0.05, 400)


def test_tasks_that_differ_in_the_effect_raise_no_false_alarm() -> None:
    rng = np.random.default_rng(3)
    shifts = np.concatenate([np.zeros((1_000, 50, 1, 1)), rng.choice([-1.2, 1.2], (1_000, 50, 1, 1))], axis=2)
    pairs = scores(rng, (1_000, 50, 2, 5), shifts)
    found = [compare(one[:, 1], one[:, 0]).estimate.p for one in pairs]
    rate = np.mean([p is not None and p < 0.05 for p in found])
    assert rate == pytest.approx(0.05, abs=tolerance(0.05, 1_000))


def test_a_planted_effect_is_measured_and_found_as_often_as_planned() -> None:
    rng = np.random.default_rng(4)
    base = rng.choice([0.3, 0.5], (800, 80, 1, 1))
    tries = rng.random((800, 80, 2, 3)) < base + np.array([0.0, 0.1])[:, None]
    pairs = tries.mean(axis=-1)
    found = [compare(one[:, 1], one[:, 0]).estimate for one in pairs]
    planned = power_of(0.1, 80, Variances(0.0, 0.24, 0.23), 3)
    assert np.mean([one.value for one in found]) == pytest.approx(0.1, abs=3 * found[0].se / math.sqrt(800))
    assert np.mean([one.p is not None and one.p < 0.05 for one in found]) == pytest.approx(planned, abs=0.05)


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


def test_of_eight_arms_alike_none_is_found_in_nineteen_of_twenty_experiments() -> None:
    experiments = scores(np.random.default_rng(6), (300, 40, 9, 2))
    differences = experiments[:, :, 1:] - experiments[:, :, :1]
    joint = [min(max_t(one, flips=299).adjusted) < 0.05 for one in differences]
    single = [min(holm([sign_flip(column, flips=999).p for column in one.T])) < 0.05 for one in differences[:100]]
    assert np.mean(joint) <= 0.05 + tolerance(0.05, 300)
    assert np.mean(single) <= 0.05 + tolerance(0.05, 100)


def test_simultaneous_intervals_hold_together() -> None:
    experiments = scores(np.random.default_rng(7), (300, 60, 6, 3))
    differences = experiments[:, :, 1:] - experiments[:, :, :1]
    covered = [all(one.low <= 0.0 <= one.high for one in simultaneous(x, flips=299)) for x in differences]
    assert np.mean(covered) == pytest.approx(0.95, abs=tolerance(0.05, 300))


def test_looking_after_every_task_errs_no_more_than_allowed() -> None:
    rng = np.random.default_rng(8)
    once, often = scores(rng, (500, 200, 2, 1)), scores(rng, (500, 200, 2, 5))
    single = [watch_single(one[:, 1] - one[:, 0]).stopped_at is not None for one in once]
    repeated = [watch_repeated(one[:, 1] - one[:, 0], planned=200).stopped_at is not None for one in often]
    assert np.mean(single) <= 0.05 + tolerance(0.05, 500)
    assert np.mean(repeated) <= 0.05 + tolerance(0.05, 500)


def test_the_published_power_of_looking_after_every_task() -> None:
    drawn = np.random.default_rng(9).choice([1.0, -1.0, 0.0], (1_000, 200), p=[0.21, 0.09, 0.7])
    rate = np.mean([watch_single(one).stopped_at is not None for one in drawn])
    assert rate == pytest.approx(0.61, abs=tolerance(0.61, 1_000))


def test_repeats_stop_an_experiment_earlier() -> None:
    shifts = np.array([0.0, 0.7])[:, None]
    pairs = scores(np.random.default_rng(10), (200, 200, 2, 5), shifts)
    stops = [watch_repeated(one[:, 1] - one[:, 0], planned=200).stopped_at or 200 for one in pairs]
    assert np.median(stops) < 100

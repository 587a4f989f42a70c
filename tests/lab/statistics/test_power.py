import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit
from statsmodels.stats.power import TTestPower

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.distributions import expected_normal
from agent_brain.lab.statistics.power import (
    Variances,
    best_repeats,
    of_interaction,
    power_of,
    repeats_needed,
    smallest_effect,
    tasks_needed,
    tasks_or_repeats,
)

NOISY = Variances(1 / 9, 1 / 6, 1 / 6)
ABLATION = Variances(0.015, 0.17, 0.17)
"""Two arms of one model: tasks differ little in the effect, single trials much in their score."""


def test_the_published_numbers_of_tasks() -> None:
    assert round(tasks_needed(0.03, Variances(1 / 9)), 3) == 968.997
    assert round(tasks_needed(0.03, NOISY), 2) == 3875.99


@pytest.mark.parametrize("repeats", [1, 3, 10])
def test_the_smallest_effect_is_the_one_that_needs_these_tasks(repeats: int) -> None:
    effect = smallest_effect(500, NOISY, repeats)
    assert tasks_needed(effect, NOISY, repeats) == pytest.approx(500)
    assert repeats_needed(effect, 500, NOISY) == pytest.approx(repeats)


def test_no_number_of_repeats_makes_up_for_tasks_that_differ() -> None:
    assert repeats_needed(0.03, 900, NOISY) is None


@pytest.mark.parametrize(
    ("effect", "shift", "row"),
    [
        (0.06, 0.3409, (0.11, 0.17, 0.285, 0.505)),
        (0.12, 0.6904, (0.29, 0.495, 0.785, 0.97)),
        (0.18, 1.0585, (0.59, 0.86, 0.99, 1.0)),
    ],
    ids=["6-points", "12-points", "18-points"],
)
def test_the_published_table_of_power(effect: float, shift: float, row: tuple[float, ...]) -> None:
    """Tasks differ by 1.5 in log odds, the arm's are shifted; of the ranges that were published, the middle."""
    found = [power_of(effect, trials, of_log_odds(effect, shift)) for trials in (50, 100, 200, 400)]
    assert found == pytest.approx(row, abs=0.035)


def of_log_odds(effect: float, shift: float) -> Variances:
    """The variances of an effect that adds to every task's log odds."""
    assert expected_normal(lambda z: expit(1.5 * z + shift) - expit(1.5 * z)) == pytest.approx(effect, abs=1e-3)
    squares = expected_normal(lambda z: (expit(1.5 * z + shift) - expit(1.5 * z)) ** 2)
    noise_arm = expected_normal(lambda z: expit(1.5 * z + shift) * expit(-1.5 * z - shift))
    noise_control = expected_normal(lambda z: expit(1.5 * z) * expit(-1.5 * z))
    return Variances(squares - effect**2, noise_arm, noise_control)


@pytest.mark.parametrize("tasks", [10, 60, 400])
def test_power_agrees_with_statsmodels(tasks: int) -> None:
    expected = TTestPower().power(0.1 / math.sqrt(ABLATION.with_repeats(2)), tasks, 0.05, alternative="two-sided")
    assert power_of(0.1, tasks, ABLATION, 2) == pytest.approx(expected, abs=1e-6)


def test_power_is_sure_where_nothing_varies_or_the_effect_is_huge() -> None:
    assert power_of(0.1, 10, Variances(0.0)) == 1.0
    assert power_of(0.9, 5_000, Variances(1e-6)) == 1.0


def test_for_two_arms_of_one_model_trials_matter_and_not_how_they_are_spent() -> None:
    designs = tasks_or_repeats(0.12, 400, ABLATION, (1, 2, 4))
    assert [(design.tasks, design.repeats, design.trials) for design in designs] == [
        (400, 1, 400),
        (200, 2, 400),
        (100, 4, 400),
    ]
    assert designs[0].power > designs[1].power > designs[2].power > designs[0].power - 0.1


def test_the_best_number_of_repeats_weighs_noise_against_cost() -> None:
    assert best_repeats(NOISY, task_cost=3.0, trial_cost=1.0) == pytest.approx(3.0)
    assert best_repeats(NOISY, task_cost=0.0, trial_cost=1.0) == 1.0
    assert best_repeats(Variances(0.0, 0.1, 0.1), task_cost=1.0, trial_cost=1.0) == math.inf
    assert best_repeats(Variances(0.0), task_cost=1.0, trial_cost=1.0) == 1.0


def test_the_best_number_of_repeats_is_the_cheapest_for_one_precision() -> None:
    best = best_repeats(NOISY, task_cost=12.0, trial_cost=1.0)
    costs = [tasks_needed(0.05, NOISY, k) * (12.0 + k) for k in (best - 0.5, best, best + 0.5)]
    assert min(costs) == costs[1]


def test_an_interaction_needs_four_times_the_tasks_of_a_main_effect() -> None:
    assert tasks_needed(0.1, of_interaction(0.05)) == pytest.approx(4 * tasks_needed(0.1, Variances(0.05)))


def test_a_pilot_finds_the_variances_it_was_made_with() -> None:
    rng = np.random.default_rng(3)
    base, effects = rng.uniform(0.3, 0.7, (5_000, 1)), rng.choice([-0.2, 0.2], (5_000, 1))
    found = Variances.of_pilot(rng.random((5_000, 4)) < base + effects, rng.random((5_000, 4)) < base)
    assert found.effect == pytest.approx(0.04, abs=0.008)
    assert found.noise_control == pytest.approx(np.mean(base * (1 - base)), abs=0.005)


def test_a_pilot_without_repeats_counts_noise_as_the_tasks() -> None:
    found = Variances.of_pilot([1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.0])
    assert (found.effect, found.noise) == pytest.approx((1 / 3, 0.0))
    assert found.with_repeats(1) == found.with_repeats(10)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tasks_needed(0.0, NOISY), "an effect of 0"),
        (lambda: tasks_needed(0.1, NOISY, alpha=0.0), "alpha is 0"),
        (lambda: tasks_needed(0.1, NOISY, power=1.0), "the power is 1"),
        (lambda: tasks_needed(0.1, NOISY, 0), "0 repeats"),
        (lambda: smallest_effect(0, NOISY), "0 tasks"),
        (lambda: power_of(0.1, 1, NOISY), "1 tasks"),
        (lambda: Variances(-0.1), "variance effect is -0.1"),
        (lambda: Variances(float("nan")), "variance effect is nan"),
        (lambda: Variances.of_pilot([1.0], [0.0]), "a pilot of 1 task"),
        (lambda: best_repeats(NOISY, task_cost=1.0, trial_cost=0.0), "0 a trial"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_planned_is_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        call()

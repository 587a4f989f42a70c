import numpy as np
import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.bootstrap import (
    bootstrap_mean,
    drawn_means,
    drawn_quantiles,
    percentile,
    task_weights,
)
from agent_brain.lab.statistics.intervals import mean


def test_as_many_tasks_are_drawn_as_there_are() -> None:
    weights = np.concatenate(list(task_weights(30, draws=500, seed=1)))
    assert weights.shape == (500, 30)
    assert np.all(weights.sum(axis=1) == 30)
    assert weights.var() == pytest.approx(1 - 1 / 30, abs=0.05)


def test_one_seed_draws_the_same_tasks_for_every_arm() -> None:
    values = np.random.default_rng(0).random((60, 2))
    both, second = drawn_means(values, seed=5), drawn_means(values[:, 1:], seed=5)
    assert both[:, 1] == pytest.approx(second[:, 0])


def test_families_are_drawn_whole() -> None:
    families = ["a", "a", "b", "", "c", "c", "c"]
    weights = np.concatenate(list(task_weights(7, families, draws=50)))
    assert np.all(weights[:, 0] == weights[:, 1])
    assert np.all(weights[:, [0, 2, 3, 4]].sum(axis=1) == 4)


def test_draws_spread_as_the_standard_error_says() -> None:
    values = np.random.default_rng(2).random(400)
    assert drawn_means(values[:, None], draws=4_000).std() == pytest.approx(mean(values).se, rel=0.05)


def test_what_is_drawn_does_not_depend_on_how_much_is_held() -> None:
    wide = np.random.default_rng(3).random((5_000, 1))
    few, many = drawn_means(wide, draws=100), drawn_means(wide, draws=400)
    assert many[:100] == pytest.approx(few)


def test_quantiles_of_drawn_tasks_are_those_of_their_values() -> None:
    values = np.random.default_rng(4).random((40, 3))
    values[::4, 2] = np.nan
    found = drawn_quantiles(values, (0.02, 0.5, 0.95), draws=60, seed=9)
    weights = np.concatenate(list(task_weights(40, draws=60, seed=9))).astype(int)
    for row, times in zip(found, weights, strict=True):
        pool = np.repeat(values, times, axis=0)
        expected = np.nanquantile(pool, (0.02, 0.5, 0.95), method="inverted_cdf")
        assert row == pytest.approx(expected)


def test_an_interval_may_end_at_infinity() -> None:
    found = percentile([1.0, 2.0, 3.0, np.inf, np.inf])
    assert (found.low, found.high) == (1.0, np.inf)


def test_a_mean_of_few_tasks_is_refused() -> None:
    with pytest.raises(SetupError, match="over 49 tasks or families would be too narrow"):
        bootstrap_mean(np.zeros(49))


def test_a_mean_of_many_tasks_is_near_students() -> None:
    values = np.random.default_rng(6).random(300)
    found, students = bootstrap_mean(values), mean(values).interval
    assert (found.low, found.high) == pytest.approx((students.low, students.high), abs=0.004)


@pytest.mark.parametrize("draws", [[], [np.nan, 1.0]], ids=["nothing", "no-number"])
def test_draws_that_are_none_are_refused(draws: list[float]) -> None:
    with pytest.raises(SetupError, match="no number"):
        percentile(draws)


def test_no_tasks_are_refused() -> None:
    with pytest.raises(SetupError, match="draws of 0 tasks"):
        next(task_weights(0))

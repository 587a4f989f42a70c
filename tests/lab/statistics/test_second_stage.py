"""The second stage of the bootstrap: tries of drawn tasks are drawn again."""

import numpy as np
import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array
from agent_brain.lab.statistics.bootstrap import (
    Stage,
    drawn_means,
    drawn_quantiles,
    drawn_try_means,
    task_weights,
    try_weights,
)
from agent_brain.lab.statistics.costs import cost_of_pass, latency
from agent_brain.lab.statistics.passes import pass_all


def some_tries(tasks: int = 12, repeats: int = 5, *, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(size=(tasks, 1)) + 2.0 * rng.normal(size=(tasks, repeats)))


def test_as_many_tries_are_drawn_of_a_task_as_it_has_each_time_that_it_is_drawn() -> None:
    values = some_tries()
    values[::3, 4] = np.nan
    values[1, 2:] = np.nan
    is_there = ~np.isnan(values)
    tries = np.concatenate(list(try_weights(is_there, draws=200, seed=2)))
    tasks = np.concatenate(list(task_weights(12, draws=200, seed=2)))
    assert np.all(tries.sum(axis=2) == tasks * is_there.sum(axis=1))
    assert not tries[:, ~is_there].any()


def test_draws_of_a_mean_vary_as_between_tasks_and_once_more_as_within_them() -> None:
    values = some_tries()
    between = values.mean(axis=1).var() / len(values)
    within = values.var(axis=1).mean() / values.size
    assert drawn_try_means([values], draws=20_000).var() == pytest.approx(between + within, rel=0.04)
    assert drawn_means(values.mean(axis=1)[:, None], draws=20_000).var() == pytest.approx(between, rel=0.04)


def test_of_one_task_the_second_stage_alone_says_how_tries_vary() -> None:
    values = some_tries(1, 400)
    assert np.ptp(drawn_means(values.mean(axis=1)[:, None])) == 0.0
    assert drawn_try_means([values]).std() == pytest.approx(values.std() / 20, rel=0.06)


def test_tasks_tried_once_have_no_second_stage() -> None:
    values = some_tries(40, 1)
    assert drawn_try_means([values], seed=3)[:, 0] == pytest.approx(drawn_means(values, seed=3)[:, 0])


def test_families_are_drawn_whole_and_their_tries_by_task() -> None:
    values = some_tries(6, 3)
    weights = np.concatenate(list(try_weights(~np.isnan(values), ["a", "a", "b", "b", "", ""], draws=60)))
    drawn = weights.sum(axis=2)
    assert np.all(drawn[:, [0, 2]] == drawn[:, [1, 3]])


def test_quantiles_of_drawn_tries_are_those_of_their_values() -> None:
    values = some_tries(30, 4)
    values[::4, 3] = np.nan
    found = drawn_quantiles(values, (0.05, 0.5, 0.95), stage=Stage.TRIES, draws=50, seed=9)
    weights = np.concatenate(list(try_weights(~np.isnan(values), draws=50, seed=9))).astype(int)
    for row, times in zip(found, weights, strict=True):
        pool = np.repeat(values.ravel(), times.ravel())
        assert row == pytest.approx(np.quantile(pool, (0.05, 0.5, 0.95), method="inverted_cdf"))


def test_intervals_of_a_ratio_and_of_times_are_wider_with_it_and_their_values_the_same() -> None:
    rng = np.random.default_rng(5)
    passed = (rng.random((60, 3)) < rng.random((60, 1))).astype(float)
    costs = 1.0 + rng.exponential(size=(60, 3))
    one, two = (cost_of_pass(costs, passed, stage=stage) for stage in Stage)
    assert one.value == two.value
    assert 1.05 < (two.interval.high - two.interval.low) / (one.interval.high - one.interval.low) < 1.5
    assert latency(costs, stage=Stage.TRIES).median == latency(costs).median


def test_of_few_tasks_with_many_tries_it_holds_the_true_ratio_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(6), 0
    for _ in range(200):
        chances = rng.beta(4.0, 4.0, size=(15, 1))
        passed = (rng.random((15, 4)) < chances).astype(float)
        costs = 1.0 + rng.exponential(size=(15, 4))
        interval = cost_of_pass(costs, passed, stage=Stage.TRIES, draws=400).interval
        held += interval.low <= 2.0 / 0.5 <= interval.high
    assert 0.91 <= held / 200 <= 0.995


def test_draws_of_pass_all_would_lie_about_the_share_to_the_k_so_none_are_offered() -> None:
    drawn = np.random.default_rng(7).binomial(6, 2 / 6, 200_000)
    assert pass_all(np.full(200_000, 6), drawn, 3).mean() == pytest.approx((2 / 6) ** 3, abs=0.002)
    assert pass_all([6], [2], 3) == pytest.approx(0.0)


def test_layers_of_other_tries_are_refused() -> None:
    with pytest.raises(SetupError, match="layers are of other tries"):
        cost_of_pass(np.ones((4, 3)), np.ones((4, 2)), stage=Stage.TRIES)

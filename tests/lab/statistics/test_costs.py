import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.costs import cost_of_pass, cost_ratio, latency

prices = st.lists(st.tuples(st.floats(0.01, 100), st.floats(0.01, 100)), min_size=3, max_size=20)


@given(prices)
def test_the_ratio_is_students_on_logarithms(pairs: list[tuple[float, float]]) -> None:
    arm, control = np.array(pairs).T
    found, logs = cost_ratio(arm, control), np.log(arm) - np.log(control)
    if found.p is not None and logs.std() > 1e-6:
        expected = stats.ttest_1samp(logs, 0)
        low, high = expected.confidence_interval()
        assert (found.value, found.low, found.high) == pytest.approx(
            (stats.gmean(arm / control), math.exp(low), math.exp(high)), rel=1e-6
        )
        assert found.p == pytest.approx(expected.pvalue, rel=1e-6)


@given(prices)
def test_exchanging_the_arms_inverts_the_ratio(pairs: list[tuple[float, float]]) -> None:
    arm, control = np.array(pairs).T
    found, other = cost_ratio(arm, control), cost_ratio(control, arm)
    assert (found.value, found.low, found.high) == pytest.approx((1 / other.value, 1 / other.high, 1 / other.low))


def test_each_task_counts_by_the_mean_of_its_trials() -> None:
    found = cost_ratio([[2.0, 4.0], [9.0, np.nan]], [[1.0, 1.0], [1.0, 1.0]])
    assert found.value == pytest.approx(math.sqrt(27.0))


def test_the_same_ratio_everywhere_has_no_p_value() -> None:
    costs = np.random.default_rng(0).random(10) + 0.1
    found = cost_ratio(costs * 2, costs)
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 2.0, 2.0))
    assert found.p is None


def test_one_task_leaves_the_ratio_open() -> None:
    found = cost_ratio([2.0], [1.0])
    assert (found.low, found.high, found.p) == (0.0, math.inf, None)


def test_two_tasks_may_leave_the_ratio_open_beyond_all_numbers() -> None:
    found = cost_ratio([1.0, 100.0], [1.0, 1.0], level=0.999)
    assert found.low == pytest.approx(0.0)
    assert found.high == math.inf


def test_what_costs_nothing_has_no_ratio() -> None:
    with pytest.raises(SetupError, match="the control's mean cost of the task at row 1 is 0"):
        cost_ratio([1.0, 1.0], [1.0, 0.0])


@pytest.mark.parametrize(
    ("total", "rate", "expected"),
    [(134.50, 0.880, 0.932), (2.45, 0.932, 0.0160), (1.93, 0.896, 0.0131)],
    ids=["LATS", "Warming", "GPT-4"],
)
def test_the_published_costs_of_a_pass(total: float, rate: float, expected: float) -> None:
    costs, scores = np.full(164, total / 164), np.full(164, rate)
    assert cost_of_pass(costs, scores).value == pytest.approx(expected, abs=5e-5 if expected < 0.1 else 5e-4)


def test_the_interval_of_a_ratio_is_near_the_delta_methods() -> None:
    rng = np.random.default_rng(1)
    costs, scores = rng.gamma(4.0, 0.25, 500), rng.random(500)
    found = cost_of_pass(costs, scores, draws=4_000)
    spread = (costs - found.value * scores).std(ddof=1) / math.sqrt(500) / scores.mean()
    expected = (found.value - 1.96 * spread, found.value + 1.96 * spread)
    assert (found.interval.low, found.interval.high) == pytest.approx(expected, rel=0.02)


def test_where_nothing_passed_a_pass_costs_without_end() -> None:
    found = cost_of_pass([1.0, 2.0], [0.0, 0.0])
    assert (found.value, found.interval.low, found.interval.high) == (math.inf, math.inf, math.inf)


def test_where_little_passed_the_interval_may_have_no_end() -> None:
    found = cost_of_pass(np.ones(20), np.eye(20)[0])
    assert found.value == pytest.approx(20.0)
    assert found.interval.high == math.inf
    assert found.is_rough


def test_times_are_ordered_over_all_trials() -> None:
    seconds = np.random.default_rng(2).gamma(2.0, 3.0, (200, 3))
    found = latency(seconds)
    assert found.median == np.quantile(seconds, 0.5, method="inverted_cdf")
    assert found.median_interval.low < found.median < found.median_interval.high < found.p95_interval.low
    assert found.p95_interval.low < found.p95 < found.p95_interval.high
    assert (found.censored, found.is_p95_cut, found.is_rough) == (0, False, False)


def test_trials_that_were_cut_off_count_at_the_limit() -> None:
    seconds = np.array([[1.0, 2.0], [3.0, 90.0], [4.0, 60.0], [5.0, np.nan]])
    found = latency(seconds, limit=60.0)
    assert (found.median, found.p95, found.censored) == (4.0, 60.0, 2)
    assert (found.is_median_cut, found.is_p95_cut, found.is_rough) == (False, True, True)


def test_costs_and_times_below_nothing_are_refused() -> None:
    with pytest.raises(SetupError, match="wanted 0 or more"):
        cost_of_pass([-1.0, 1.0], [1.0, 1.0])
    with pytest.raises(SetupError, match="wanted 0 or more"):
        latency([-1.0])

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.proportion import proportion_confint

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.estimate import Interval
from agent_brain.lab.statistics.intervals import clopper_pearson, clustered, likeness, mean, proportion, wilson

FAMILIES = [name for name, size in zip("abcdef", (3, 2, 4, 1, 5, 3), strict=True) for _ in range(size)]
CLUSTERED = [int(x) for x in "110001111010110001"]
FOUR_TIMES = [[int(x) for x in row] for row in ("1101", "0010", "1111", "0100", "1011")]

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("interval", "low", "high"),
    [
        (wilson(8, 10), 0.490162, 0.943318),
        (wilson(0, 10), 0.0, 0.277533),
        (clopper_pearson(8, 10), 0.443905, 0.974789),
        (clopper_pearson(0, 10), 0.0, 0.308497),
    ],
    ids=["wilson-8-10", "wilson-0-10", "exact-8-10", "exact-0-10"],
)
def test_published_intervals_of_proportions(interval: Interval, low: float, high: float) -> None:
    assert (round(interval.low, 6), round(interval.high, 6)) == (low, high)


@given(counts)
def test_intervals_of_proportions_agree_with_scipy_and_statsmodels(count: tuple[int, int]) -> None:
    passed, tried = count
    theirs = stats.binomtest(passed, tried).proportion_ci(method="wilson")
    assert (wilson(passed, tried).low, wilson(passed, tried).high) == pytest.approx(
        (theirs.low, theirs.high), abs=1e-12
    )
    exact = proportion_confint(passed, tried, method="beta")
    assert (clopper_pearson(passed, tried).low, clopper_pearson(passed, tried).high) == pytest.approx(exact, abs=1e-9)


def test_a_proportion_of_none_or_all_is_given_the_exact_interval() -> None:
    assert [proportion(k, 12).method for k in (0, 5, 12)] == ["Clopper-Pearson", "Wilson", "Clopper-Pearson"]


@given(counts)
def test_passing_and_failing_are_mirror_images(count: tuple[int, int]) -> None:
    passed, tried = count
    ours, mirror = proportion(passed, tried), proportion(tried - passed, tried)
    assert (ours.low, ours.high) == pytest.approx((1 - mirror.high, 1 - mirror.low), abs=1e-9)


def test_the_published_mean_of_repeated_tasks() -> None:
    found = mean(FOUR_TIMES)
    assert (round(found.value, 6), round(found.se, 6)) == (0.6, 0.15)


def test_the_published_likeness_of_repeats() -> None:
    found = likeness(FOUR_TIMES)
    assert (round(found.value, 6), round(found.between, 6), round(found.within, 6)) == (0.238095, 0.45, 0.2)


def test_the_published_errors_of_clustered_values() -> None:
    found = clustered(CLUSTERED, FAMILIES)
    assert round(found.value, 6) == 0.555556
    assert round(found.se_independent, 6) == 0.120517
    assert round(found.se_miller, 6) == 0.128003
    assert round(found.se_corrected, 6) == 0.140220


@pytest.mark.parametrize("seed", range(5))
def test_clustered_errors_agree_with_a_cluster_robust_regression(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 40, 300)
    values = rng.random(300) + rng.random(40)[codes]
    fits = [
        OLS(values, np.ones(300)).fit(cov_type="cluster", cov_kwds={"groups": codes, "use_correction": corrected})
        for corrected in (False, True)
    ]
    found = clustered(values, [str(code) for code in codes])
    assert (found.se_miller, found.se_corrected) == pytest.approx([fit.bse[0] for fit in fits], rel=1e-10)


def test_from_thirty_families_on_a_mean_is_over_tasks_with_clustered_errors() -> None:
    rng = np.random.default_rng(0)
    names = [str(code) for code in rng.integers(0, 60, 400)]
    values = rng.random(400)
    found, expected = mean(values, names), clustered(values, names)
    assert (found.value, found.se) == pytest.approx((values.mean(), expected.se_corrected))
    assert (found.df, found.method) == (59, "families")


def test_with_few_families_a_mean_is_over_families() -> None:
    found = mean(CLUSTERED, FAMILIES)
    means = [np.mean([y for y, name in zip(CLUSTERED, FAMILIES, strict=True) if name == one]) for one in "abcdef"]
    expected = stats.ttest_1samp(means, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert (found.count, found.tasks, found.method) == (6, 18, "family means")


@pytest.mark.parametrize("families", [20, 45])
def test_families_of_one_size_give_one_estimate_on_both_sides_of_the_threshold(families: int) -> None:
    values = np.random.default_rng(families).random((families, 4))
    names = [str(family) for family in range(families) for _ in range(4)]
    found = mean(values.ravel(), names)
    assert found.value == pytest.approx(values.mean())
    assert found.se == pytest.approx(values.mean(axis=1).std(ddof=1) / np.sqrt(families))


@pytest.mark.parametrize(("families", "method"), [(29, "family means"), (30, "families")])
def test_thirty_families_are_enough_to_cluster_on(families: int, method: str) -> None:
    names = [str(family) for family in range(families) for _ in range(1 + family % 3)]
    assert mean(np.random.default_rng(2).random(len(names)), names).method == method


def test_tasks_without_a_family_are_families_of_their_own() -> None:
    values = np.random.default_rng(1).random(12)
    assert mean(values, [""] * 12) == mean(values)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=30))
def test_the_interval_is_students_as_far_as_scores_reach(values: list[float]) -> None:
    found, free = mean(values), mean(values, bounds=None)
    if not found.is_degenerate:
        expected = stats.ttest_1samp(values, 0).confidence_interval()
        assert (free.low, free.high) == pytest.approx((expected.low, expected.high), rel=1e-6, abs=1e-9)
        assert (found.low, found.high) == (max(free.low, 0.0), min(free.high, 1.0))


def test_missing_repeats_are_left_out_of_a_tasks_mean() -> None:
    holed = [[1.0, 0.0, np.nan], [1.0, np.nan, np.nan], [0.0, 0.0, 1.0]]
    assert mean(holed).value == pytest.approx(np.mean([0.5, 1.0, 1 / 3]))


def test_a_mean_without_spread_has_the_exact_interval() -> None:
    found, exact = mean([0.0] * 10), clopper_pearson(0, 10)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))
    assert (found.se, found.t, found.p) == (0.0, None, None)


def test_one_task_says_nothing_of_the_others() -> None:
    found = mean([0.5])
    assert (found.se, found.low, found.high, found.p) == (float("inf"), 0.0, 1.0, None)


def test_scores_that_are_all_alike_are_not_alike_for_a_reason() -> None:
    assert likeness(np.full((5, 3), 0.5)).value == 0.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mean([]), "0 tasks"),
        (lambda: mean([0.1, float("nan")]), "no number for 1 of 2 tasks"),
        (lambda: mean([0.1, float("inf")]), "infinite"),
        (lambda: mean([[[0.1]]]), "3 dimensions"),
        (lambda: mean([0.1, 0.2], ["a"]), "1 families are named for 2 tasks"),
        (lambda: mean([0.1, 0.2], level=1.0), "level of confidence is 1"),
        (lambda: clustered([0.1, 0.2], ["a", "a"]), "belong to one cluster"),
        (lambda: wilson(3, 2), "3 of 2 is no proportion"),
        (lambda: clopper_pearson(0, 0), "0 of 0 is no proportion"),
        (lambda: likeness([[1.0], [0.0]]), "no task has two repeats"),
        (lambda: likeness([[1.0, 0.0]]), "1 tasks"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_counted_is_refused_with_a_reason(call: Callable[[], object], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        call()

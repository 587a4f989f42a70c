from itertools import pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.intervals import mean
from agent_brain.lab.statistics.passes import pass_all, pass_any, pass_curve, passes

counts = st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n)))


def test_the_published_rates() -> None:
    assert (round(pass_any(10, 3, 5)[0], 6), pass_all(10, 3, 5)[0]) == (0.916667, 0.0)
    assert round(pass_all(8, 6, 4)[0], 6) == 0.214286


def test_both_are_unbiased_by_enumeration_and_the_plug_in_is_not() -> None:
    c = np.arange(7)
    weights = np.array([comb(6, k) for k in c]) * 0.37**c * 0.63 ** (6 - c)
    assert round(float(weights @ pass_any(6, c, 3)), 6) == 0.749953
    assert round(float(weights @ pass_all(6, c, 3)), 6) == 0.050653
    assert round(float(weights @ (c / 6) ** 3), 4) == 0.0955


@given(counts)
def test_they_are_the_shares_of_all_choices_of_tries(count: tuple[int, int, int]) -> None:
    n, c, k = count
    assert pass_all(n, c, k)[0] == pytest.approx(comb(c, k) / comb(n, k))
    assert pass_any(n, c, k)[0] == pytest.approx(1 - comb(n - c, k) / comb(n, k))


@given(counts)
def test_one_try_is_the_share_that_passed(count: tuple[int, int, int]) -> None:
    n, c, _ = count
    assert pass_any(n, c, 1)[0] == pytest.approx(c / n)
    assert pass_all(n, c, 1)[0] == pytest.approx(c / n)


def test_a_curve_starts_at_the_mean_and_parts_from_there() -> None:
    passed = np.random.default_rng(0).random((80, 4)) < 0.6
    curve = pass_curve(passed)
    assert [rate.k for rate in curve] == [1, 2, 3, 4]
    assert curve[0].any == pytest.approx(curve[0].all) == pytest.approx(mean(passed).value)
    assert all(one.any <= two.any and one.all >= two.all for one, two in pairwise(curve))
    assert curve[2] == passes(passed, 3)


def test_intervals_are_drawn_over_tasks() -> None:
    passed = np.random.default_rng(1).random((200, 3)) < 0.5
    found, students = passes(passed, 1).any_interval, mean(passed).interval
    assert (found.low, found.high) == pytest.approx((students.low, students.high), abs=0.01)


def test_few_tasks_and_few_tries_are_told() -> None:
    passed = np.ones((49, 4))
    assert [(rate.is_rough, rate.is_thin) for rate in (passes(passed, 2), passes(passed, 3))] == [
        (True, False),
        (True, True),
    ]
    assert not passes(np.ones((50, 4)), 2).is_rough


def test_missing_repeats_are_fewer_tries() -> None:
    found = passes([[1.0, 0.0, np.nan], [1.0, 1.0, 1.0]], 2)
    assert (found.any, found.all) == pytest.approx((1.0, 0.5))


@pytest.mark.parametrize(
    ("passed", "k", "words"),
    [
        ([[1.0, np.nan], [1.0, 0.0]], 2, "1 of 2 tasks have fewer.*at most 1"),
        ([[1.0]], 0, "k is 0"),
        ([[0.5]], 1, "holds 0.5"),
        ([], 1, "0 tasks"),
    ],
    ids=["too-few", "none", "score", "nothing"],
)
def test_what_has_no_such_rate_is_refused(passed: list[list[float]], k: int, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        passes(passed, k)


def test_counts_that_are_none_are_refused() -> None:
    with pytest.raises(SetupError, match="no counts"):
        pass_any(5, 6, 1)

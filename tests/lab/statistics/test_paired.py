from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array
from agent_brain.lab.statistics.paired import compare, differ

CONTROL = [[int(x) for x in row] for row in ("1101", "0010", "1111", "0100", "1011")]
ARM = [[int(x) for x in row] for row in ("1111", "0110", "1111", "1101", "1110")]

scores = arrays(np.float64, st.tuples(st.integers(3, 25), st.just(2)), elements=st.sampled_from([0.0, 0.25, 0.5, 1.0]))


def test_the_published_difference_of_repeated_tasks() -> None:
    found = compare(ARM, CONTROL)
    estimate = found.estimate
    assert list(differ(ARM, CONTROL)) == [0.25, 0.25, 0.0, 0.5, 0.0]
    assert round(found.difference, 6) == 0.2
    assert round(estimate.se, 7) == 0.0935414
    assert estimate.t is not None
    assert estimate.p is not None
    assert (round(estimate.t, 6), round(estimate.p, 7)) == (2.138090, 0.0993007)
    assert round(found.spread.effect_raw, 4) == -0.0479
    assert found.spread.effect == 0.0
    assert (found.wins, found.losses, found.ties) == (3, 0, 2)


def test_the_published_difference_of_tasks_tried_once() -> None:
    arm = np.repeat([1.0, 0.0, 0.0], [26, 14, 360])
    control = np.repeat([0.0, 1.0, 0.0], [26, 14, 360])
    estimate = compare(arm, control).estimate
    assert (round(estimate.value, 2), round(estimate.se, 7)) == (0.03, 0.0157598)
    assert estimate.t is not None
    assert estimate.p is not None
    assert (round(estimate.t, 6), round(estimate.p, 7)) == (1.903579, 0.0576843)


@given(scores)
def test_it_agrees_with_scipys_paired_test(pair: Array) -> None:
    found = compare(pair[:, 0], pair[:, 1])
    if not found.estimate.is_degenerate:
        theirs = stats.ttest_rel(pair[:, 0], pair[:, 1])
        assert (found.estimate.t, found.estimate.p) == pytest.approx((theirs.statistic, theirs.pvalue), abs=1e-12)
        expected = theirs.confidence_interval()
        ends = max(expected.low, -1.0), min(expected.high, 1.0)
        assert (found.interval.low, found.interval.high) == pytest.approx(ends)


@given(scores)
def test_the_error_follows_from_both_arms_and_their_correlation(pair: Array) -> None:
    found = compare(pair[:, 0], pair[:, 1])
    if found.correlation is not None and not found.estimate.is_degenerate:
        a, b = pair.std(axis=0, ddof=1) / np.sqrt(len(pair))
        assert found.estimate.se**2 == pytest.approx(a * a + b * b - 2 * a * b * found.correlation)


@given(scores, st.randoms(use_true_random=False))
def test_the_order_of_tasks_changes_nothing(pair: Array, random: Random) -> None:
    order = random.sample(range(len(pair)), len(pair))
    found, other = compare(pair[:, 0], pair[:, 1]), compare(pair[order, 0], pair[order, 1])
    assert (found.wins, found.losses) == (other.wins, other.losses)
    assert (found.interval.low, found.interval.high) == pytest.approx((other.interval.low, other.interval.high))


@given(scores)
def test_exchanging_the_arms_changes_the_sign_alone(pair: Array) -> None:
    found, other = compare(pair[:, 0], pair[:, 1]), compare(pair[:, 1], pair[:, 0])
    assert (found.difference, found.estimate.se) == pytest.approx((-other.difference, other.estimate.se))
    assert (found.interval.low, found.interval.high) == pytest.approx((-other.interval.high, -other.interval.low))
    assert (found.wins, found.losses) == (other.losses, other.wins)
    assert found.estimate.p == pytest.approx(other.estimate.p)


@given(arrays(np.float64, (8, 3), elements=st.sampled_from([0.0, 1.0])))
def test_repeating_every_repeat_changes_neither_difference_nor_error(tries: Array) -> None:
    control = np.roll(tries, 1, axis=0)
    found, twice = compare(tries, control), compare(np.hstack([tries, tries]), np.hstack([control, control]))
    assert (found.difference, found.estimate.se) == pytest.approx((twice.difference, twice.estimate.se), abs=1e-12)


@given(scores, st.integers(1, 20))
def test_tasks_that_both_do_alike_shrink_the_difference_in_proportion(pair: Array, extra: int) -> None:
    n = len(pair)
    more = np.vstack([pair, np.ones((extra, 2))])
    found, diluted = compare(pair[:, 0], pair[:, 1]), compare(more[:, 0], more[:, 1])
    assert diluted.difference == pytest.approx(found.difference * n / (n + extra), abs=1e-12)


def test_repeats_may_differ_in_number() -> None:
    arm = np.array([[1, 1, 0], [1, np.nan, np.nan], [0, 1, np.nan]])
    control = np.array([[0, np.nan], [1, 0], [0, 0]])
    found = compare(arm, control)
    assert found.difference == pytest.approx(np.mean([2 / 3, 0.5, 0.5]))
    noise = (1 / 3 + 0.5) / 2, (0.5 + 0.0) / 2
    assert (found.spread.noise_arm, found.spread.noise_control) == pytest.approx(noise)
    deducted = noise[0] * np.mean([1 / 3, 1, 1 / 2]) + noise[1] * np.mean([1, 1 / 2, 1 / 2])
    assert found.spread.effect_raw == pytest.approx(np.var([2 / 3, 0.5, 0.5], ddof=1) - deducted)


def test_the_variance_of_effects_is_recovered_from_noisy_repeats() -> None:
    rng = np.random.default_rng(5)
    base, effects = rng.uniform(0.2, 0.8, (6_000, 1)), rng.choice([-0.2, 0.2], (6_000, 1))
    found = compare(rng.random((6_000, 3)) < base + effects, rng.random((6_000, 3)) < base)
    assert found.spread.effect == pytest.approx(0.04, abs=0.01)


def test_no_discordant_task_gives_a_bound_and_no_p_value() -> None:
    found = compare(np.ones(100), np.ones(100))
    assert found.is_undecided
    assert found.discordance_max == pytest.approx(1 - 0.05 ** (1 / 100))
    assert (found.estimate.p, found.correlation) == (None, None)
    assert found.discordance_max is not None
    ninety = found.estimate.interval_at(0.9)
    assert (ninety.low, ninety.high) == pytest.approx((-found.discordance_max, found.discordance_max))


def test_the_same_win_on_every_task_is_no_certainty() -> None:
    found = compare(np.ones(20), np.zeros(20))
    assert not found.is_undecided
    assert found.interval.high == 1.0
    assert found.interval.low == pytest.approx(1 - 2 * (1 - 0.025 ** (1 / 20)))


def test_sums_in_another_order_are_no_difference() -> None:
    thirds = np.array([[1, 0, 0], [0, 1, 0], [0.1, 0.2, 0.3]])
    assert compare(thirds, thirds[:, ::-1] + 0.0).is_undecided
    assert compare([[1, 0, 0]], [[1, 0, 0, 1, 0, 0]]).ties == 1


def test_one_family_says_as_little_as_one_task() -> None:
    found = compare([1.0, 0.0, 1.0], [0.0, 0.0, 0.0], ["a", "a", "a"])
    assert (found.interval.low, found.interval.high) == (-1.0, 1.0)
    assert found.estimate.p is None


@pytest.mark.parametrize(
    ("arm", "control", "words"),
    [
        ([], [], "0 tasks"),
        ([1.0], [1.0, 0.0], "1 and 2 tasks"),
        ([1.0, np.nan], [1.0, 0.0], "leave such tasks out in all arms"),
        ([1.0, np.inf], [1.0, 0.0], "infinite"),
    ],
    ids=["nothing", "other-tasks", "missing", "infinite"],
)
def test_what_cannot_be_paired_is_refused(arm: list[float], control: list[float], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        compare(arm, control)

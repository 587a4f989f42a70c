from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.multiplicity import benjamini_hochberg, bonferroni, holm, max_t, simultaneous
from agent_brain.lab.statistics.paired import compare
from agent_brain.lab.statistics.sign_flip import sign_flip

PUBLISHED = [0.001, 0.01, 0.02, 0.04, 0.3]
chances = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_the_published_adjustments() -> None:
    assert [round(p, 3) for p in holm(PUBLISHED)] == [0.005, 0.04, 0.06, 0.08, 0.3]
    assert [round(p, 4) for p in benjamini_hochberg(PUBLISHED)] == [0.005, 0.025, 0.0333, 0.05, 0.3]


@pytest.mark.parametrize("seed", range(3))
def test_adjustments_agree_with_statsmodels(seed: int) -> None:
    values = list(np.random.default_rng(seed).beta(0.4, 1.0, 12))
    assert holm(values) == pytest.approx(list(multipletests(values, method="holm")[1]))
    assert benjamini_hochberg(values) == pytest.approx(list(multipletests(values, method="fdr_bh")[1]))


@given(chances)
def test_false_discoveries_are_bounded_as_by_scipy(values: list[float]) -> None:
    assert benjamini_hochberg(values) == pytest.approx(list(stats.false_discovery_control(values)), abs=1e-12)


@given(chances, st.randoms(use_true_random=False))
def test_the_order_of_contrasts_changes_nothing(values: list[float], random: Random) -> None:
    order = random.sample(range(len(values)), len(values))
    assert holm([values[place] for place in order]) == pytest.approx([holm(values)[place] for place in order])


def test_a_single_contrast_is_its_own_family() -> None:
    differences = np.random.default_rng(0).normal(0.3, 1.0, 15)
    assert max_t(differences[:, None]).adjusted == [pytest.approx(sign_flip(differences).p)]


def test_contrasts_that_are_one_and_the_same_cost_nothing() -> None:
    differences = np.random.default_rng(1).normal(0.4, 1.0, 14)
    alone = sign_flip(differences).p
    assert max_t(np.column_stack([differences] * 4)).adjusted == pytest.approx([alone] * 4)


@pytest.mark.parametrize("tasks", [15, 60])
def test_it_adjusts_upwards_and_never_more_than_bonferroni(tasks: int) -> None:
    differences = np.random.default_rng(tasks).normal(0.2, 1.0, (tasks, 5))
    adjusted = np.array(max_t(differences, seed=3).adjusted)
    single = np.array([sign_flip(column, seed=3).p for column in differences.T])
    slack = 0.0 if tasks == 15 else 0.03
    assert np.all(adjusted >= single - slack - 1e-12)
    assert np.all(adjusted <= np.minimum(1.0, single * 5) + slack)


def test_a_drawn_p_value_is_never_nothing() -> None:
    assert max_t(np.ones((200, 2)), flips=99).adjusted == [1 / 100, 1 / 100]


def test_stepping_down_by_hand() -> None:
    differences = np.random.default_rng(7).normal(0.3, 1.0, (8, 3))
    signs = np.array([[1 - 2 * (way >> task & 1) for task in range(8)] for way in range(256)])
    scaled = differences / np.sqrt((differences**2).sum(axis=0))
    ways, seen = np.abs(signs @ scaled), np.abs(scaled.sum(axis=0))
    first, second, third = np.argsort(-seen)
    rests = [[first, second, third], [second, third], [third]]
    steps = [np.mean(ways[:, rest].max(axis=1) >= seen[rest[0]] - 1e-9) for rest in rests]
    expected = dict(zip((first, second, third), np.maximum.accumulate(steps), strict=True))
    assert max_t(differences).adjusted == pytest.approx([expected[place] for place in range(3)])


def test_relabelling_arms_leaves_adjusted_p_values() -> None:
    differences = np.random.default_rng(9).normal(0.2, 1.0, (40, 4))
    assert max_t(-differences, seed=1).adjusted == pytest.approx(max_t(differences, seed=1).adjusted)


def test_a_contrast_may_have_left_a_task_out() -> None:
    differences = np.random.default_rng(2).normal(0.3, 1.0, (12, 2))
    differences[3, 1] = np.nan
    assert max_t(differences[:, 1:]).adjusted == [pytest.approx(sign_flip(np.delete(differences[:, 1], 3)).p)]
    intervals = simultaneous(differences)
    assert intervals[1].low < np.nanmean(differences[:, 1]) < intervals[1].high


def test_families_are_flipped_whole() -> None:
    differences = np.random.default_rng(4).normal(0.3, 1.0, (24, 1))
    families = [str(task // 2) for task in range(24)]
    assert max_t(differences, families).adjusted == [pytest.approx(sign_flip(differences[:, 0], families).p)]


def test_contrasts_without_any_difference_are_never_found() -> None:
    assert max_t(np.zeros((30, 3))).adjusted == [1.0, 1.0, 1.0]
    assert [round(one.high, 6) for one in simultaneous(np.zeros((30, 3)))] == [
        round(1 - (0.025 / 3) ** (1 / 30), 6)
    ] * 3


def test_simultaneous_intervals_lie_between_single_ones_and_bonferronis() -> None:
    differences = np.random.default_rng(5).normal(0.1, 0.4, (60, 6))
    estimates = [compare(column, np.zeros(60)).estimate for column in differences.T]
    for joint, single, widest in zip(simultaneous(differences), estimates, bonferroni(estimates), strict=True):
        assert widest.low <= joint.low < single.low < single.high < joint.high <= widest.high


def test_bonferroni_intervals_are_students_at_a_higher_level() -> None:
    values = np.random.default_rng(6).random(20)
    estimate = compare(values, np.zeros(20)).estimate
    expected = stats.ttest_1samp(values, 0).confidence_interval(1 - 0.05 / 4)
    assert (bonferroni([estimate] * 4)[0].low, bonferroni([estimate] * 4)[0].high) == pytest.approx(
        (expected.low, expected.high)
    )


def test_one_task_gives_no_interval_but_all_that_can_be() -> None:
    assert [(one.low, one.high) for one in simultaneous([[0.5, 0.0]])] == [(-1.0, 1.0), (-1.0, 1.0)]


@pytest.mark.parametrize(
    ("values", "words"),
    [([], "0 tasks"), ([1.5], "a p-value is 1.5"), ([np.nan], "nan")],
    ids=["none", "high", "missing"],
)
def test_what_is_no_p_value_is_refused(values: list[float], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        holm(values)


def test_a_contrast_without_tasks_is_refused() -> None:
    with pytest.raises(SetupError, match="no task is left"):
        max_t([[0.1, np.nan], [0.2, np.nan]])
    with pytest.raises(SetupError, match="wanted tasks x contrasts"):
        max_t([0.1, 0.2])

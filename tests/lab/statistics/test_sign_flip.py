import itertools
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.mcnemar import mcnemar_counts
from agent_brain.lab.statistics.sequential import watch_repeated
from agent_brain.lab.statistics.sign_flip import sign_blocks, sign_flip

quarters = st.lists(st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=9)


def by_hand(values: list[float]) -> float:
    """All ways to flip, one by one."""
    ways = [abs(np.dot(signs, values)) for signs in itertools.product((1, -1), repeat=len(values))]
    return float(np.mean([way >= abs(sum(values)) - 1e-9 for way in ways]))


def test_the_published_p_value_is_exact() -> None:
    found = sign_flip([0.25, 0.25, 0.0, 0.5, 0.0])
    assert (found.p, found.is_exact, found.witnesses) == (0.25, True, 5)


@given(quarters)
def test_few_differences_are_flipped_in_all_ways(values: list[float]) -> None:
    assert sign_flip(values).p == pytest.approx(by_hand(values))


@given(quarters, st.randoms(use_true_random=False))
def test_neither_order_nor_sign_of_the_arms_matters(values: list[float], random: Random) -> None:
    shuffled = random.sample(values, len(values))
    assert sign_flip(shuffled).p == sign_flip(values).p == sign_flip([-value for value in values]).p


@given(quarters)
def test_tasks_without_a_difference_change_nothing(values: list[float]) -> None:
    assert sign_flip([*values, *[0.0] * 40]).p == sign_flip(values).p


def test_twenty_differences_are_exact_and_agree_with_scipy() -> None:
    values = np.random.default_rng(2).normal(0.2, 1.0, 12)
    theirs = stats.permutation_test((values,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    assert sign_flip(values).p == pytest.approx(theirs)
    assert sign_flip(np.random.default_rng(3).normal(size=20)).is_exact


def test_tasks_tried_once_give_mcnemars_exact_p_value() -> None:
    assert sign_flip(np.repeat([1.0, -1.0, 0.0], [13, 5, 300])).p == pytest.approx(mcnemar_counts(13, 5).exact)


def test_many_differences_are_drawn_from_a_seed() -> None:
    values = np.repeat([1.0, -1.0], [26, 14])
    found = sign_flip(values, flips=20_000, seed=4)
    assert found == sign_flip(values, flips=20_000, seed=4)
    assert not found.is_exact
    assert found.p == pytest.approx(mcnemar_counts(26, 14).exact, abs=3 * np.sqrt(0.08 * 0.92 / 20_000))


def test_a_drawn_p_value_is_never_nothing() -> None:
    assert sign_flip(np.ones(200), flips=99).p == 1 / 100


def test_families_are_flipped_whole() -> None:
    values = np.random.default_rng(6).normal(0.3, 1.0, 12)
    families = [name for name in "abcd" for _ in range(3)]
    assert sign_flip(values, families).p == pytest.approx(by_hand(list(values.reshape(4, 3).sum(axis=1))))


def test_no_difference_at_all_has_a_p_value_of_one() -> None:
    assert [sign_flip(values).p for values in ([0.0] * 5, [0.0], [0.7])] == [1.0, 1.0, 1.0]


def test_signs_are_drawn_evenly_and_alike_for_all_who_ask() -> None:
    drawn = np.concatenate(list(sign_blocks(50, 4_000, seed=1)))
    assert drawn.shape == (4_000, 50)
    assert set(np.unique(drawn)) == {-1.0, 1.0}
    assert np.abs(drawn.mean(axis=0)).max() < 5 / np.sqrt(4_000)


def test_all_signs_of_few_are_each_there_once() -> None:
    blocks = np.concatenate(list(sign_blocks(6, 1, seed=0)))
    assert len({tuple(row) for row in np.vstack([blocks, -blocks])}) == 2**6


@pytest.mark.parametrize("values", [[], [np.nan, 1.0], [np.inf]], ids=["nothing", "missing", "infinite"])
def test_what_is_no_number_is_refused(values: list[float]) -> None:
    with pytest.raises(SetupError):
        sign_flip(values)


@pytest.mark.parametrize("witnesses", [21, 64, 1_001])
def test_the_flips_of_one_contrast_are_those_of_many_together(witnesses: int) -> None:
    differences = np.random.default_rng(witnesses).normal(0.05, 1.0, witnesses)

    sums = np.concatenate([signs @ differences for signs in sign_blocks(witnesses, 2_000, seed=3)])
    hits = int((np.abs(sums) >= abs(differences.sum()) - 1e-9).sum())

    assert sign_flip(differences, flips=2_000, seed=3).p == (1 + hits) / 2_001


def test_of_few_skewed_differences_without_a_mean_it_rejects_too_often_and_bets_on_the_mean_do_not() -> None:
    rng = np.random.default_rng(0)
    lots = [np.where(rng.random(20) < 0.1, 0.9, -0.1) for _ in range(400)]
    flipped = np.mean([sign_flip(lot, flips=499).p < 0.05 for lot in lots])
    watched = np.mean([watch_repeated(lot, planned=20).p < 0.05 for lot in lots])
    assert flipped > 0.07
    assert watched < 0.05

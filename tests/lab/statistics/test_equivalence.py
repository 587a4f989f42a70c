import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.equivalence import equivalence, non_inferiority
from agent_brain.lab.statistics.estimate import Estimate
from agent_brain.lab.statistics.paired import compare

scores = st.lists(st.sampled_from([-0.5, -0.25, 0.0, 0.25, 0.5]), min_size=4, max_size=40)


def estimate_of(differences: list[float]) -> Estimate:
    return compare(differences, np.zeros(len(differences))).estimate


@pytest.mark.parametrize("seed", range(4))
def test_two_one_sided_tests_agree_with_statsmodels(seed: int) -> None:
    differences = np.random.default_rng(seed).normal(0.01, 0.1, 60)
    found = equivalence(compare(differences, np.zeros(60)).estimate, 0.03)
    p, low, high = DescrStatsW(differences).ttost_mean(-0.03, 0.03)
    assert found.p == pytest.approx(p)
    assert p == max(low[1], high[1])


@given(scores, st.floats(0.01, 0.4))
def test_it_is_shown_where_the_narrower_interval_is_inside(differences: list[float], margin: float) -> None:
    found = equivalence(estimate_of(differences), margin)
    if abs(found.p - 0.05) > 1e-9:
        assert found.is_shown is found.interval.is_inside(-margin, margin)


@given(scores, st.floats(0.01, 0.4))
def test_what_is_equivalent_is_inferior_to_neither(differences: list[float], margin: float) -> None:
    both = equivalence(estimate_of(differences), margin)
    mirror = estimate_of([-value for value in differences])
    sides = non_inferiority(estimate_of(differences), margin), non_inferiority(mirror, margin)
    assert both.is_shown is all(side.is_shown for side in sides)
    assert both.p == pytest.approx(max(side.p for side in sides))


def test_a_wider_margin_is_easier_to_show() -> None:
    estimate = estimate_of([0.25, -0.25, 0.0, 0.25, -0.5] * 8)
    chances = [equivalence(estimate, margin).p for margin in (0.01, 0.05, 0.1, 0.3)]
    assert chances == sorted(chances, reverse=True)


@pytest.mark.parametrize(("tasks", "is_shown"), [(98, False), (99, True)])
def test_without_a_discordant_task_it_takes_enough_tasks(tasks: int, is_shown: bool) -> None:
    found = equivalence(estimate_of([0.0] * tasks), 0.03)
    assert found.is_shown is is_shown
    assert found.p == pytest.approx(0.97**tasks)


def test_a_constant_difference_beyond_the_margin_is_never_equivalent() -> None:
    assert equivalence(estimate_of([1.0] * 200), 0.03).p == 1.0
    assert non_inferiority(estimate_of([1.0] * 200), 0.03).is_shown


def test_one_task_shows_nothing() -> None:
    assert equivalence(estimate_of([0.0]), 0.03).p == 1.0


@pytest.mark.parametrize(
    ("margin", "alpha", "words"),
    [
        (0.0, 0.05, "margin is 0"),
        (-0.1, 0.05, "margin is -0.1"),
        (float("nan"), 0.05, "margin is nan"),
        (0.1, 0.6, "alpha"),
    ],
    ids=["none", "negative", "no-number", "alpha"],
)
def test_margins_that_are_none_are_refused(margin: float, alpha: float, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        equivalence(estimate_of([0.0, 0.1]), margin, alpha=alpha)

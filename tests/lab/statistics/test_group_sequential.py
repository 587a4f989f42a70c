import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.group_sequential import GroupRule, bound, bound_p, looks

POCOCK, OBRIEN_FLEMING = GroupRule.POCOCK, GroupRule.OBRIEN_FLEMING
PUBLISHED = {
    (POCOCK, 0.10): {2: 1.875, 3: 1.992, 5: 2.122, 10: 2.270},
    (POCOCK, 0.05): {2: 2.178, 3: 2.289, 4: 2.361, 5: 2.413, 10: 2.555},
    (POCOCK, 0.01): {2: 2.772, 3: 2.873, 5: 2.986, 10: 3.117},
    (OBRIEN_FLEMING, 0.10): {2: 1.678, 3: 1.710, 5: 1.751, 10: 1.801},
    (OBRIEN_FLEMING, 0.05): {2: 1.977, 3: 2.004, 4: 2.024, 5: 2.040, 10: 2.087},
    (OBRIEN_FLEMING, 0.01): {2: 2.580, 3: 2.595, 5: 2.621, 10: 2.660},
}
"""The bound at the last look, by their number. Source: Jennison and Turnbull 2000, tables 2.1 and 2.3."""


@pytest.mark.parametrize(("rule", "level"), PUBLISHED, ids=str)
def test_the_published_bounds(rule: GroupRule, level: float) -> None:
    wanted = PUBLISHED[rule, level]

    assert {count: round(bound(rule, count, count=count, level=level), 3) for count in wanted} == wanted


def test_the_bounds_of_five_looks() -> None:
    assert [round(bound(POCOCK, look), 3) for look in range(1, 6)] == [2.413] * 5
    assert [round(bound(OBRIEN_FLEMING, look), 3) for look in (1, 5)] == [4.562, 2.04]
    assert bound_p(POCOCK, 3) == pytest.approx(2 * stats.norm.sf(2.413), rel=1e-3)


@pytest.mark.parametrize("rule", list(GroupRule))
def test_one_look_is_none(rule: GroupRule) -> None:
    assert bound_p(rule, 1, count=1, level=0.02) == pytest.approx(0.02)


@pytest.mark.parametrize("count", [5, 8])
@pytest.mark.parametrize("rule", list(GroupRule))
def test_all_looks_together_err_as_often_as_was_asked(rule: GroupRule, count: int) -> None:
    steps = np.random.default_rng(1).normal(size=(40_000, count))
    walks = np.cumsum(steps, axis=1) / np.sqrt(np.arange(1, count + 1))
    rate = np.mean((np.abs(walks) > [bound(rule, look, count=count) for look in range(1, count + 1)]).any(axis=1))
    assert rate == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 40_000))


@pytest.mark.parametrize(
    ("rule", "count", "level", "wanted"),
    [(POCOCK, 100, 1e-3, 4.046097), (POCOCK, 50, 1e-6, 5.454839), (OBRIEN_FLEMING, 100, 1e-4, 4.002618)],
)
def test_many_looks_at_a_small_level_are_bounded_as_exactly(
    rule: GroupRule, count: int, level: float, wanted: float
) -> None:
    """Wanted is what the same recursion has with six hundred nodes."""
    assert bound(rule, count, count=count, level=level) == pytest.approx(wanted, abs=1e-5)


def test_a_level_that_rounding_would_swallow_is_refused() -> None:
    with pytest.raises(SetupError, match="wanted a number above 1e-08 and below 1"):
        bound(POCOCK, 1, level=1e-12)


def test_looks_are_spread_evenly_to_the_end() -> None:
    assert looks(100) == [20, 40, 60, 80, 100]
    assert looks(7) == [2, 3, 5, 6, 7]
    assert looks(9, 3) == [3, 6, 9]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bound(POCOCK, 6), "look 6 was asked for; known: 1 to 5"),
        (lambda: bound(POCOCK, 1, count=101), "101 looks were asked for; wanted at most 100"),
        (lambda: bound(POCOCK, 1, level=1.0), "a level is 1"),
        (lambda: looks(4), "4 tasks are planned"),
    ],
    ids=["look", "too many", "level", "tasks"],
)
def test_looks_that_are_none_are_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        call()

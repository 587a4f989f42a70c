import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.estimate import Interval
from agent_brain.lab.statistics.sequential import (
    is_futile,
    log_evidence_of,
    watch_repeated,
    watch_single,
)

few = st.integers(0, 12)
unit = st.lists(st.floats(-1, 1), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("wins", "losses", "evidence", "digits"),
    [(10, 0, 180.426, 3), (20, 5, 19.4853, 4), (26, 14, 0.77968, 5)],
    ids=["10-0", "20-5", "26-14"],
)
def test_the_published_evidence(wins: int, losses: int, evidence: float, digits: int) -> None:
    assert round(math.exp(log_evidence_of(wins, losses)), digits) == evidence


@given(few, few)
def test_evidence_is_a_mixture_of_biased_coins_over_a_fair_one(wins: int, losses: int) -> None:
    ways = stats.betabinom.pmf(wins, wins + losses, 0.5, 0.5) / stats.binom.pmf(wins, wins + losses, 0.5)
    assert math.exp(log_evidence_of(wins, losses)) == pytest.approx(ways)


@given(few, few)
def test_evidence_of_counts_is_fair_whatever_has_happened(wins: int, losses: int) -> None:
    after = [math.exp(log_evidence_of(wins + 1, losses)), math.exp(log_evidence_of(wins, losses + 1))]
    assert np.mean(after) == pytest.approx(math.exp(log_evidence_of(wins, losses)))


@given(unit, st.floats(0.05, 1), st.floats(0.05, 1))
def test_evidence_of_differences_is_fair_whatever_has_happened(before: list[float], up: float, down: float) -> None:
    now = watch_repeated(before, planned=50).evidence
    won, lost = (watch_repeated([*before, step], planned=50).evidence for step in (up, -down))
    assert (down * won + up * lost) / (up + down) == pytest.approx(now)


@given(unit)
def test_exchanging_the_arms_changes_no_evidence(differences: list[float]) -> None:
    found = watch_repeated(differences, planned=40)
    assert found.log_evidence == pytest.approx(watch_repeated([-one for one in differences], planned=40).log_evidence)


@given(unit)
def test_bets_know_nothing_of_what_comes(differences: list[float]) -> None:
    path = watch_repeated(differences, planned=40).log_path
    for done in range(1, len(differences) + 1):
        assert watch_repeated(differences[:done], planned=40).log_evidence == pytest.approx(path[done - 1])


def test_it_stops_where_evidence_is_first_enough() -> None:
    found = watch_single([1.0] * 10)
    evidence = [math.exp(log_evidence_of(wins, 0)) for wins in range(1, 11)]
    assert found.stopped_at == next(tasks for tasks, value in enumerate(evidence, 1) if value >= 20)
    assert found.p == pytest.approx(1 / max(evidence))


def test_evidence_that_is_lost_again_still_counts_in_p() -> None:
    found = watch_single([1.0] * 12 + [-1.0] * 12)
    assert found.evidence < 1.0 < 20.0 < 1 / found.p


def test_tasks_without_a_difference_are_no_evidence() -> None:
    for found in (watch_single([0.0] * 9), watch_repeated([0.0] * 9, planned=9)):
        assert (found.evidence, found.p) == pytest.approx((1.0, 1.0))
        assert found.stopped_at is None


def test_much_evidence_is_no_overflow() -> None:
    found = watch_single(np.ones(5_000))
    assert found.evidence == math.inf
    assert 3_400 < found.log_evidence < 5_000 * math.log(2)


def test_going_on_is_futile_inside_the_margin() -> None:
    assert is_futile(Interval(-0.01, 0.02, 0.95), 0.03)
    assert not is_futile(Interval(-0.01, 0.04, 0.95), 0.03)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: watch_single([0.5]), "use `watch_repeated`"),
        (lambda: watch_single([]), "0 tasks"),
        (lambda: watch_repeated([1.5], planned=10), "a difference is 1.5"),
        (lambda: watch_repeated([math.nan], planned=10), "nan"),
        (lambda: watch_repeated([0.5], planned=0), "0 tasks are planned"),
        (lambda: watch_repeated([0.5], planned=5, alpha=1.0), "alpha is 1"),
        (lambda: log_evidence_of(-1, 0), "no counts"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_watched_is_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        call()

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as theirs

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.mcnemar import mcnemar, mcnemar_counts

few = st.integers(0, 60)


def test_the_published_table() -> None:
    found = mcnemar_counts(26, 14)
    assert (round(found.exact, 7), round(found.mid, 7)) == (0.0806905, 0.0595839)
    assert (round(found.chi2, 7), round(found.corrected, 7)) == (0.0577796, 0.0819903)


@given(few, few)
def test_it_agrees_with_statsmodels(wins: int, losses: int) -> None:
    found = mcnemar_counts(wins, losses)
    table = [[10, wins], [losses, 10]]
    assert found.exact == pytest.approx(theirs(table, exact=True).pvalue)
    if wins != losses:
        assert found.chi2 == pytest.approx(theirs(table, exact=False, correction=False).pvalue)
        assert found.corrected == pytest.approx(theirs(table, exact=False, correction=True).pvalue)


@given(few, few)
def test_the_middle_p_value_leaves_half_of_what_happened_out(wins: int, losses: int) -> None:
    expected = 2 * stats.binom.cdf(min(wins, losses), wins + losses, 0.5)
    expected -= stats.binom.pmf(min(wins, losses), wins + losses, 0.5)
    assert mcnemar_counts(wins, losses).mid == pytest.approx(expected)


def test_it_counts_discordant_tasks() -> None:
    found = mcnemar([1, 1, 0, 0, 1], [0, 0, 1, 0, 1])
    assert (found.wins, found.losses) == (2, 1)


def test_without_discordant_tasks_there_is_nothing_to_find() -> None:
    found = mcnemar([1, 0], [1, 0])
    assert (found.exact, found.mid, found.chi2, found.corrected) == (1.0, 1.0, 1.0, 1.0)


def test_repeats_are_refused_and_told_what_to_use() -> None:
    tries = np.ones((5, 2))
    with pytest.raises(SetupError, match=r"2 repeats a task.*no independent witnesses.*sign_flip"):
        mcnemar(tries, tries)


@pytest.mark.parametrize(
    ("arm", "words"),
    [([0.5, 1], "holds 0.5; wanted 0 or 1"), ([], "0 tasks"), ([np.nan, 1], "no number"), ([1], "1 and 2 tasks")],
    ids=["score", "nothing", "missing", "other-tasks"],
)
def test_what_is_no_pass_or_fail_is_refused(arm: list[float], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        mcnemar(arm, [1, 0])


def test_counts_below_nothing_are_refused() -> None:
    with pytest.raises(SetupError, match="no counts"):
        mcnemar_counts(-1, 3)

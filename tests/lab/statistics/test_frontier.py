import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.frontier import dominated, frontier, on_hull

HUMAN_EVAL = {
    "LATS (4)": (88.0, 134.50),
    "LATS (3.5)": (80.4, 9.49),
    "LDB (4+3.5)": (91.0, 2.19),
    "LDB (Reflexion, 4)": (92.9, 7.26),
    "LDB (Reflexion, 3.5)": (88.9, 4.19),
    "LDB (4)": (93.3, 6.36),
    "LDB (3.5)": (80.2, 0.63),
    "GPT-4": (89.6, 1.93),
    "GPT-3.5": (73.9, 0.05),
    "Reflexion (4)": (87.8, 3.90),
    "Warming": (93.2, 2.45),
    "Retry": (92.0, 2.51),
    "Escalation": (85.0, 0.27),
}
"""Score and cost of thirteen agents: Kapoor et al. 2024, Table A1."""
SCORES, COSTS = (list(column) for column in zip(*HUMAN_EVAL.values(), strict=True))

arms = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12)


def names(flags: list[bool]) -> set[str]:
    return {name for name, flag in zip(HUMAN_EVAL, flags, strict=True) if flag}


def test_the_published_frontier() -> None:
    free = [not flag for flag in dominated(COSTS, SCORES)]
    assert names(free) == {"GPT-3.5", "Escalation", "GPT-4", "LDB (4+3.5)", "Warming", "LDB (4)"}


def test_the_published_frontier_of_mixtures() -> None:
    assert names(on_hull(COSTS, SCORES)) == {"GPT-3.5", "Escalation", "Warming", "LDB (4)"}


@given(arms)
def test_no_mixture_of_arms_beats_a_corner(points: list[tuple[int, int]]) -> None:
    costs, scores = [list(map(float, column)) for column in zip(*points, strict=True)]
    hull, out = on_hull(costs, scores), dominated(costs, scores)
    for cost, score, is_corner, is_out in zip(costs, scores, hull, out, strict=True):
        assert not (is_corner and is_out)
        others = [(c, s) for c, s in zip(costs, scores, strict=True) if (c, s) != (cost, score)]
        beaten = is_out or any(_beats(left, right, (cost, score)) for left in others for right in others)
        assert is_corner is not beaten


def _beats(left: tuple[float, float], right: tuple[float, float], point: tuple[float, float]) -> bool:
    """Whether a mixture of two arms costs the same and scores no less."""
    if not left[0] < point[0] < right[0]:
        return False
    share = (point[0] - left[0]) / (right[0] - left[0])
    return left[1] + share * (right[1] - left[1]) >= point[1] - 1e-9


def test_arms_alike_do_not_dominate_each_other() -> None:
    assert dominated([1.0, 1.0, 2.0], [0.5, 0.5, 0.5]) == [False, False, True]
    assert on_hull([1.0, 1.0, 2.0], [0.5, 0.5, 0.5]) == [True, True, False]


def test_membership_is_how_often_an_arm_is_free_in_drawn_tasks() -> None:
    rng = np.random.default_rng(0)
    scores = (rng.random((100, 3)) < [0.5, 0.5, 0.9]).astype(float)
    found = frontier(np.tile([1.0, 1.0, 5.0], (100, 1)), scores, seed=2)
    assert found.membership[2] == 1.0
    assert found.membership[0] + found.membership[1] == pytest.approx(1.0, abs=0.12)
    assert found.is_on_hull[2]


def test_arms_that_are_copies_are_members_alike() -> None:
    rng = np.random.default_rng(1)
    costs, scores = rng.random((300, 1)), rng.random((300, 1))
    found = frontier(np.tile(costs, (1, 7)), np.tile(scores, (1, 7)))
    assert found.membership == [1.0] * 7
    assert found.is_dominated == [False] * 7


def test_the_order_of_arms_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    costs, scores = rng.random((60, 5)), rng.random((60, 5))
    found, other = frontier(costs, scores), frontier(costs[:, ::-1], scores[:, ::-1])
    assert found.membership == other.membership[::-1]


def test_arms_without_a_number_are_refused() -> None:
    with pytest.raises(SetupError, match="nan"):
        frontier([[1.0, np.nan]], [[1.0, 1.0]])
    with pytest.raises(SetupError, match="2 and 3 tasks"):
        dominated([1.0, 2.0], [1.0, 2.0, 3.0])

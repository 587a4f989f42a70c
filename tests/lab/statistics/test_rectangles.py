from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.rectangles import Rectangle, complete_rectangles

grids = st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from("1234")))


def test_a_grid_with_a_hole_has_two_large_rectangles() -> None:
    cells = [(net, memory) for net in "abc" for memory in "123" if (net, memory) != ("c", "3")]
    assert complete_rectangles(cells) == [
        Rectangle(("a", "b", "c"), ("1", "2")),
        Rectangle(("a", "b"), ("1", "2", "3")),
    ]


def test_a_complete_grid_is_its_only_rectangle() -> None:
    found = complete_rectangles(product(("react", "refact"), ("mask", "fold", "window")))
    assert found == [Rectangle(("react", "refact"), ("mask", "fold", "window"))]
    assert found[0].cells == 6


@given(grids)
def test_they_are_those_that_trying_all_finds(cells: set[tuple[str, str]]) -> None:
    full = [
        (rows, columns)
        for rows in _subsets("abcd")
        for columns in _subsets("1234")
        if set(product(rows, columns)) <= cells
    ]
    largest = {
        one for one in full if not any(one != more and set(product(*one)) < set(product(*more)) for more in full)
    }
    found = complete_rectangles(sorted(cells))
    assert {(one.rows, tuple(sorted(one.columns))) for one in found} == largest
    assert [one.cells for one in found] == sorted((one.cells for one in found), reverse=True)


def _subsets(letters: str) -> list[tuple[str, ...]]:
    return [chosen for size in range(2, len(letters) + 1) for chosen in combinations(letters, size)]


def test_nothing_and_a_single_line_hold_no_rectangle() -> None:
    assert complete_rectangles([]) == []
    assert complete_rectangles([("a", "1"), ("a", "2"), ("b", "3")]) == []


def test_a_grid_with_too_many_rectangles_is_refused() -> None:
    cells = [(str(row), str(column)) for row in range(20) for column in range(20) if row != column]
    with pytest.raises(SetupError, match="more than 20000 rectangles"):
        complete_rectangles(cells)

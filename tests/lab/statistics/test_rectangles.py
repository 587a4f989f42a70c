from collections.abc import Sequence
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.rectangles import Box, Rectangle, complete_boxes, complete_rectangles

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


def test_a_complete_grid_of_three_factors_is_one_box() -> None:
    cells = list(product("rf", "mwk", ("none", "todo")))
    assert complete_boxes(cells) == [(("r", "f"), ("m", "w", "k"), ("none", "todo"))]


def test_a_hole_leaves_the_boxes_beside_it_the_largest_first() -> None:
    cells = [cell for cell in product("rf", "mwk", ("none", "todo")) if cell != ("f", "k", "todo")]
    assert complete_boxes(cells) == [(("r", "f"), ("m", "w"), ("none", "todo"))]


def test_a_factor_that_is_never_crossed_with_the_others_leaves_no_box() -> None:
    assert complete_boxes([("r", "m", "none"), ("r", "w", "none"), ("f", "m", "todo"), ("f", "w", "todo")]) == []


def test_a_box_that_is_found_in_two_ways_is_told_once() -> None:
    cells = [*product("ab", "bc", "ab"), ("a", "a", "b")]
    assert complete_boxes(sorted(cells)) == [(("a", "b"), ("b", "c"), ("b", "a"))]


@given(st.sets(st.tuples(*[st.sampled_from("abc")] * 2)))
def test_boxes_of_two_factors_are_the_rectangles(cells: set[tuple[str, str]]) -> None:
    known = sorted(cells)
    found = {(frozenset(one.rows), frozenset(one.columns)) for one in complete_rectangles(known)}
    assert {(frozenset(rows), frozenset(columns)) for rows, columns in complete_boxes(known)} == found


def _hold(box: Box, levels: Sequence[frozenset[str]]) -> bool:
    return all(inner <= set(outer) for inner, outer in zip(levels, box, strict=True))


@given(st.sets(st.tuples(*[st.sampled_from("abc")] * 3)))
def test_boxes_of_three_factors_are_all_that_no_larger_one_holds(cells: set[tuple[str, str, str]]) -> None:
    pairs = [frozenset(pair) for size in (2, 3) for pair in combinations("abc", size)]
    complete = [levels for levels in product(pairs, repeat=3) if set(product(*levels)) <= cells]
    found = complete_boxes(sorted(cells))
    assert all(set(product(*box)) <= cells for box in found)
    assert all(any(_hold(box, levels) for box in found) for levels in complete)
    assert not any(one != other and _hold(one, [frozenset(each) for each in other]) for one in found for other in found)

"""Drawings: names are whole, and numbers stand apart."""

from itertools import combinations

from agent_brain.lab.report.drawings import NAME_CHARACTERS_MAX, count_lines, find_offsets, wrap

LONG = "refact/window(20)+notes, careful words - react/messages, plain words"


def test_a_long_name_is_parted_into_lines_and_not_cut() -> None:
    lines = wrap(LONG).split("\n")

    assert " ".join(lines) == LONG
    assert max(map(len, lines)) <= NAME_CHARACTERS_MAX
    assert count_lines(["a", LONG]) > count_lines(["a"]) == 1


def test_numbers_of_points_at_one_place_stand_apart() -> None:
    points = [(100.0, 100.0)] * 5 + [(103.0, 101.0), (110.0, 104.0)]

    placed = [(x + right, y + up) for (x, y), (right, up) in zip(points, find_offsets(points), strict=True)]

    assert all(abs(a[0] - b[0]) >= 11 or abs(a[1] - b[1]) >= 9 for a, b in combinations(placed, 2))
    assert find_offsets([(0.0, 0.0), (100.0, 0.0)]) == [(6.0, 5.0), (6.0, 5.0)]

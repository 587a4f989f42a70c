"""A running experiment in a terminal of any height: what there is no room for is counted, and nothing scrolls."""

import io
from dataclasses import replace
from math import nan

import pytest
from rich.console import Console

from agent_brain.cli.lab_progress import draw, print_summary
from agent_brain.cli.lab_status import load_progress
from agent_brain.lab.progress import Dropped, Estimated, Progress
from agent_brain.lab.tally import ArmTally, Failures


def make_progress(arms: int, contrasts: int) -> Progress:
    """One whose later arms score more, and whose later contrasts are clearer; the first arm has no score yet."""
    tallies = [ArmTally(f"arm {i}", i, i, i / 100 if i else nan, 0.0, 10 * i, 0, {}) for i in range(arms)]
    found = [Estimated(f"contrast {i}", 20, i / 100, i / 100 - 0.1, i / 100 + 0.1) for i in range(contrasts)]
    return Progress("many", 9, 99, 1, 1.0, 1.0, 0.0, 10, 0, tallies, found)


def render(progress: Progress, width: int, height: int) -> list[str]:
    """The lines that a terminal of this size is given."""
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    with console.capture() as captured:
        console.print(draw(progress, width, height))
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.mark.parametrize("height", [8, 12, 24, 27, 60])
@pytest.mark.parametrize(("arms", "contrasts"), [(2, 1), (16, 8), (3, 40), (40, 0)])
def test_it_takes_no_more_lines_than_there_are(arms: int, contrasts: int, height: int) -> None:
    lines = render(make_progress(arms, contrasts), 100, height)

    assert len(lines) < height
    for noun, many in (("arm", arms), ("contrast", contrasts)):
        left = sum(int(line.split()[0]) for line in lines if f" more {noun}" in line)
        assert sum(line.startswith(f"{noun} ") and line.split()[1].isdigit() for line in lines) == many - left


def test_where_all_has_room_all_is_shown() -> None:
    lines = render(make_progress(16, 8), 100, 30)

    assert not any("not shown" in line for line in lines)


def test_what_says_most_is_shown_in_the_experiments_order() -> None:
    lines = render(make_progress(16, 8), 100, 16)

    assert [line.split()[1] for line in lines if line.startswith("arm ") and line.split()[1].isdigit()] == [
        str(number) for number in range(8, 16)
    ]
    assert "8 more arms, with lower scores, not shown: the terminal is too low" in lines
    assert [line.split()[1] for line in lines if line.startswith("contrast ")][1:] == ["6", "7"]


def test_a_headline_that_wraps_is_counted() -> None:
    progress = replace(make_progress(16, 8), experiment="a name that needs lines of its own " * 4)

    assert len(render(progress, 70, 16)) < 16


def test_what_trials_could_not_close_is_told_when_it_ends_and_by_who_looks_later() -> None:
    progress = replace(
        make_progress(1, 0),
        dropped=Dropped(2, 3, 4, 0.5, 0),
        unclosed=[Failures(2, "House could not be closed: OSError: gone")],
    )
    console = Console(file=io.StringIO(), width=100, color_system=None)

    with console.capture() as captured:
        print_summary(console, loaded := load_progress(progress.data()))

    assert "2 trials left something open: House could not be closed: OSError: gone" in captured.get()
    assert loaded.dropped == progress.dropped

"""The drawings of a report: shapes and lines tell arms apart, so that colours need not."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from agent_brain.lab.analysis.analysis import ArmResult, ContrastResult, CurvePoint, Estimate, Frontier, Grid
from agent_brain.lab.report.escaping import clean
from agent_brain.lab.report.svg import HEAT, INK, LINE, PAPER, SERIES, SOFT, draw
from agent_brain.lab.report.words import tell_score
from agent_brain.lab.trial import Outcome

WIDTH = 6.4
"""Inches: at the width of a telephone the letters are still read."""
ROW = 0.3
SHAPES = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":")
HATCHES = ("", "////", "....", "xxxx", "||||", "\\\\\\\\", "++++", "oooo")
NAME_CHARACTERS_MAX = 34
NAME_LINES_MAX = 4
PLOT = (380.0, 190.0)
"""About the width and height between the axes of the frontier, in points."""
NUMBER = (11.0, 9.0)
"""How far the middles of two numbers, or of a number and a point, are apart at least, in points: either of the two."""
LINES_MAX = 8
"""More curves than these nobody can tell apart."""


def draw_contrasts(contrasts: Sequence[ContrastResult], margin: float) -> str:
    """A forest plot: each difference with its interval, zero, and the margin that is of no use to anybody."""

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axvspan(-margin, margin, color=HEAT[1], linewidth=0)
        axes.axvline(0, color=SOFT, linewidth=1)
        _paint_intervals(axes, [contrast.name for contrast in contrasts], [each.difference for each in contrasts])
        axes.set_xlabel("arm minus control")

    return draw(WIDTH, 0.9 + ROW * len(contrasts) * count_lines([contrast.name for contrast in contrasts]), paint)


def draw_arms(arms: Sequence[ArmResult]) -> str:
    """Each arm's mean score with its interval."""

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        _paint_intervals(axes, [arm.name for arm in arms], [arm.score for arm in arms])
        axes.set_xlim(-0.02, 1.02)
        axes.set_xlabel("mean score")

    return draw(WIDTH, 0.9 + ROW * len(arms) * count_lines([arm.name for arm in arms]), paint)


def _paint_intervals(axes: Axes, names: Sequence[str], estimates: Sequence[Estimate]) -> None:
    places = np.arange(len(names))[::-1]
    for place, estimate in zip(places, estimates, strict=True):
        if estimate.value is None:
            continue
        if estimate.low is not None and estimate.high is not None:
            axes.plot(
                [estimate.low, estimate.high], [place, place], color=SERIES[0], linewidth=2, solid_capstyle="butt"
            )
        axes.plot([estimate.value], [place], "o", color=SERIES[0], markersize=6)
    axes.set_yticks(places, [wrap(name) for name in names])
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=5)
    axes.grid(visible=True, axis="x")


def draw_frontier(frontier: Frontier) -> str:
    """Cost against score; a line joins what no mixture of arms beats."""

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        hull = sorted((point.cost, point.score) for point in frontier.points if point.is_on_hull)
        axes.plot([cost for cost, _ in hull], [score for _, score in hull], color=SOFT, linewidth=1.2, zorder=1)
        for point in frontier.points:
            fill = PAPER if point.is_dominated else SERIES[0]
            axes.plot([point.cost], [point.score], SHAPES[0], color=SERIES[0], markerfacecolor=fill, markersize=7)
        costs = [point.cost for point in frontier.points]
        if min(costs) > 0 and max(costs) / min(costs) > 20:
            axes.set_xscale("log")
        else:
            axes.set_xlim(0, max([*costs, 1e-9]) * 1.1)
        axes.set_xlabel("cost of a trial, US dollars" if frontier.unit == "usd" else "tokens of a trial")
        axes.set_ylabel("mean score")
        axes.grid(visible=True)
        places = axes.transScale.transform([(point.cost, point.score) for point in frontier.points])
        shares = axes.transLimits.transform(places)
        offsets = find_offsets([(PLOT[0] * x, PLOT[1] * y) for x, y in shares])
        for number, (point, offset) in enumerate(zip(frontier.points, offsets, strict=True), 1):
            axes.annotate(
                str(number), (point.cost, point.score), xytext=offset, textcoords="offset points", fontsize=10
            )

    return draw(WIDTH, 3.6, paint)


def find_offsets(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Where the number of each point stands beside it, so that it covers neither a point nor another number."""
    taken = [(x, y) for x, y in points]
    found = []
    for x, y in points:
        ups = [up for far in range(len(points)) for up in (5 + 13 * far, -13 - 13 * far)]
        around = ((right, up) for up in ups for right in (6, -18))
        free = (each for each in around if not _is_taken(x + each[0] + 6, y + each[1] + 4, taken))
        offset = next(free, (6, 5))
        taken.append((x + offset[0] + 6, y + offset[1] + 4))
        found.append(offset)
    return [(float(right), float(up)) for right, up in found]


def _is_taken(x: float, y: float, taken: Sequence[tuple[float, float]]) -> bool:
    return any(abs(x - other) < NUMBER[0] and abs(y - above) < NUMBER[1] for other, above in taken)


def draw_curves(curves: Mapping[str, Sequence[CurvePoint]], label: str) -> str:
    """A curve over k for each arm; hollow points say little, because there are fewer than 2k repeats."""

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for place, (name, points) in enumerate(list(curves.items())[:LINES_MAX]):
            known = [point for point in points if point.estimate.value is not None]
            values = [point.estimate.value or 0.0 for point in known]
            look: dict[str, Any] = {"color": SERIES[place % len(SERIES)], "linestyle": LINES[place % len(LINES)]}
            axes.plot([point.k for point in known], values, linewidth=1.6, **look)
            for point, value in zip(known, values, strict=True):
                fill = look["color"] if point.is_supported else PAPER
                axes.plot([point.k], [value], SHAPES[place % len(SHAPES)], color=look["color"],
                          markerfacecolor=fill, markersize=6)  # fmt: skip
            axes.plot([], [], SHAPES[place % len(SHAPES)], label=shorten(name), **look)
        ks = sorted({point.k for points in curves.values() for point in points})
        axes.set_xticks(ks[:: max(1, len(ks) // 8)])
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("k")
        axes.set_ylabel(label)
        axes.grid(visible=True)
        figure.legend(loc="outside lower center", ncols=2)

    return draw(WIDTH, 3.2 + 0.22 * ((min(len(curves), LINES_MAX) + 1) // 2), paint)


def draw_grid(grid: Grid) -> str:
    """The mean score at each pair of levels, the darker the higher, with the figure in it."""

    rows, columns = list(grid.means), list(next(iter(grid.means.values())))
    found = [value for cells in grid.means.values() for value in cells.values() if value is not None]
    low, high = min(found), max(found)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for y, row in enumerate(reversed(rows)):
            for x, column in enumerate(columns):
                _paint_cell(axes, x, y, grid.means[row][column], low, high)
        axes.set_xlim(0, len(columns))
        axes.set_ylim(0, len(rows))
        axes.set_xticks(np.arange(len(columns)) + 0.5, [shorten(name, 14) for name in columns])
        axes.set_yticks(np.arange(len(rows)) + 0.5, [shorten(name, 18) for name in reversed(rows)])
        if len(columns) > 4:
            axes.tick_params(axis="x", labelrotation=30)
        axes.tick_params(length=0)
        axes.set_xlabel(grid.columns)
        axes.set_ylabel(grid.rows)
        for spine in axes.spines.values():
            spine.set_visible(False)

    return draw(WIDTH, 1.1 + 0.5 * len(rows), paint)


def _paint_cell(axes: Axes, x: int, y: int, value: float | None, low: float, high: float) -> None:
    if value is None:
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=PAPER, edgecolor=LINE, hatch="//"))
        return
    share = (value - low) / (high - low) if high > low else 0.5
    shade = HEAT[min(len(HEAT) - 1, int(share * len(HEAT)))]
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=shade, edgecolor=PAPER, linewidth=2))
    axes.text(x + 0.5, y + 0.5, tell_score(value), ha="center", va="center", color=INK)


def draw_outcomes(arms: Sequence[ArmResult], kinds: Sequence[Outcome]) -> str:
    """How each arm's trials ended, as parts of a bar."""

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        places = np.arange(len(arms))[::-1]
        lefts = np.zeros(len(arms))
        for number, kind in enumerate(kinds):
            shares = np.array([arm.outcomes.get(kind, 0) / max(1, arm.trials) for arm in arms])
            axes.barh(
                places, shares, left=lefts, height=0.7, color=SERIES[number % len(SERIES)], edgecolor=PAPER,
                hatch=HATCHES[number % len(HATCHES)], linewidth=0.8, label=kind.words,
            )  # fmt: skip
            lefts = lefts + shares
        axes.set_yticks(places, [shorten(arm.name) for arm in arms])
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.6, len(arms) - 0.4)
        axes.set_xlabel("share of trials")
        axes.tick_params(axis="y", length=0)
        figure.legend(loc="outside lower center", ncols=4, handlelength=2.5, handleheight=1.2)

    return draw(WIDTH, 1.2 + ROW * len(arms), paint)


def shorten(name: str, most: int = NAME_CHARACTERS_MAX) -> str:
    """A name that leaves room for the drawing; the table beside it has the whole one."""
    line = " ".join(clean(name).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def wrap(name: str) -> str:
    """A name in lines that leave room for the drawing, parted where it has a space if it can be."""
    lines = textwrap.wrap(clean(name), NAME_CHARACTERS_MAX) or [""]
    left = " ".join(lines[NAME_LINES_MAX - 1 :])
    return "\n".join([*lines[: NAME_LINES_MAX - 1], *([shorten(left)] if left else [])])


def count_lines(names: Sequence[str]) -> float:
    """How many times the height of a row the longest of these names needs."""
    return max(1.0, 0.75 * max((wrap(name).count("\n") + 1 for name in names), default=1))

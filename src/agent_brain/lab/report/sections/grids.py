"""Factors, all together and two at a time: what each makes, and whether one depends on the other."""

from collections.abc import Iterator, Sequence

from agent_brain.core.counting import count
from agent_brain.lab.analysis.analysis import Analysis, Box, Effect, Grid
from agent_brain.lab.report.document import Block, Figure, Heading, Paragraph, Table, Value, number
from agent_brain.lab.report.drawings import draw_grid
from agent_brain.lab.report.words import join, tell_difference, tell_interval, tell_p, tell_score


def write_grids(found: Analysis) -> Iterator[Block]:
    """A heat map, main effects and interactions for each grid; nothing where arms are no grid."""
    if not found.grids:
        return
    yield Heading("Factors", "factors")
    yield Paragraph.of(
        "Secondary figures: effects and interactions are of the largest complete rectangle of levels, nothing is "
        "filled in; p-values are sign-flip ones, adjusted by Holm's method within each table."
    )
    if found.box is not None:
        yield from _write_box(found.box)
    for place, grid in enumerate(found.grids, start=1):
        yield from _write_grid(grid, place)
    if found.grids_left:
        yield Paragraph.of(f"Not shown: {count(found.grids_left, 'smaller grid')} of two factors.")


def _write_box(box: Box) -> Iterator[Block]:
    yield Heading("All factors together", "box", level=3)
    levels = "; ".join(f"{name} ({', '.join(level or 'none' for level in each)})" for name, each in box.levels.items())
    left = f" Outside of it, and in no test: {join(box.left_out)}." if box.left_out else ""
    yield Paragraph.of(
        f"On every combination of {levels}, over the {count(box.tasks, 'task')} that all of these arms have done.{left}"
    )
    yield _tell_effects(box.effects)
    yield _tell_joint(box)


def _tell_joint(box: Box) -> Table:
    head = ("factors", "levels", "against", "beyond what they make alone", "95 % interval", "p")
    rows: list[tuple[Value, ...]] = [
        (
            ", ".join(each.factors),
            " with ".join(level or "none" for level in each.levels),
            " with ".join(level or "none" for level in each.bases),
            number(tell_difference(each.estimate.value)),
            number(tell_interval(each.estimate, tell_difference)),
            number(tell_p(each.p)),
        )
        for each in box.joint
    ]
    return Table.of("Interactions, averaged over the levels of all other factors, each alike", head, rows)


def _write_grid(grid: Grid, place: int) -> Iterator[Block]:
    held = "".join(f", {name} {level or 'none'}" for name, level in grid.held.items())
    title = f"{grid.rows} and {grid.columns}{held}"
    yield Heading(title, f"grid-{place}", level=3)
    words = "; ".join(
        f"{row} with {column} {tell_score(value)}"
        for row, cells in grid.means.items()
        for column, value in cells.items()
        if value is not None
    )
    left = f" Outside the rectangle, and in no test: {join(grid.left_out)}." if grid.left_out else ""
    yield Figure(
        f"heat-{place}",
        f"Mean score by {title}",
        f"Over the {count(grid.tasks, 'task')} that all arms of the rectangle have done.{left}",
        words,
        draw_grid(grid),
        _tell_cells(grid),
    )
    yield _tell_effects(grid.effects)
    yield _tell_interactions(grid)
    yield Paragraph.of(_tell_scale(grid))


def _tell_cells(grid: Grid) -> Table:
    columns = list(next(iter(grid.means.values())))
    rows: list[tuple[Value, ...]] = [
        (row, *(number(tell_score(cells[column])) for column in columns)) for row, cells in grid.means.items()
    ]
    return Table.of("Mean scores", (f"{grid.rows} \\ {grid.columns}", *columns), rows)


def _tell_effects(effects: Sequence[Effect]) -> Table:
    head = ("factor", "level", "against", "effect", "95 % interval", "p", "averaged over")
    rows: list[tuple[Value, ...]] = [
        (
            each.factor,
            each.level or "none",
            each.base or "none",
            number(tell_difference(each.estimate.value)),
            number(tell_interval(each.estimate, tell_difference)),
            number(tell_p(each.p)),
            each.weights,
        )
        for each in effects
    ]
    return Table.of("Main effects", head, rows)


def _tell_interactions(grid: Grid) -> Table:
    head = ("levels", "against", "difference of differences", "95 % interval", "p", "log odds", "crossover")
    rows: list[tuple[Value, ...]] = [
        (
            " with ".join(each.levels),
            " with ".join(each.bases),
            number(tell_difference(each.estimate.value)),
            number(tell_interval(each.estimate, tell_difference)),
            number(tell_p(each.p)),
            number(tell_difference(each.logit)),
            "yes" if each.is_crossover else "no",
        )
        for each in grid.interactions
    ]
    return Table.of("Interactions", head, rows)


def _tell_scale(grid: Grid) -> str:
    together = f" Of all interactions together: p {tell_p(grid.p_interaction)} (Greenhouse-Geisser)."
    return (
        "An interaction is measured in points of score; on another scale, as log odds, its size and even its sign may "
        "differ. Only a crossover, an effect that helps at one level and harms at the other, holds on every scale."
        + (together if grid.p_interaction is not None else "")
    )

"""Grids of factors: main effects and interactions on the largest complete rectangles of levels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from agent_brain.lab.analysis.analysis import Effect, Grid, Interaction
from agent_brain.lab.analysis.arms import measure, to_estimate
from agent_brain.lab.analysis.boxes import find_factors
from agent_brain.lab.analysis.columns import Floats
from agent_brain.lab.analysis.cube import Cube
from agent_brain.lab.analysis.design import Design
from agent_brain.lab.statistics import factorial
from agent_brain.lab.statistics.multiplicity import holm
from agent_brain.lab.statistics.rectangles import Rectangle, complete_rectangles
from agent_brain.lab.statistics.sign_flip import sign_flip

Cells = Mapping[tuple[str, str], str]
"""The arm at a row's and a column's level."""


@dataclass(frozen=True, slots=True)
class _Slice:
    """Two factors, with the levels of all others held."""

    rows: str
    columns: str
    held: tuple[tuple[str, str], ...]
    cells: Cells


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """A complete rectangle with the task means of its cells."""

    rectangle: Rectangle
    values: Floats
    families: list[str]
    seed: int


def list_grids(cube: Cube, design: Design) -> list[Grid]:
    """One for each pair of factors and each choice of the others' levels that leaves a complete rectangle.

    The largest ones stand first.
    """
    found = [grid for each in _slice(design, cube) if (grid := _analyse(cube, design, each)) is not None]
    return sorted(found, key=lambda grid: -len(grid.cells) * len(grid.column_levels))


def _slice(design: Design, cube: Cube) -> Iterator[_Slice]:
    arms, varied = find_factors(cube, design)
    for rows, columns in combinations(varied, 2):
        others = [name for name in varied if name not in (rows, columns)]
        slices: dict[tuple[tuple[str, str], ...], dict[tuple[str, str], str]] = {}
        for arm in arms:
            if rows in arm.factors and columns in arm.factors:
                held = tuple((name, arm.factors.get(name, "")) for name in others)
                slices.setdefault(held, {})[arm.factors[rows], arm.factors[columns]] = arm.name
        yield from (_Slice(rows, columns, held, cells) for held, cells in slices.items())


def _analyse(cube: Cube, design: Design, each: _Slice) -> Grid | None:
    rectangles = complete_rectangles(each.cells)
    field = next((field for one in rectangles if (field := _lay_out(cube, design, each.cells, one)) is not None), None)
    if field is None:
        return None
    one = field.rectangle
    inside = {each.cells[row, column] for row in one.rows for column in one.columns}
    interactions = list(_interact(field))
    return Grid(
        rows=each.rows,
        columns=each.columns,
        row_levels=one.rows,
        column_levels=one.columns,
        cells={row: {column: each.cells[row, column] for column in one.columns} for row in one.rows},
        means=_average(cube, design, each.cells, field),
        held=dict(each.held),
        left_out=tuple(arm for arm in each.cells.values() if arm not in inside),
        tasks=len(field.values),
        effects=(*_affect(field, each, one.rows, 0), *_affect(field, each, one.columns, 1)),
        interactions=tuple(interactions),
        p_interaction=_test_all(field),
    )


def _lay_out(cube: Cube, design: Design, cells: Cells, one: Rectangle) -> _Field | None:
    """Task means over the tasks that all cells have done whole; None where there are fewer than two."""
    places = np.array([[cube.find(cells[row, column]) for column in one.columns] for row in one.rows])
    whole, wanted = cube.find_whole(places.ravel().tolist(), design.repeats)
    if whole.sum() < 2:
        return None
    scores = cube.fill(measure(cube.columns, design.metric))[whole][:, places, :wanted].mean(axis=3)
    return _Field(one, scores, cube.pick_families(whole), design.seed)


def _average(cube: Cube, design: Design, cells: Cells, field: _Field) -> Mapping[str, Mapping[str, float | None]]:
    """Each cell's mean over the tasks of the rectangle; that of a cell outside it over its own tasks."""
    scores = cube.fill(measure(cube.columns, design.metric))
    one = field.rectangle

    def find(row: str, column: str) -> float | None:
        if row in one.rows and column in one.columns:
            return float(field.values[:, one.rows.index(row), one.columns.index(column)].mean())
        if (row, column) not in cells:
            return None
        own = scores[:, cube.find(cells[row, column])]
        return float(np.nanmean(own[~np.isnan(own).all(axis=1)], axis=1).mean())

    rows, columns = (list(dict.fromkeys(level[axis] for level in cells)) for axis in (0, 1))
    return {row: {column: find(row, column) for column in columns} for row in rows}


def _affect(field: _Field, both: _Slice, levels: Sequence[str], axis: int) -> Iterator[Effect]:
    """Each level against the first one, averaged over the other factor's levels, all alike."""
    factor, other = (both.columns, both.rows) if axis else (both.rows, both.columns)
    asked = [factorial.MainEffect(place, 0, axis=axis) for place in range(1, len(levels))]
    values = [factorial.contrast_main(field.values, each) for each in asked]
    adjusted = holm([_test(column, field) for column in values])
    for each, p in zip(asked, adjusted, strict=True):
        estimate = factorial.main_effect(field.values, each, field.families)
        weights = f"all {field.values.shape[2 - axis]} levels of {other}, each alike"
        yield Effect(factor, levels[each.high], levels[0], weights, to_estimate(estimate), p, len(field.values))


def _interact(field: _Field) -> Iterator[Interaction]:
    """Each pair of levels against the first ones; p-values adjusted for each other by Holm's method."""
    one = field.rectangle
    squares = [(row, column) for row in range(1, len(one.rows)) for column in range(1, len(one.columns))]
    cells = [field.values[:, [0, row]][:, :, [0, column]] for row, column in squares]
    adjusted = holm([_test(factorial.contrast_interaction(square), field) for square in cells])
    for (row, column), square, p in zip(squares, cells, adjusted, strict=True):
        both = factorial.scales(square)
        yield Interaction(
            (one.rows[row], one.columns[column]),
            (one.rows[0], one.columns[0]),
            to_estimate(factorial.interaction(square, field.families)),
            p,
            both.logit,
            both.is_crossover,
        )


def _test(values: Floats, field: _Field) -> float:
    return sign_flip(values, field.families, seed=field.seed).p


def _test_all(field: _Field) -> float | None:
    """Of all interactions at once, Greenhouse and Geisser's p; it knows of no families."""
    if any(field.families):
        return None
    return next(test.p_corrected for test in factorial.anova(field.values) if test.effect == "interaction")

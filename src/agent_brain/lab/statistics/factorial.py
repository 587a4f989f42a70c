"""Grids of factors: interactions, main effects and tests of both, by contrasts within each task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import EQUAL, Array, vector
from agent_brain.lab.statistics.distributions import f_tail
from agent_brain.lab.statistics.estimate import Estimate
from agent_brain.lab.statistics.paired import settle
from agent_brain.lab.statistics.units import Families, Units


@dataclass(frozen=True, slots=True)
class MainEffect:
    """A question about one factor: level `high` against level `low`, counted from 0."""

    high: int
    low: int
    axis: int = 0
    """0 is the factor of the rows, 1 that of the columns."""
    weights: tuple[float, ...] | None = None
    """Of the other factor's levels, declared beforehand; None: all alike."""


@dataclass(frozen=True, slots=True)
class Term:
    """One coefficient: how level `row`, or `column`, or both together, differ from the first of each."""

    row: int | None
    """None in a term of the column alone."""
    column: int | None
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class FTest:
    """One line of an analysis of variance with repeated measures."""

    effect: str
    """`rows`, `columns` or `interaction`."""
    f: float | None
    """None where what is left over does not vary, so that there is nothing to measure the effect by."""
    df_effect: int
    df_error: int
    p: float | None
    epsilon: float | None
    """Greenhouse and Geisser's: 1 where contrasts vary alike and independently, less where they do not."""
    p_corrected: float | None
    """With both degrees of freedom times epsilon."""


@dataclass(frozen=True, slots=True)
class Scales:
    """A 2x2 interaction on two scales, because its size, and even its sign, depends on the scale."""

    additive: float
    """In points of score: what the first factor adds at the second level, less what it adds at the first."""
    logit: float
    """In log odds; shares of 0 and 1 are moved in by half a task."""
    is_crossover: bool
    """Whether the first factor helps at one level and harms at the other: true on every scale."""

    @property
    def agree(self) -> bool:
        """Whether both have one sign; where not, only the additive one is what was measured."""
        return self.additive * self.logit > 0.0 or abs(self.additive) <= EQUAL


def interaction(cells: ArrayLike, families: Sequence[str] | None = None, *, level: float = 0.95) -> Estimate:
    """Of a 2x2 grid: (x11 - x10) - (x01 - x00), averaged over tasks; its t squared is the F of the interaction.

    Shapes: tasks x 2 x 2 of task means. Raises: SetupError for another grid, or a cell without a number.
    """
    found = grid(cells)
    _want_two_by_two(found)
    return Estimate.of(_units(contrast_interaction(found), families), level, (-2.0, 2.0))


def contrast_interaction(cells: ArrayLike) -> Array:
    """The same per task: what a sign-flip test takes."""
    found = grid(cells)
    _want_two_by_two(found)
    return settle((found[:, 1, 1] - found[:, 1, 0]) - (found[:, 0, 1] - found[:, 0, 0]))


def main_effect(
    cells: ArrayLike, effect: MainEffect, families: Sequence[str] | None = None, *, level: float = 0.95
) -> Estimate:
    """One level of a factor less another, averaged over the other factor's levels. Raises: SetupError as below."""
    return Estimate.of(_units(contrast_main(cells, effect), families), level, (-1.0, 1.0))


def contrast_main(cells: ArrayLike, effect: MainEffect) -> Array:
    """The same per task, for a sign-flip test. Raises: SetupError for unknown levels, or weights that are none."""
    if effect.axis not in (0, 1):
        raise SetupError(f"axis {effect.axis} is none of a grid; known: 0 (rows), 1 (columns)")
    found = np.swapaxes(grid(cells), 1, 2) if effect.axis == 1 else grid(cells)
    levels, others = found.shape[1:]
    if not (0 <= effect.high < levels and 0 <= effect.low < levels):
        raise SetupError(f"levels {effect.high} and {effect.low} were asked for; known: 0 to {levels - 1}")
    shares = vector([1.0] * others if effect.weights is None else effect.weights, "weights")
    if len(shares) != others or shares.min() < 0.0 or shares.sum() <= 0.0:
        raise SetupError(f"weights are {list(shares)}; wanted {others} numbers of at least 0, not all of them 0")
    return settle((found[:, effect.high] - found[:, effect.low]) @ (shares / shares.sum()))


def contrast_joint(cells: ArrayLike, levels: Mapping[int, int]) -> Array:
    """Per task, a contrast in a grid of any number of factors: what levels make together that they do not make alone.

    `levels`: of some factors, counted from 0, each against its first level; averaged over all other factors, their
    levels alike. Of one factor it is a main effect, of two an interaction, of three how that differs along the third.
    Shapes: tasks x a level of each factor. Raises: SetupError for a cell without a number, or an unknown level.
    """
    found = np.asarray(cells, dtype=np.float64)
    known = {axis: size for axis, size in enumerate(found.shape[1:])}
    if not levels or not np.isfinite(found).all() or not all(0 < levels[axis] < known.get(axis, 0) for axis in levels):
        raise SetupError(f"levels {dict(levels)} of a grid {found.shape} were asked for; wanted a complete grid's")
    for axis in reversed(known):
        layers = np.moveaxis(found, axis + 1, 0)
        found = layers[levels[axis]] - layers[0] if axis in levels else layers.mean(axis=0)
    return settle(found)


def joint_effect(
    cells: ArrayLike, levels: Mapping[int, int], families: Sequence[str] | None = None, *, level: float = 0.95
) -> Estimate:
    """Its mean over tasks; where no factor has more than two levels, t squared is the F of repeated measures."""
    reach = 2.0 ** (len(levels) - 1)
    return Estimate.of(_units(contrast_joint(cells, levels), families), level, (-reach, reach))


def coefficients(cells: ArrayLike, families: Sequence[str] | None = None, *, level: float = 0.95) -> list[Term]:
    """Of the regression on rows, columns and their products with a constant per task, clustered on task.

    Treatment coding: each against the first row and column. In a complete grid each coefficient is the mean of a
    contrast within tasks, and its clustered error (CR1, tasks as clusters) that mean's.
    """
    found = grid(cells)
    base_row, base_column = found[:, :1, :], found[:, :, :1]
    rows, columns = found - base_row, found - base_column
    products = rows - rows[:, :, :1]
    terms = [(row, None, rows[:, row, 0], 1.0) for row in range(1, found.shape[1])]
    lines = [(None, column, columns[:, 0, column], 1.0) for column in range(1, found.shape[2])]
    both = [
        (row, column, products[:, row, column], 2.0)
        for row in range(1, found.shape[1])
        for column in range(1, found.shape[2])
    ]
    return [
        Term(row, column, Estimate.of(_units(settle(values), families), level, (-reach, reach)))
        for row, column, values, reach in [*terms, *lines, *both]
    ]


def anova(cells: ArrayLike) -> list[FTest]:
    """The tests of rows, columns and their interaction, with Greenhouse and Geisser's correction.

    Shapes: tasks x rows x columns of task means. Raises: SetupError for fewer than two tasks, or no second level.
    """
    found = grid(cells)
    tasks, rows, columns = found.shape
    if tasks < 2 or min(rows, columns) < 2:
        raise SetupError(f"the grid has {tasks} tasks, {rows} rows, {columns} columns; wanted at least two of each")
    flat = found.reshape(tasks, rows * columns)
    across_rows, across_columns = np.full((rows, 1), rows**-0.5), np.full((columns, 1), columns**-0.5)
    return [
        _f_test("rows", flat @ np.kron(_orthonormal(rows), across_columns)),
        _f_test("columns", flat @ np.kron(across_rows, _orthonormal(columns))),
        _f_test("interaction", flat @ np.kron(_orthonormal(rows), _orthonormal(columns))),
    ]


def scales(cells: ArrayLike) -> Scales:
    """The interaction of a 2x2 grid on both scales. Shapes: tasks x 2 x 2, or 2 x 2 of means."""
    array = np.asarray(cells, dtype=np.float64)
    found = grid(array[None] if array.ndim == 2 else array)
    _want_two_by_two(found)
    shares = found.mean(axis=0)
    if shares.min() < 0.0 or shares.max() > 1.0:
        raise SetupError(f"cells lie between {shares.min():g} and {shares.max():g}; wanted scores from 0 to 1")
    tasks = len(found)
    inner = (shares * tasks + 0.5) / (tasks + 1) if shares.min() == 0.0 or shares.max() == 1.0 else shares
    odds = np.log(inner / (1.0 - inner))
    first, second = settle(shares[1] - shares[0])
    return Scales(float(_crossed(shares)), float(_crossed(odds)), bool(first * second < 0.0))


def grid(cells: ArrayLike) -> Array:
    """Tasks x rows x columns, complete. Raises: SetupError for another shape, or a cell without a number."""
    found = np.asarray(cells, dtype=np.float64)
    if found.ndim != 3 or not found.size:
        raise SetupError(f"a grid has the shape {found.shape}; wanted tasks x rows x columns")
    holes = np.argwhere(~np.isfinite(found))
    if len(holes):
        task, row, column = (int(number) for number in holes[0])
        raise SetupError(
            f"the cell of row {row} and column {column} has no number for the task at {task}: analyse complete "
            "rectangles (`rectangles.complete_rectangles`), and leave out tasks that a cell has not done"
        )
    return found


def _units(values: Array, families: Sequence[str] | None) -> Units:
    return Units.of(values, Families.of(families, len(values)))


def _want_two_by_two(found: Array) -> None:
    if found.shape[1:] != (2, 2):
        raise SetupError(f"the grid is {found.shape[1]} x {found.shape[2]}; wanted 2 x 2: choose two levels of each")


def _crossed(shares: Array) -> float:
    return float((shares[1, 1] - shares[0, 1]) - (shares[1, 0] - shares[0, 0]))


def _orthonormal(levels: int) -> Array:
    """Columns that span the differences between levels (Helmert's), each of length 1."""
    out = np.zeros((levels, levels - 1))
    for column in range(1, levels):
        out[:column, column - 1] = 1.0
        out[column, column - 1] = -column
    return np.asarray(out / np.linalg.norm(out, axis=0))


def _f_test(effect: str, contrasts: Array) -> FTest:
    """From tasks x orthonormal contrasts: the mean's share against the spread about it."""
    tasks, width = contrasts.shape
    df_error = width * (tasks - 1)
    means = contrasts.mean(axis=0)
    residuals = contrasts - means
    error = float(np.sum(residuals**2)) / df_error
    if error <= EQUAL * max(1.0, float(np.abs(contrasts).max())) ** 2:
        return FTest(effect, None, width, df_error, None, None, None)
    f = tasks * float(means @ means) / width / error
    spread = residuals.T @ residuals
    epsilon = float(np.trace(spread) ** 2 / (width * np.sum(spread**2)))
    p, corrected = f_tail(f, width, df_error), f_tail(f, epsilon * width, epsilon * df_error)
    return FTest(effect, f, width, df_error, p, epsilon, corrected)

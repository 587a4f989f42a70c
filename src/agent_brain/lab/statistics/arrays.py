"""What the functions of this folder take: finite numbers; what is none is refused before any sum is made."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agent_brain.core.errors import SetupError

Array = NDArray[np.float64]
"""Rows are tasks, always."""
EQUAL = 1e-12
"""Numbers that differ by less are the same number, summed up in another order."""


def vector(values: ArrayLike, what: str, *, least: int = 1) -> Array:
    """One finite number per task, at least `least` of them.

    Raises: SetupError for another shape, too few, or what is no finite number.
    """
    return _finite(_shaped(values, what, 1, least), what)


def matrix(values: ArrayLike, what: str, *, least: int = 1) -> Array:
    """Tasks x columns of finite numbers. Raises: SetupError as `vector`."""
    return _finite(_shaped(values, what, 2, least), what)


def holed(values: ArrayLike, what: str, *, least: int = 1) -> Array:
    """Tasks x columns where NaN is what was not measured: finite numbers else, at least one in each row.

    A vector is one column. Raises: SetupError as `vector`, and for a row of nothing.
    """
    array = np.asarray(values, dtype=np.float64)
    found = _shaped(array[:, None] if array.ndim == 1 else array, what, 2, least)
    if np.isinf(found).any():
        raise SetupError(f"{what} holds an infinite number; wanted finite ones, or NaN where nothing was measured")
    empty = np.flatnonzero(np.isnan(found).all(axis=1))
    if len(empty):
        raise SetupError(
            f"{what} has no number for {len(empty)} of {len(found)} tasks, the first at row {empty[0]}: "
            "leave such tasks out in all arms of the comparison"
        )
    return found


def binary(values: Array, what: str) -> Array:
    """The same numbers. Raises: SetupError where one is neither 0 nor 1 (nor NaN)."""
    other = values[~(np.isnan(values) | (values == 0.0) | (values == 1.0))]
    if len(other):
        raise SetupError(f"{what} holds {other[0]:g}; wanted 0 or 1: whether a trial passed, not its score")
    return values


def between(value: float, what: str, low: float, high: float) -> float:
    """The same number. Raises: SetupError unless it lies strictly between."""
    if not low < value < high:
        raise SetupError(f"{what} is {value:g}; wanted a number above {low:g} and below {high:g}")
    return value


def same_tasks(what: str, *arrays: Array) -> int:
    """How many tasks they all have. Raises: SetupError where that differs."""
    counts = sorted({len(array) for array in arrays})
    if len(counts) != 1:
        raise SetupError(f"{what} have {' and '.join(map(str, counts))} tasks; wanted the same tasks in the same order")
    return counts[0]


def _shaped(values: ArrayLike, what: str, dimensions: int, least: int) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != dimensions:
        wanted = "one number per task" if dimensions == 1 else "tasks x columns"
        raise SetupError(f"{what} has {array.ndim} dimensions; wanted {wanted}")
    if len(array) < least or array.size == 0:
        raise SetupError(f"{what} has {len(array)} tasks; wanted at least {least}, with a number each")
    return array


def _finite(array: Array, what: str) -> Array:
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise SetupError(
            f"{what} holds {array[row]} at row {row}; wanted finite numbers: leave out what was not measured"
        )
    return array

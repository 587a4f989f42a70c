"""Grids with holes: the complete rectangles and boxes in them, which can be analysed; nothing is ever filled in."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TypeVar

from agent_brain.core.errors import SetupError

T = TypeVar("T", bound=Hashable)
Box = tuple[tuple[str, ...], ...]
"""Levels of each factor of which every combination was run."""
RECTANGLES_MAX = 20_000
"""So many sets of levels are looked at before a grid is refused."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Levels of both factors of which every combination was run."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def cells(self) -> int:
        """How many combinations it holds."""
        return len(self.rows) * len(self.columns)


def complete_rectangles(cells: Iterable[tuple[str, str]]) -> list[Rectangle]:
    """All rectangles that no larger one holds, at least 2 x 2, the largest first; levels in the order of the cells.

    Raises: SetupError for a grid with too many of them.
    """
    pairs = list(dict.fromkeys(cells))
    columns_of: dict[str, set[str]] = {}
    for row, column in pairs:
        columns_of.setdefault(row, set()).add(column)
    order = {column: place for place, column in enumerate(dict.fromkeys(column for _, column in pairs))}
    found = [_rectangle(shared, columns_of, order) for shared in _shared(columns_of)]
    return sorted(
        (one for one in found if len(one.rows) >= 2 and len(one.columns) >= 2),
        key=lambda one: (-one.cells, -len(one.rows), one.rows, one.columns),
    )


def complete_boxes(cells: Iterable[Sequence[str]]) -> list[Box]:
    """The same of any number of factors, at least two levels of each; a cell has a level of every factor.

    Raises: SetupError as `complete_rectangles`.
    """
    known = list(dict.fromkeys(map(tuple, cells)))
    places = [
        {level: place for place, level in enumerate(dict.fromkeys(levels))} for levels in zip(*known, strict=True)
    ]
    # one box may be found in several ways, each with an order of its own
    found = {
        tuple(tuple(sorted(levels, key=of.__getitem__)) for levels, of in zip(box, places, strict=True))
        for box in _find_boxes(known)
    }
    return sorted(found, key=lambda box: (-prod(map(len, box)), box))


def _find_boxes(cells: Sequence[tuple[str, ...]]) -> list[Box]:
    """By the first factor's levels, and the boxes of the others in what these have in common."""
    if not cells or len(cells[0]) < 2:
        levels = tuple(cell[0] for cell in cells)
        return [(levels,)] if len(levels) > 1 else []
    rest_of: dict[str, set[tuple[str, ...]]] = {}
    for cell in cells:
        rest_of.setdefault(cell[0], set()).add(cell[1:])
    found = []
    for shared in _shared(rest_of):
        for box in _find_boxes([cell for cell in dict.fromkeys(cell[1:] for cell in cells) if cell in shared]):
            inside = set(product(*box))
            levels = tuple(level for level, rest in rest_of.items() if inside <= rest)
            found += [(levels, *box)] if len(levels) > 1 else []
    return found


def _shared(columns_of: Mapping[str, set[T]]) -> list[frozenset[T]]:
    """Every set of columns that some rows have in common, and nothing else has."""
    sets: set[frozenset[T]] = set()
    for columns in columns_of.values():
        sets |= {one & columns for one in sets} | {frozenset(columns)}
        if len(sets) > RECTANGLES_MAX:
            raise SetupError(
                f"the grid holds more than {RECTANGLES_MAX} rectangles; wanted fewer holes, or fewer levels"
            )
    return [one for one in sets if one]


def _rectangle(shared: frozenset[str], columns_of: Mapping[str, set[str]], order: Mapping[str, int]) -> Rectangle:
    rows: Sequence[str] = [row for row, columns in columns_of.items() if shared <= columns]
    return Rectangle(tuple(rows), tuple(sorted(shared, key=order.__getitem__)))

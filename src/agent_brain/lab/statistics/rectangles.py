"""Grids with holes: the complete rectangles in them, which can be analysed; nothing is ever filled in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent_brain.core.errors import SetupError

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


def _shared(columns_of: Mapping[str, set[str]]) -> list[frozenset[str]]:
    """Every set of columns that some rows have in common, and nothing else has."""
    sets: set[frozenset[str]] = set()
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

"""One line of the journal's table, and the table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One figure, what it must keep to, and what it was made of."""

    case: str
    unit: str
    figure: float
    bound: float | None = None
    """The largest figure that is good enough, or the smallest with `is_least`; None: it is only told."""
    beside: str = ""
    is_least: bool = False

    @property
    def is_good(self) -> bool:
        """True where it keeps to its bound."""
        if self.bound is None:
            return True
        return self.figure >= self.bound if self.is_least else self.figure <= self.bound


def print_lines(lines: Sequence[Line], title: str = "journal") -> bool:
    """Print the table; True where each figure keeps to its bound."""
    width = max((len(line.case) for line in lines), default=0)
    print(f"\n{title:{width}}  {'unit':>7}  {'figure':>8}  {'target':>8}")
    for line in lines:
        sign = ">=" if line.is_least else "<="
        verdict = "" if line.bound is None else f"{sign} {line.bound:<7.4g} {'ok' if line.is_good else 'OVER'}"
        row = f"{line.case:{width}}  {line.unit:>7}  {line.figure:8.4g}  {verdict:15}  {line.beside}"
        print(row.rstrip())
    return all(line.is_good for line in lines)

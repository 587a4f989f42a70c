"""One line of the table, and the table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What one case costs each contender."""

    case: str
    unit: str
    hand: float
    """The hand-written loop's cost, or that of `import openai`."""
    ours: float
    fast: float | None = None
    target: float | None = None
    """The largest ratio that is good enough; None: none was promised."""
    target_fast: float | None = None
    beside: str = ""
    """What is told behind it."""
    beside_fast: str = ""


def print_table(rows: Sequence[Row]) -> bool:
    """Print two blocks, one for any client and one for the extra `fast`; True where no ratio is over its target."""
    plain = [(row, row.ours, row.target, row.beside) for row in rows]
    fast = [(row, row.fast, row.target_fast, row.beside_fast) for row in rows if row.fast is not None]
    width = max((len(row.case) for row in rows), default=0)
    are_good = True
    for title, block in (("any AsyncOpenAI", plain), ("with the extra `fast`: the SDK's aiohttp client", fast)):
        if not block:
            continue
        print(f"\n{title}")
        print(f"{'case':{width}}  {'unit':>4}  {'by hand':>9}  {'ours':>9}  {'ratio':>6}  {'target':>6}")
        for row, ours, target, beside in block:
            ratio = (ours or 0.0) / row.hand if row.hand else float("nan")
            is_good = target is None or ratio <= target
            are_good = are_good and is_good
            verdict = "" if target is None else f"{target:6.2f}  {'ok' if is_good else 'OVER'}"
            figures = f"{row.hand:9.2f}  {ours:9.2f}  {ratio:6.3f}"
            print(f"{row.case:{width}}  {row.unit:>4}  {figures}  {verdict:12}  {beside}".rstrip())
    return are_good

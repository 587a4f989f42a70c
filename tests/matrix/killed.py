"""Processes that drive a cell over SQLite and kill themselves in the middle: `python -m matrix.killed FOLDER`."""

import asyncio
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from durability.kill_points import KillPoints, MortalSqliteStore
from durability.outside import Outside
from matrix.pairs import QUESTION, Cell, run_to_end

CELLS: Sequence[Cell] = [
    Cell("react", "mask(2)+todo+notes", "native", 3),
    Cell("plan_execute", "messages+hierarchical", "text", 4),
    Cell("reflexion", "messages+episodic", "text", 5),
    Cell("self_consistency(react)", "summary(0.5)+lessons", "native", 6, is_chaotic=True),
    Cell("debate(react)", "window(3)+goal", "text", 7, is_chaotic=True),
    Cell("llm_compiler", "fold", "native", 8),
    Cell("ask(react_brief)", "messages+keyfacts", "text", 9),
    Cell("adapt", "state", "native", 10, is_chaotic=True),
]
POINTS = 40
"""A run passes three around each write; it dies at one of so many, or has ended before."""


def get_path(folder: Path, place: int) -> Path:
    """Where the run of a cell is kept."""
    return folder / f"{place}.db"


def live(folder: Path, place: int) -> None:
    """Drive a cell's run, and die in the middle of it."""
    cell, outside = CELLS[place], Outside(folder / f"{place}.txt")
    fatal = random.Random(str(cell)).randrange(8, POINTS)

    async def drive() -> None:
        store = MortalSqliteStore(str(get_path(folder, place)), KillPoints(outside, fatal))
        brain, _ = cell.make_brain(store)
        await run_to_end(brain, await brain.submit(QUESTION, run_id="r"))

    asyncio.run(drive())


def main(folder: Path) -> None:
    """One child for each cell; prints how each has ended."""
    for place in range(len(CELLS)):
        child = os.fork()
        if child == 0:
            live(folder, place)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

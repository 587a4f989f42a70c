"""A pair of a net and a memory tried: to its end, played back, and once more from anywhere."""

import random
from collections.abc import Sequence

import pytest

from agent_brain import MemoryStore, SetupError
from matrix.pairs import NAMES, QUESTION, REFUSED, SPECS, Cell, read_commits
from soak import IS_WHOLE


async def try_net(net: str, wire: str) -> None:
    """With every memory. Raises: whatever breaks, with its cell."""
    for memory in SPECS:
        for cell in make_cells(net, memory, wire):
            try:
                await (refuse if (net, memory) in REFUSED else try_cell)(cell)
            except Exception as error:
                error.add_note(str(cell))
                raise


def make_cells(net: str, memory: str, wire: str) -> Sequence[Cell]:
    """By models that say anything, and by chaotic ones: each over one of the wires; over both where it is a soak."""
    cells = (Cell(net, memory, wire, 0), Cell(net, memory, wire, 1, is_chaotic=True))
    place = NAMES.index(net) + SPECS.index(memory) + (wire == "native")
    return cells if IS_WHOLE else [cells[place % 2]]


async def try_cell(cell: Cell) -> None:
    """One run to its end; played back; and once more from a random commit of it, as after a kill."""
    store = MemoryStore(keep=10_000)
    brain, _ = cell.make_brain(store)
    run_id = await brain.submit(QUESTION, run_id="r")
    await cell.finish(store, run_id, is_replayed=True)

    commit = random.Random(str(cell)).choice(await read_commits(store, run_id))
    fork_id = await brain.fork(run_id, commit.last)
    await cell.finish(store, fork_id)


async def refuse(cell: Cell) -> None:
    """No brain is made of it, and it is said why."""
    with pytest.raises(SetupError, match="samples must not share writable memory"):
        cell.make_brain(MemoryStore())

"""What the tried runs meet on their way: that they come to their ends says little where nothing happens."""

from collections import Counter
from itertools import product

from agent_brain import MemoryStore
from agent_brain.core.records import Record, SubRecord
from matrix.pairs import ENDS, QUESTION, Cell, read_commits, run_to_end

NETS = ["react", "retry(refact)", "reflexion(plan_execute)"]
SEEDS = range(30)


def name(record: Record) -> str:
    """What it is, and whether it is of a run inside."""
    if not isinstance(record, SubRecord):
        return type(record).__name__
    return f"inner {name(record.record).removeprefix('inner ')}"


async def count_met() -> Counter[str]:
    """The records of some runs, by name, and how the runs have ended."""
    met: Counter[str] = Counter()
    for net, seed in product(NETS, SEEDS):
        cell, store = Cell(net, "messages", "text", seed, is_chaotic=seed % 2 == 1), MemoryStore(keep=10_000)
        brain, _ = cell.make_brain(store)
        result = await run_to_end(brain, await brain.submit(QUESTION, run_id="r"))
        met[result.status] += 1
        met.update(name(record) for commit in await read_commits(store, "r") for record in commit.records)
    return met


async def test_the_tried_runs_meet_faults_failures_pauses_and_limits_inside_and_outside() -> None:
    met = await count_met()

    assert met.keys() >= ENDS, met
    wanted = {"Faulted", "ActionFinished", "Paused", "Replied", "LimitMet"}
    assert {*wanted, *(f"inner {each}" for each in wanted - {"Replied"})} <= met.keys(), met

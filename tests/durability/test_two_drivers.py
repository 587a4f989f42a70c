"""Many processes want to drive the same runs: each step is written once, and whoever was taken over stops."""

import signal
from pathlib import Path
from typing import Any

import pytest

from durability.gate import shut_gate
from durability.nursery import Child, Nursery
from durability.outside import Outside, count
from durability.spots import House, Reading, Spot
from durability.verdict import Scene, judge
from durability.work import REPEATABLE

pytestmark = pytest.mark.asyncio(loop_scope="session")

DRIVERS = 50
RUNS = 20
SHORT_LEASE_SECONDS = 0.6
TAKEN_OVER = "run 'run' was taken over by another driver; this one stops"
STOPS = [
    "model at 0", "look 1 before", "append 3 before", "model at 1", "pay 30 before", "pay 30 after", "append 6 before",
    "append 8 before", "ship 6 after", "append 26 before",
]  # fmt: skip
"""Points without a write under way: a process that is stopped in the middle of one keeps SQLite's lock."""


@pytest.fixture
def spot(house: House, tmp_path: Path) -> Spot:
    return Spot(house, house.make_url("run"), "run", Outside(tmp_path / "outside.txt"))


async def test_fifty_drivers_of_twenty_runs_write_each_step_once(
    nursery: Nursery, house: House, spot: Spot, tmp_path: Path
) -> None:
    run_ids = [f"run{number}" for number in range(RUNS)]
    await nursery.start("submit", **spot.words, run_ids=run_ids).finish()

    gate = tmp_path / "gate"
    with shut_gate(gate):
        orders = [run_ids[place % RUNS :] + run_ids[: place % RUNS] for place in range(DRIVERS)]
        drivers = [nursery.start("race", **{**spot.words, "run_ids": order}, gate=str(gate)) for order in orders]
        for driver in drivers:
            await driver.hear("ready")
    results = [await driver.finish() for driver in drivers]

    first = await spot.read(run_ids[0])
    for run_id in run_ids:
        end = await spot.read(run_id)
        judge(run_id, (), end, spot.outside, first)
        assert {entry.epoch for entry in end.entries[1:]} == {1}
    assert {answer for _, answers in results for answer in answers} == {first.env.answer}
    assert sum(busy for busy, _ in results) >= DRIVERS - RUNS


@pytest.mark.parametrize("point", STOPS)
async def test_a_driver_that_was_stopped_past_its_lease_is_fenced(nursery: Nursery, spot: Spot, point: str) -> None:
    stopped = await stop_at(nursery, spot, "stall", point)
    scene = Scene(await spot.read(), spot.outside.read(spot.run_id))
    await spot.expire()

    finished = await nursery.start("work", **spot.words, is_begun=True).finish()
    end = await spot.read()
    judge(spot.run_id, [scene], end, spot.outside, end)
    stopped.send(signal.SIGCONT)
    said = await stopped.finish()

    assert (said, finished) == (TAKEN_OVER, end.env.answer)
    assert (await spot.read()) == end
    check_effects(spot, end)


async def test_a_lease_ends_by_itself_while_its_driver_stands_still(nursery: Nursery, spot: Spot) -> None:
    stopped = await stop_at(nursery, spot, "stall", STOPS[0], lease_seconds=SHORT_LEASE_SECONDS)

    finished = await nursery.start("insist", **spot.words).finish()
    stopped.send(signal.SIGCONT)

    assert await stopped.finish() == TAKEN_OVER
    assert finished == (await spot.read()).env.answer


@pytest.mark.parametrize("point", STOPS[3:7])
async def test_a_claim_alone_fences_whoever_had_the_run(nursery: Nursery, spot: Spot, point: str) -> None:
    stopped = await stop_at(nursery, spot, "stall", point)
    before = await spot.read()
    await spot.expire()
    taker = await stop_at(nursery, spot, "work", "claim 1 after", is_begun=True)

    stopped.send(signal.SIGCONT)
    said = await stopped.finish()
    assert (said, await spot.read()) == (TAKEN_OVER, before)
    taker.send(signal.SIGCONT)
    finished = await taker.finish()

    end = await spot.read()
    assert finished == end.env.answer
    assert end.entries[: len(before.entries)] == before.entries
    check_effects(spot, end)


async def stop_at(nursery: Nursery, spot: Spot, errand: str, point: str, **words: Any) -> Child:
    """A process that has come to this point and stands still."""
    child = nursery.start(errand, **spot.words, fatal=point, signal=signal.SIGSTOP, **words)
    await child.hear("stopped")
    return child


def check_effects(spot: Spot, end: Reading) -> None:
    """Whatever several processes did at the same time: what cannot be repeated took effect once at most."""
    lines = spot.outside.read()
    for item in end.env.log:
        if item.action is not None and item.action.name not in REPEATABLE:
            assert count(lines, "effect", item.action_id) <= 1

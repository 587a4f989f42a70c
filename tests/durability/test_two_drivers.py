"""Many processes want to drive the same runs: each step is written once, and whoever was taken over stops."""

import signal
from pathlib import Path

import pytest

from durability.gate import shut_gate
from durability.nursery import Nursery
from durability.outside import Outside, count
from durability.spots import House, Spot
from durability.verdict import Scene, judge
from durability.work import REPEATABLE

pytestmark = pytest.mark.asyncio(loop_scope="session")

DRIVERS = 50
RUNS = 20
LEASE_SECONDS = 0.3
STOPS = [
    "model at 0", "look 1 before", "look 1 after", "append 3 before", "model at 1", "pay 20 before", "pay 20 after",
    "note 2 after", "append 6 before", "append 8 before", "ship 4 before", "ship 4 after", "ship 6 after",
    "append 26 before",
]  # fmt: skip


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
    stopped = nursery.start("stall", **spot.words, fatal=point, lease_seconds=LEASE_SECONDS)
    await stopped.hear("stopped")
    scene = Scene(await spot.read(), spot.outside.read())

    finished = await nursery.start("insist", **spot.words, lease_seconds=LEASE_SECONDS).finish()
    end = await spot.read()
    judge(spot.run_id, [scene], end, spot.outside, end)
    stopped.send(signal.SIGCONT)
    said = await stopped.finish()

    lines, actions = spot.outside.read(), [item for item in end.env.log if item.action]
    assert said == "run 'run' was taken over by another driver; this one stops"
    assert finished["answer"] == end.env.answer
    assert (await spot.read()) == end
    for item in actions:
        assert count(lines, "effect", item.action_id) <= 1 or (item.action and item.action.name in REPEATABLE)

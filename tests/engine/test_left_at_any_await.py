"""However a driver is cancelled, and however often in a row, its run keeps no lease and can be taken on."""

import asyncio
import gc
from collections.abc import Collection, Coroutine, Sequence
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.records import Record, Status
from agent_brain.core.store import Lease, NewRun, Position, RunInfo
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool

TURNS_MAX = 500


class FarStore(MemoryStore):
    """What is asked of it has been done before its caller hears of it, as in a thread or on a server."""

    async def create(self, run: NewRun, records: Sequence[Record], position: Position, owner: str) -> Lease:
        lease = await super().create(run, records, position, owner)
        await asyncio.sleep(0)
        return lease

    async def claim(self, run_id: str, owner: str, statuses: Collection[Status]) -> tuple[Lease, RunInfo]:
        taken = await super().claim(run_id, owner, statuses)
        await asyncio.sleep(0)
        return taken

    async def append(self, lease: Lease, *args: Any, **options: Any) -> None:
        await super().append(lease, *args, **options)
        await asyncio.sleep(0)

    async def get(self, run_id: str) -> RunInfo:
        await asyncio.sleep(0)
        return await super().get(run_id)


@tool(read_only=True)
async def look(place: str) -> str:
    """Look somewhere."""
    await asyncio.sleep(0)
    return "seen"


def make_brain(store: MemoryStore) -> Brain:
    looks = '[{"name": "look", "args": {"place": "a"}}, {"name": "look", "args": {"place": "b"}}]'

    def say(messages: Any) -> str:
        return looks if len(messages) == 2 else "Seen."

    return Brain(model=ScriptedModel(say), tools=[look], store=store)


async def cancel_after(work: Coroutine[Any, Any, Result], turns: int) -> bool:
    """Let it run for so many turns of the loop, then cancel it at every await; False where it had ended by then."""
    task = asyncio.create_task(work)
    for _ in range(turns):
        await asyncio.sleep(0)
    if task.done():
        return False
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
    return True


async def drive(store: MemoryStore, way: str) -> Result:
    brain = make_brain(store)
    if way == "run":
        return await brain.run("Look.", run_id="r")
    await brain.submit("Look.", run_id="r")
    return await (brain.go_on("r") if way == "resume" else brain.drive("r"))


async def find_left(store: MemoryStore) -> Status | None:
    """The run's status; None where it was not even begun."""
    runs = await store.list_runs()
    return runs[0].status if runs else None


@pytest.mark.parametrize("way", ["run", "resume", "drive"])
async def test_a_run_keeps_no_lease_wherever_its_driver_is_cancelled(way: str) -> None:
    for turns in range(TURNS_MAX):
        store = FarStore()
        if not await cancel_after(drive(store, way), turns):
            return
        left = await find_left(store)
        assert left is not Status.RUNNING, f"after {turns} turns"
        assert left is None or (await make_brain(store).go_on("r")).answer == "Seen."
    raise AssertionError("the run did not come to its end")


def test_a_run_whose_loop_was_closed_is_stopped_when_it_is_collected() -> None:
    store, loop = MemoryStore(), asyncio.new_event_loop()
    events = make_brain(store).stream("Look.", run_id="r")
    loop.run_until_complete(anext(events))
    loop.close()

    del events
    gc.collect()

    assert asyncio.run(find_left(store)) is Status.STOPPED

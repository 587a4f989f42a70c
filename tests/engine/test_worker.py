"""A worker takes the runs that need a driver, whatever happens to one of them, and leaves the rest to others."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Delta
from agent_brain.core.errors import NetChanged, SetupError, StoreBroken, StoreDown
from agent_brain.core.records import Record, Status
from agent_brain.core.store import Commit, Lease, Position, RunInfo, Store
from agent_brain.engine.driver import Driver
from agent_brain.engine.worker import Outcome, Worker
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.react import react
from agent_brain.stores.memory import MemoryStore
from agent_brain.stores.sqlite import SqliteStore
from engine.dying_worker import make_brain, open_store
from engine.waiting import PAID, Payments, make_payer

TESTS = Path(__file__).parents[1]


class Gate:
    """A model that answers once the gate is open, and counts who stands before it."""

    name = "gate"

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.waiting = self.most = 0
        self.full = asyncio.Event()

    async def stream(self, messages: object) -> AsyncGenerator[Delta, None]:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        self.full.set()
        try:
            await self.open.wait()
        finally:
            self.waiting -= 1
        yield Delta("It is 5.")


def make_brain_of(store: Store, model: object = None) -> Brain:
    return Brain(model=model or ScriptedModel(lambda messages: "It is 5."), store=store)  # type: ignore[arg-type]  # a double


async def work(worker: Worker, enough: int | None = None) -> list[Outcome]:
    """The outcomes until nothing is left, or the first ones."""
    outcomes: list[Outcome] = []
    async with aclosing(worker.work(until_idle=enough is None)) as found:
        async for outcome in found:
            outcomes.append(outcome)
            if len(outcomes) == enough:
                break
    return outcomes


async def test_what_was_submitted_is_driven_to_its_end() -> None:
    brain = make_brain_of(store := MemoryStore())
    run_ids = [await brain.submit("What is 2 + 3?") for _ in range(20)]

    outcomes = await work(Worker(store, lambda info: brain))

    assert sorted(outcome.run_id for outcome in outcomes) == sorted(run_ids)
    assert {outcome.result.answer for outcome in outcomes if outcome.result} == {"It is 5."}
    assert await store.list_due() == []


async def test_no_more_runs_than_allowed_are_under_way_at_once() -> None:
    store, gate = MemoryStore(), Gate()
    brain = make_brain_of(store, gate)
    for _ in range(7):
        await brain.submit("What is 2 + 3?")

    working = asyncio.create_task(work(Worker(store, lambda info: brain, runs_max=3)))
    await gate.full.wait()
    gate.open.set()

    assert len(await working) == 7
    assert 1 <= gate.most <= 3


async def test_a_run_that_comes_later_is_taken_at_once_and_not_at_the_next_sweep() -> None:
    brain = make_brain_of(store := MemoryStore())
    worker = Worker(store, lambda info: brain, sweep_seconds=3600)
    working = asyncio.create_task(work(worker, 2))

    first = await brain.submit("What is 2 + 3?")
    second = await brain.submit("What is 2 + 3?")

    async with asyncio.timeout(20):
        assert {outcome.run_id for outcome in await working} == {first, second}


async def test_a_worker_that_is_cancelled_leaves_its_runs_to_the_next_one() -> None:
    store, gate = MemoryStore(), Gate()
    run_id = await make_brain_of(store).submit("What is 2 + 3?")
    blocked = make_brain_of(store, gate)
    working = asyncio.create_task(work(Worker(store, lambda info: blocked)))
    await gate.full.wait()

    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    assert (await store.get(run_id)).status is Status.READY
    free = make_brain_of(store)
    assert [outcome.run_id for outcome in await work(Worker(store, lambda info: free))] == [run_id]


async def test_a_worker_that_is_closed_leaves_its_runs_too() -> None:
    store, gate = MemoryStore(), Gate()
    brain, blocked = make_brain_of(store), make_brain_of(store, gate)
    slow, fast = await brain.submit("What is slow?"), await brain.submit("What is fast?")

    drivers = {slow: blocked, fast: brain}
    [outcome] = await work(Worker(store, lambda info: drivers[info.run_id]), 1)

    assert outcome.run_id == fast
    assert (await store.get(slow)).status is Status.READY
    assert gate.waiting == 0


async def test_a_pause_that_has_expired_wakes_its_run() -> None:
    now = [1000.0]
    store = MemoryStore(clock=lambda: now[0])
    payments = Payments(approval_seconds=60.0)
    brain = make_payer(store, payments, *PAID, clock=lambda: now[0])
    await brain.run("Pay Ann.", run_id="pay")

    assert await work(Worker(store, lambda info: brain)) == []
    now[0] += 61
    [outcome] = await work(Worker(store, lambda info: brain))

    assert outcome.result is not None
    assert outcome.result.answer == "Ann was paid."
    assert payments.calls == []


async def test_a_pause_that_has_expired_by_one_clock_alone_is_no_endless_loop() -> None:
    store = MemoryStore(clock=lambda: 2000.0)
    brain = make_payer(store, Payments(approval_seconds=60.0), clock=lambda: 1000.0)
    await brain.run("Pay Ann.", run_id="pay")

    outcomes = await work(Worker(store, lambda info: brain, sweep_seconds=3600))

    assert [outcome.result.status for outcome in outcomes if outcome.result] == [Status.WAITING]


async def test_a_run_of_another_net_is_tried_once_and_hides_no_other() -> None:
    store, asked = MemoryStore(), list[str]()
    other = Brain(net=replace(react, instructions="Else.", moves=react.table), model=ScriptedModel([]), store=store)
    changed = [await other.submit("What is 2 + 3?") for _ in range(5)]
    brain = make_brain_of(store)
    good = await brain.submit("What is 2 + 3?")

    def find_driver(info: RunInfo) -> Driver:
        asked.append(info.run_id)
        return brain

    outcomes = await work(Worker(store, find_driver, runs_max=1))

    assert sorted(asked) == sorted([*changed, good])
    errors = {outcome.run_id: type(outcome.error) for outcome in outcomes}
    assert errors == {**dict.fromkeys(changed, NetChanged), good: type(None)}
    assert {(await store.get(run_id)).status for run_id in changed} == {Status.READY}


async def test_no_driver_and_a_bug_are_outcomes_of_their_own_run_alone() -> None:
    store = MemoryStore()
    brain, broken = make_brain_of(store), make_brain_of(store, ScriptedModel([]))
    good, bad, lost = [await brain.submit("What is 2 + 3?") for _ in range(3)]

    async def find_driver(info: RunInfo) -> Driver:
        if info.run_id == lost:
            raise LookupError("no such driver")
        return broken if info.run_id == bad else brain

    outcomes = {outcome.run_id: outcome for outcome in await work(Worker(store, find_driver))}

    assert outcomes[good].result is not None
    assert isinstance(outcomes[bad].error, SetupError)
    assert isinstance(outcomes[lost].error, LookupError)
    assert (await store.get(bad)).status is Status.STOPPED
    assert (await store.get(lost)).status is Status.READY


async def test_a_run_that_another_worker_has_ended_meanwhile_is_no_outcome_of_this_one_too() -> None:
    brain = make_brain_of(store := MemoryStore())
    run_id = await brain.submit("What is 2 + 3?")

    async def find(_: RunInfo) -> Brain:
        await brain.drive(run_id)
        return brain

    assert await work(Worker(store, find)) == []
    assert (await store.get(run_id)).status is Status.ANSWERED


async def test_a_run_that_another_worker_took_is_no_outcome() -> None:
    store, gate = MemoryStore(), Gate()
    brain = make_brain_of(store, gate)
    await brain.submit("What is 2 + 3?")
    workers = [asyncio.create_task(work(Worker(store, lambda info: brain))) for _ in range(5)]
    await gate.full.wait()
    gate.open.set()
    assert sorted(len(outcomes) for outcomes in await asyncio.gather(*workers)) == [0, 0, 0, 0, 1]


class Lingering(MemoryStore):
    """A store that makes the commit which ends the first step, and does not come back from it."""

    def __init__(self) -> None:
        super().__init__()
        self.made = asyncio.Event()

    async def append(
        self,
        lease: Lease,
        head: int,
        records: Sequence[Record],
        position: Position | None = None,
        *,
        is_barrier: bool = False,
    ) -> None:
        await super().append(lease, head, records, position, is_barrier=is_barrier)
        if position is not None and not self.made.is_set():
            self.made.set()
            await asyncio.Event().wait()


async def test_a_run_whose_commit_was_cancelled_and_made_is_left_to_the_next_worker() -> None:
    brain = make_brain_of(store := Lingering())
    run_id = await brain.submit("What is 2 + 3?")
    working = asyncio.create_task(work(Worker(store, lambda info: brain)))
    await store.made.wait()

    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    assert (await store.get(run_id)).status is Status.READY
    [outcome] = await work(Worker(store, lambda info: brain))
    assert outcome.result is not None
    assert outcome.result.answer == "It is 5."


class Faulty(MemoryStore):
    """A store that is down for a while."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)

    async def list_due(self, limit: int = 100) -> list[RunInfo]:
        if self.errors:
            raise self.errors.pop(0)
        return await super().list_due(limit)


async def test_a_store_that_is_down_is_told_and_asked_again() -> None:
    brain = make_brain_of(store := Faulty(StoreDown("locked"), StoreDown("locked")))
    run_id = await brain.submit("What is 2 + 3?")

    outcomes = await work(Worker(store, lambda info: brain, sweep_seconds=0.01))

    assert [outcome.run_id for outcome in outcomes] == ["", "", run_id]
    assert isinstance(outcomes[0].error, StoreDown)


class Unreadable(MemoryStore):
    """A store in which one run's journal is damaged."""

    def read(self, run_id: str, after: int = 0, until: int | None = None) -> AsyncGenerator[Commit, None]:
        if run_id == "bad":
            raise StoreBroken("no records of version 1")
        return super().read(run_id, after, until)


async def test_a_run_that_cannot_be_read_is_stuck_and_the_others_go_on() -> None:
    brain = make_brain_of(store := Unreadable())
    for run_id in ("bad", "good"):
        await brain.submit("What is 2 + 3?", run_id=run_id)

    outcomes = {outcome.run_id: outcome for outcome in await work(Worker(store, lambda info: brain))}

    assert isinstance(outcomes["bad"].error, StoreBroken)
    assert outcomes["good"].error is None
    assert (await store.get("bad")).status is Status.STUCK


async def test_a_store_that_is_broken_ends_the_worker() -> None:
    store = Faulty(StoreBroken("of a newer version"))
    with pytest.raises(StoreBroken):
        await work(Worker(store, lambda info: make_brain_of(store)))


async def test_a_worker_without_room_is_refused() -> None:
    for options in ({"runs_max": 0}, {"sweep_seconds": 0}):
        with pytest.raises(SetupError, match="wanted at least 1"):
            Worker(MemoryStore(), lambda info: make_brain_of(MemoryStore()), **options)


async def test_a_run_that_kills_each_of_its_drivers_is_stuck_in_the_end(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    store = open_store(path)
    run_id = await make_brain(store).submit("Do it.")

    ends = [await run_worker(path) for _ in range(6)]

    assert [code for code, _ in ends] == [9, 9, 9, 9, 9, 0]
    assert f"{run_id} run '{run_id}' is stuck: 5 drivers died in its last step" in ends[-1][1]
    assert (await store.get(run_id)).status is Status.STUCK
    assert await store.list_due() == []
    await store.aclose()


async def run_worker(path: str) -> tuple[int | None, str]:
    """A worker in a process of its own, to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "engine.dying_worker", path, cwd=TESTS, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_a_run_whose_driver_was_killed_is_taken_by_the_next_worker(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    store = open_store(path)
    run_id = await make_brain(store).submit("Do it.")
    assert (await run_worker(path))[0] == 9

    saved = SqliteStore(path, lease_seconds=0.2)
    brain = Brain(model=ScriptedModel(["It is done."] * 2), tools=Payments(name="die"), store=saved)
    [outcome] = await work(Worker(saved, lambda info: brain, sweep_seconds=0.05), 1)

    assert (outcome.run_id, outcome.error) == (run_id, None)
    await saved.aclose()
    await store.aclose()

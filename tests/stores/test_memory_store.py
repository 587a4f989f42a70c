"""The store in memory: the contract, and what it lets go of."""

import asyncio
import itertools
import threading

import pytest

from agent_brain.core.errors import RunUnknown
from agent_brain.core.records import Status
from agent_brain.core.store import Parent, Position, Store
from agent_brain.stores.memory import MemoryStore
from stores.journals import DONE, IDLE, WAITING, MakeStore, begin, notes, read_texts
from stores.store_contract import StoreContract


def make_ticking(keep: int = 1000) -> MemoryStore:
    """A store whose clock moves with each look at it, so that no two changes are at one time."""
    ticks = itertools.count(1_000_000_000)
    return MemoryStore(keep=keep, clock=lambda: next(ticks) / 1000)


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        store = make_ticking()

        async def get_the_one() -> Store:
            return store

        return get_the_one


async def test_no_other_process_sees_it() -> None:
    store = MemoryStore()
    assert store.lease_seconds is None
    assert store.is_private


async def test_of_ended_runs_the_last_ones_are_kept_and_of_open_ones_all() -> None:
    store = make_ticking(keep=3)
    for n in range(5):
        await begin(store, f"open{n}", position=[IDLE, WAITING][n % 2])
    for n in range(10):
        await begin(store, f"ended{n}", position=DONE)
    assert await store.find("ended") == ["ended7", "ended8", "ended9"]
    assert len(await store.find("open")) == 5
    with pytest.raises(RunUnknown):
        await store.get("ended6")


async def test_runs_that_nobody_comes_back_to_are_not_kept_for_ever() -> None:
    store = make_ticking(keep=3)
    for n in range(10):
        await begin(store, f"left{n}", position=Position("reasoning", Status.STOPPED))
    assert await store.find("left") == ["left7", "left8", "left9"]


async def test_a_run_that_goes_on_after_its_end_is_kept() -> None:
    store = make_ticking(keep=1)
    await begin(store, "first", position=DONE)
    lease, _ = await store.claim("first", "bob", [Status.ANSWERED])
    await begin(store, "second", position=DONE)
    await begin(store, "third", position=DONE)
    await store.append(lease, 2, notes("c"), Position("end", Status.FAILED))
    assert await store.find("") == ["first"]


async def test_a_fork_outlives_its_parent() -> None:
    store = make_ticking(keep=1)
    await begin(store, "parent", position=DONE)
    await store.put_snapshot("parent", 1, b"env")
    await begin(store, "fork", "c", parent=Parent("parent", 2))
    await begin(store, "next", position=DONE)
    assert await store.find("parent") == []
    assert await read_texts(store, "fork") == ["a", "b", "c"]
    assert await store.read_snapshot("fork") == (1, b"env")
    assert (await store.get("fork")).parent == Parent("parent", 2)


async def test_the_memory_of_runs_that_are_gone_is_gone() -> None:
    store = MemoryStore(keep=2)
    for n in range(50):
        await begin(store, f"{n}", position=DONE)
    assert len(store._runs) == len(store._over) == 2


def test_event_loops_in_several_threads_share_it() -> None:
    store = MemoryStore(keep=1000)

    async def drive(name: str) -> None:
        for n in range(200):
            lease = await begin(store, f"{name}.{n}")
            await store.append(lease, 2, notes("c"), DONE)

    threads = [threading.Thread(target=lambda name=name: asyncio.run(drive(name))) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asyncio.run(store.list_runs(limit=2000))) == 800

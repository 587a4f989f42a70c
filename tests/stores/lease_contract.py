"""What a store promises that several processes can see: a dead driver is replaced, and fenced if it was not dead."""

import asyncio
from abc import ABC, abstractmethod

import pytest

from agent_brain.core.errors import Fenced, RunBusy
from agent_brain.core.records import Status
from agent_brain.core.store import Store
from stores.journals import AT_WORK, DONE, IDLE, MakeStore, begin, notes, read_texts


class LeaseContract(ABC):
    """The fixture `make_store` gives a handle on an empty store, and further ones on the same data."""

    @abstractmethod
    async def expire(self, store: Store, run_id: str) -> None:
        """Let the lease of this run be over, by the clock or in the data; those of other runs may be over too."""

    async def test_leases_last_a_while(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store)
        info = await store.get("run")
        assert store.lease_seconds is not None
        assert info.lease_until == pytest.approx(info.updated_at + store.lease_seconds, abs=1)

    async def test_the_run_of_a_dead_driver_is_claimed(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store)
        await self.expire(store, "run")
        lease, info = await (await make_store()).claim("run", "bob", [])
        now = await store.get("run")
        assert (info.status, info.attempts, info.epoch, lease.epoch) == (Status.RUNNING, 1, 2, 2)
        assert (now.status, now.attempts, now.owner) == (Status.RUNNING, 1, "bob")
        with pytest.raises(RunBusy):
            await store.claim("run", "eve", list(Status))

    async def test_attempts_count_deaths_until_a_step_is_finished(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        for deaths in (1, 2, 3):
            await self.expire(store, "run")
            lease, info = await store.claim("run", "ann", [Status.RUNNING])
            assert info.attempts == deaths
        await store.append(lease, 2, notes("c"))
        assert (await store.get("run")).attempts == 3
        await store.append(lease, 3, notes("d"), AT_WORK)
        assert (await store.get("run")).attempts == 0

    async def test_a_claim_of_a_run_that_nobody_drove_counts_no_death(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store)
        await self.expire(store, "run")
        lease, _ = await store.claim("run", "bob", [])
        assert not await store.set_status("run", Status.STOPPED, expected=[Status.RUNNING])
        await self.expire(store, "run")
        assert await store.set_status("run", Status.STOPPED, expected=[Status.RUNNING])
        _, info = await store.claim("run", "eve", [Status.STOPPED])
        assert (info.status, info.attempts) == (Status.STOPPED, 1)
        with pytest.raises(Fenced):
            await store.append(lease, 2, notes("c"))

    async def test_a_driver_that_was_taken_for_dead_is_fenced(self, make_store: MakeStore) -> None:
        store, other = await make_store(), await make_store()
        old = await begin(store)
        await self.expire(store, "run")
        new, _ = await other.claim("run", "bob", [])
        with pytest.raises(Fenced):
            await store.append(old, 2, notes("old"), DONE)
        await other.append(new, 2, notes("new"))
        assert await read_texts(store) == ["a", "b", "new"]

    async def test_a_late_driver_goes_on_where_nobody_has_claimed(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await self.expire(store, "run")
        await store.append(lease, 2, notes("c"))
        with pytest.raises(RunBusy):
            await store.claim("run", "bob", [])

    async def test_a_beat_keeps_the_leases_of_its_owner(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, "one")
        await begin(store, "two")
        await self.expire(store, "one")
        await self.expire(store, "two")
        await (await make_store()).beat("bob")
        assert [info.run_id for info in await store.list_due()] == ["one", "two"]
        await (await make_store()).beat("ann")
        assert await store.list_due() == []
        for run_id in ("one", "two"):
            with pytest.raises(RunBusy):
                await store.claim(run_id, "bob", [])

    async def test_a_beat_gives_no_lease(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.append(lease, 2, [], IDLE)
        await store.beat("ann")
        await store.beat("")
        assert (await store.get("run")).lease_until is None

    async def test_a_repeated_call_extends_the_lease(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.append(lease, 2, notes("c"))
        await self.expire(store, "run")
        await store.append(lease, 2, notes("c"))
        assert await store.list_due() == []

    async def test_the_runs_of_dead_drivers_are_due(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store)
        assert await store.list_due() == []
        await self.expire(store, "run")
        assert [info.run_id for info in await store.list_due()] == ["run"]

    async def test_of_many_that_replace_a_dead_driver_one_does(self, make_store: MakeStore) -> None:
        stores = [await make_store() for _ in range(4)]
        await begin(stores[0])
        await self.expire(stores[0], "run")
        claims = (store.claim("run", f"{n}", []) for n, store in enumerate(stores * 5))
        came = await asyncio.gather(*claims, return_exceptions=True)
        assert sorted(type(one).__name__ for one in came) == ["RunBusy"] * 19 + ["tuple"]
        assert (await stores[0].get("run")).attempts == 1

    async def test_the_run_of_a_dead_driver_is_deleted_and_compacted(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.put_snapshot("run", 2, b"env")
        await self.expire(store, "run")
        assert await store.compact("run") == 2
        await store.append(lease, 2, notes("c"))
        assert await read_texts(store, after=2) == ["c"]
        await self.expire(store, "run")
        await store.delete(["run"])
        assert await store.find("") == []

"""What every store promises about runs: who is there, who may take them, who is told of them."""

import asyncio

import pytest

from agent_brain.core.errors import RunBusy, RunExists, RunKept, RunUnknown
from agent_brain.core.records import Status
from agent_brain.core.store import NewRun, Parent, Position, Store
from stores.journals import AT_WORK, DONE, IDLE, ODD_TEXTS, WAITING, MakeStore, begin, new_run, notes, read_texts

LONG_AGO, FAR_AWAY = 1.0, 4e12
"""Seconds since the epoch that are past and to come by any store's clock."""


class RunContract:
    """The fixture `make_store` gives a handle on an empty store, and further ones on the same data."""

    async def test_it_is_a_store(self, make_store: MakeStore) -> None:
        assert isinstance(await make_store(), Store)

    async def test_a_new_run_is_driven_by_its_maker(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await store.create(new_run(), notes("a", "b"), AT_WORK, "ann")
        info = await store.get("run")
        assert (lease.run_id, lease.owner, lease.epoch) == ("run", "ann", 1)
        assert (info.run_id, info.net, info.fingerprint, info.goal) == ("run", "react", "f00d", "What is 2 + 3?")
        assert (info.status, info.state, info.head, info.base) == (Status.RUNNING, "reasoning", 2, 0)
        assert (info.owner, info.epoch, info.attempts, info.parent, info.wake_at) == ("ann", 1, 0, None, None)
        assert info.lease_until is not None
        assert info.lease_until > info.created_at
        assert info.created_at <= info.updated_at

    async def test_a_run_that_nobody_drives_yet_has_no_owner(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=IDLE)
        info = await store.get("run")
        assert (info.status, info.owner, info.lease_until, info.epoch) == (Status.READY, "", None, 0)

    async def test_labels_and_odd_texts_come_back(self, make_store: MakeStore) -> None:
        store = await make_store()
        labels = {"cell": 3, "nested": {"list": [1, None, True, 0.5]}, **ODD_TEXTS}
        goal = "".join(ODD_TEXTS.values())
        await store.create(NewRun("run", "nét", "ff", goal, None, labels), notes("a"), Position(goal, Status.READY), "")
        info = await store.get("run")
        assert (info.net, info.goal, info.state, info.labels) == ("nét", goal, goal, labels)

    async def test_a_name_is_given_once(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store)
        with pytest.raises(RunExists, match="'run'"):
            await begin(await make_store(), "run", "other")
        assert await read_texts(store) == ["a", "b"]

    async def test_of_many_that_create_one_name_one_does(self, make_store: MakeStore) -> None:
        stores = [await make_store() for _ in range(4)]
        made = await asyncio.gather(
            *(begin(store, "run", f"{n}") for n, store in enumerate(stores * 5)), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in made) == ["Lease"] + ["RunExists"] * 19

    async def test_a_fork_of_nothing_or_of_more_than_there_is_is_refused(self, make_store: MakeStore) -> None:
        store = await make_store()
        with pytest.raises(RunUnknown, match="'parent'"):
            await begin(store, "fork", parent=Parent("parent", 1))
        await begin(store, "parent")
        with pytest.raises(RunKept):
            await begin(store, "fork", parent=Parent("parent", 3))
        assert await store.find("") == ["parent"]

    async def test_who_is_unknown_is_named(self, make_store: MakeStore) -> None:
        store = await make_store()
        calls = [
            store.get("gone"), store.claim("gone", "bob", [Status.READY]), store.post("gone", {"p": 1}),
            store.read_mail("gone"), store.put_snapshot("gone", 0, b""), store.read_snapshot("gone"),
            store.delete(["gone"]), store.compact("gone"), store.list_children("gone"),
            store.set_status("gone", Status.STOPPED, expected=[Status.READY]), read_texts(store, "gone"),
        ]  # fmt: skip
        raised = await asyncio.gather(*calls, return_exceptions=True)
        assert [str(error) for error in raised] == ["no run called 'gone' in this store"] * len(calls)
        assert {type(error) for error in raised} == {RunUnknown}

    async def test_a_claim_takes_the_lease_and_tells_what_was_before(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=WAITING)
        lease, info = await (await make_store()).claim("run", "bob", [Status.READY, Status.WAITING])
        now = await store.get("run")
        assert (lease.run_id, lease.owner, lease.epoch) == ("run", "bob", 1)
        assert (info.status, info.state, info.head, info.epoch, info.owner) == (Status.WAITING, "asking", 2, 1, "bob")
        assert (now.status, now.owner, now.epoch, now.attempts) == (Status.RUNNING, "bob", 1, 0)
        assert now.lease_until is not None

    @pytest.mark.parametrize("owner", ["ann", "bob"])
    async def test_a_run_that_is_driven_is_busy_for_everyone(self, make_store: MakeStore, owner: str) -> None:
        store = await make_store()
        await begin(store)
        with pytest.raises(RunBusy, match="'run'"):
            await store.claim("run", owner, list(Status))
        info = await store.get("run")
        assert (info.owner, info.epoch) == ("ann", 1)

    async def test_a_status_that_was_not_asked_for_is_busy(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=DONE)
        with pytest.raises(RunBusy, match="answered"):
            await store.claim("run", "bob", [Status.READY, Status.WAITING])
        assert (await store.get("run")).epoch == 0

    async def test_of_many_that_claim_one_run_one_does(self, make_store: MakeStore) -> None:
        stores = [await make_store() for _ in range(4)]
        await begin(stores[0], position=IDLE)
        claims = (store.claim("run", f"{n}", [Status.READY]) for n, store in enumerate(stores * 5))
        won = [one for one in await asyncio.gather(*claims, return_exceptions=True) if not isinstance(one, RunBusy)]
        assert len(won) == 1
        assert isinstance(won[0], tuple)
        assert (await stores[0].get("run")).owner == won[0][0].owner

    async def test_a_status_moves_only_from_where_it_was_expected(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=WAITING)
        assert not await store.set_status("run", Status.STUCK, expected=[Status.READY, Status.RUNNING])
        assert await store.set_status("run", Status.STOPPED, expected=[Status.WAITING])
        assert not await store.set_status("run", Status.READY, expected=[Status.WAITING])
        info = await store.get("run")
        assert (info.status, info.owner, info.lease_until, info.epoch) == (Status.STOPPED, "", None, 0)

    async def test_the_status_of_a_run_that_is_driven_is_its_drivers(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store)
        assert not await store.set_status("run", Status.STOPPED, expected=list(Status))
        assert (await store.get("run")).status is Status.RUNNING

    async def test_ids_are_found_by_their_beginning(self, make_store: MakeStore) -> None:
        store = await make_store()
        for run_id in ["ab", "abc", "aB", "a%c", "a_c", "b\\", *(f"c{n:02}" for n in range(12))]:
            await begin(store, run_id)
        assert await store.find("ab") == ["ab", "abc"]
        assert await store.find("a%") == ["a%c"]
        assert await store.find("a_") == ["a_c"]
        assert await store.find("b\\") == ["b\\"]
        assert await store.find("x") == []
        assert len(await store.find("")) == len(await store.find("c")) == 10

    async def test_runs_are_listed_the_last_updated_first(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store, "one")
        await begin(store, "two", position=DONE)
        await begin(store, "three", position=IDLE)
        await store.append(lease, 2, notes("c"))
        assert [info.run_id for info in await store.list_runs()] == ["one", "three", "two"]
        assert [info.run_id for info in await store.list_runs(limit=2)] == ["one", "three"]
        ended = await store.list_runs(statuses=[Status.ANSWERED, Status.FAILED])
        assert ended == [await store.get("two")]

    async def test_runs_are_listed_page_by_page(self, make_store: MakeStore) -> None:
        store = await make_store()
        for n in range(7):
            await begin(store, f"run{n}")
        seen: list[str] = []
        before = None
        while page := await store.list_runs(before=before, limit=3):
            seen += [info.run_id for info in page]
            before = page[-1].updated_at
        assert seen == [f"run{n}" for n in reversed(range(7))]

    async def test_due_are_the_ready_and_those_who_waited_long_enough(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, "expired", position=Position("asking", Status.WAITING, LONG_AGO))
        await begin(store, "waiting", position=Position("asking", Status.WAITING, FAR_AWAY))
        await begin(store, "for ever", position=WAITING)
        await begin(store, "driven")
        for status in Status:
            if status not in (Status.RUNNING, Status.WAITING):
                await begin(store, status.value, position=Position("reasoning", status, LONG_AGO))
        assert [info.run_id for info in await store.list_due()] == ["expired", "ready"]

    async def test_due_are_first_those_who_waited_longest(self, make_store: MakeStore) -> None:
        store = await make_store()
        for n in range(5):
            await begin(store, f"run{n}", position=IDLE)
        await store.claim("run0", "bob", [Status.READY])
        assert [info.run_id for info in await store.list_due(limit=3)] == ["run1", "run2", "run3"]

    async def test_children_are_the_forks_of_a_run_itself(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, "root")
        for run_id, parent in [("left", "root"), ("right", "root"), ("grandchild", "left")]:
            await begin(store, run_id, parent=Parent(parent, 1))
        assert sorted(info.run_id for info in await store.list_children("root")) == ["left", "right"]
        assert await store.list_children("grandchild") == []
        assert (await store.list_children("left"))[0].parent == Parent("left", 1)

    async def test_waiting_ends_by_itself(self, make_store: MakeStore) -> None:
        store = await make_store()
        await asyncio.wait_for(store.wait(0.01), 10)

    async def test_waiting_ends_when_another_changes_something(self, make_store: MakeStore) -> None:
        store, other = await make_store(), await make_store()
        waiting = asyncio.create_task(store.wait(60))
        for n in range(1000):
            await begin(other, f"run{n}")
            done, _ = await asyncio.wait([waiting], timeout=0.05)
            if done:
                break
        assert waiting.done()

    async def test_it_can_be_used_again_once_closed(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.aclose()
        await store.aclose()
        await store.append(lease, 2, notes("c"))
        assert await read_texts(store) == ["a", "b", "c"]

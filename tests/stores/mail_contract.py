"""What every store promises about replies: the first one counts, none is lost, none wakes a run twice."""

import asyncio
from typing import Any

import pytest

from agent_brain.core.pauses import ReplySource
from agent_brain.core.records import Replied, Status
from agent_brain.core.store import Parent, Position
from stores.journals import DONE, ODD_TEXTS, WAITING, MakeStore, begin, notes

REPLIES: dict[str, Any] = {
    "nothing": None, "no": False, "zero": 0, "text": "yes", "list": [1, [None, {"a": 2.5}]], "big": 10**40,
    "approval": {"approve": True, "args": {"amount": 0.1}}, **ODD_TEXTS,
}  # fmt: skip


class MailContract:
    """The fixture `make_store` gives a handle on an empty store, and further ones on the same data."""

    @pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())
    async def test_a_reply_comes_as_it_was_given(self, make_store: MakeStore, reply: Any) -> None:
        store = await make_store()
        await begin(store)
        await store.post("run", {f"pause {reply!r:.20}": reply})
        assert await (await make_store()).read_mail("run") == {f"pause {reply!r:.20}": reply}

    @pytest.mark.parametrize("pause_id", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    async def test_a_pause_may_have_any_name(self, make_store: MakeStore, pause_id: str) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.post("run", {pause_id: 1, "other": 2})
        await store.append(lease, 2, [Replied(pause_id, 1)])
        assert await store.read_mail("run") == {"other": 2}

    async def test_the_first_reply_to_a_pause_counts(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store)
        await store.post("run", {"p1": "first"})
        await (await make_store()).post("run", {"p1": "second", "p2": "other"})
        assert await store.read_mail("run") == {"p1": "first", "p2": "other"}

    async def test_of_many_replies_at_once_one_counts_for_everyone(self, make_store: MakeStore) -> None:
        stores = [await make_store() for _ in range(4)]
        await begin(stores[0], position=WAITING)
        await asyncio.gather(*(store.post("run", {"p1": n}) for n, store in enumerate(stores * 5)))
        read = [await store.read_mail("run") for store in stores]
        assert read == [read[0]] * 4
        assert read[0]["p1"] in range(20)

    async def test_mail_is_read_when_a_commit_replies_to_its_pause(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.post("run", {"p1": 1, "p2": 2, "p3": 3})
        await store.append(lease, 2, [*notes("c"), Replied("p1", 1), Replied("p3", 3)])
        assert await store.read_mail("run") == {"p2": 2}

    async def test_a_reply_that_was_taken_up_is_not_taken_again(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.post("run", {"p1": "first"})
        await store.append(lease, 2, [Replied("p1", "first")], WAITING)
        await store.post("run", {"p1": "second"})
        assert await store.read_mail("run") == {}
        assert (await store.get("run")).status is Status.WAITING

    async def test_a_reply_that_comes_after_expiry_is_too_late(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.append(lease, 2, [Replied("p1", "default", ReplySource.EXPIRY)], WAITING)
        await store.post("run", {"p1": "late"})
        assert await store.read_mail("run") == {}
        assert (await store.get("run")).status is Status.WAITING

    async def test_a_fork_has_a_mailbox_of_its_own(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, "parent")
        await begin(store, "fork", parent=Parent("parent", 1))
        await store.post("fork", {"p1": 1})
        assert await store.read_mail("parent") == {}
        assert await store.read_mail("fork") == {"p1": 1}

    async def test_a_waiting_run_becomes_ready_by_a_reply(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=WAITING)
        await store.post("run", {"p1": 1})
        info = await store.get("run")
        assert (info.status, info.state, info.owner) == (Status.READY, "asking", "")
        assert [due.run_id for due in await store.list_due()] == ["run"]

    async def test_a_run_that_is_to_wait_is_ready_where_a_reply_came_first(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await (await make_store()).post("run", {"p1": 1})
        assert (await store.get("run")).status is Status.RUNNING
        await store.append(lease, 2, notes("c"), Position("asking", Status.WAITING, wake_at=4e12))
        info = await store.get("run")
        assert (info.status, info.state, info.owner, info.lease_until) == (Status.READY, "asking", "", None)

    async def test_a_run_waits_once_its_mail_is_read(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.post("run", {"p1": 1})
        await store.append(lease, 2, [Replied("p1", 1)], WAITING)
        assert (await store.get("run")).status is Status.WAITING

    async def test_a_reply_and_a_wait_at_the_same_time_never_miss_each_other(self, make_store: MakeStore) -> None:
        store, other = await make_store(), await make_store()
        for n in range(30):
            lease = await begin(store, f"run{n}")
            await asyncio.gather(store.append(lease, 2, notes("c"), WAITING), other.post(f"run{n}", {"p1": 1}))
            assert (await store.get(f"run{n}")).status is Status.READY

    @pytest.mark.parametrize("status", [Status.STOPPED, Status.STUCK, Status.ANSWERED, Status.FAILED])
    async def test_a_reply_wakes_no_run_that_does_not_wait(self, make_store: MakeStore, status: Status) -> None:
        store = await make_store()
        await begin(store, position=Position("asking", status))
        await store.post("run", {"p1": 1})
        assert (await store.get("run")).status is status
        assert await store.read_mail("run") == {"p1": 1}

    async def test_a_run_that_is_set_to_wait_is_ready_where_a_reply_is_unread(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=Position("asking", Status.STOPPED))
        await store.post("run", {"p1": 1})
        assert await store.set_status("run", Status.WAITING, expected=[Status.STOPPED])
        assert (await store.get("run")).status is Status.READY

    async def test_no_replies_at_all_wake_nobody(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=WAITING)
        await store.post("run", {})
        assert (await store.get("run")).status is Status.WAITING

    async def test_mail_stays_when_a_run_is_claimed_and_ends(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=WAITING)
        await store.post("run", {"p1": 1})
        lease, _ = await store.claim("run", "bob", [Status.READY])
        await store.append(lease, 2, [], DONE)
        assert await store.read_mail("run") == {"p1": 1}

"""What every store promises about writing: in order, once, by one driver at a time."""

import asyncio
from contextlib import suppress

import pytest

from agent_brain.core.errors import Fenced, RunBusy, RunUnknown
from agent_brain.core.items import Action, Observation, OutcomeStatus
from agent_brain.core.record_json import encode_records
from agent_brain.core.records import ActionFinished, ActionStarted, BoardPut, Record, Status
from agent_brain.core.store import Lease, Position, Store
from stores.journals import (
    AT_WORK,
    DONE,
    IDLE,
    ODD_TEXTS,
    WAITING,
    MakeStore,
    begin,
    flat,
    new_run,
    notes,
    read_all,
    read_texts,
)


class AppendContract:
    """The fixture `make_store` gives a handle on an empty store, and further ones on the same data."""

    async def test_records_stand_in_the_order_of_their_commits(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.append(lease, 2, notes("c", "d", "e"))
        await store.append(lease, 5, notes("f"), AT_WORK, is_barrier=True)
        commits = await read_all(await make_store())
        assert [(commit.run_id, commit.first, commit.last, commit.epoch) for commit in commits] == [
            ("run", 1, 2, 1), ("run", 3, 5, 1), ("run", 6, 6, 1),
        ]  # fmt: skip
        assert [commit.records for commit in commits] == [tuple(notes(*texts)) for texts in ("ab", "cde", "f")]
        assert commits[0].at <= commits[1].at <= commits[2].at

    async def test_without_a_position_state_and_status_stay(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await store.create(new_run(), notes("a"), Position("asking", Status.RUNNING, wake_at=5.0), "ann")
        await store.append(lease, 1, notes("b"))
        info = await store.get("run")
        assert (info.status, info.state, info.head, info.wake_at, info.owner) == (
            Status.RUNNING,
            "asking",
            2,
            5.0,
            "ann",
        )

    async def test_with_a_position_the_row_says_where_the_run_stands(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.append(lease, 2, notes("c"), Position("acting", Status.RUNNING, wake_at=7.5))
        running = await store.get("run")
        await store.append(lease, 3, notes("d"), Position("asking", Status.WAITING))
        waiting = await store.get("run")
        assert (running.status, running.state, running.wake_at, running.owner) == (Status.RUNNING, "acting", 7.5, "ann")
        assert (waiting.status, waiting.state, waiting.wake_at) == (Status.WAITING, "asking", None)
        assert (waiting.owner, waiting.lease_until, waiting.epoch) == ("", None, 1)
        assert running.lease_until is not None
        assert running.updated_at <= waiting.updated_at

    @pytest.mark.parametrize("status", [status for status in Status if status is not Status.RUNNING])
    async def test_who_gave_the_lease_back_writes_no_more(self, make_store: MakeStore, status: Status) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.append(lease, 2, notes("c"), Position("end", status))
        with pytest.raises(Fenced, match="'run'"):
            await store.append(lease, 3, notes("d"))
        info = await store.get("run")
        assert (info.status, info.head, info.lease_until) == (status, 3, None)

    async def test_no_records_at_all_move_the_run_too(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.append(lease, 2, [])
        await store.append(lease, 2, [], DONE)
        info = await store.get("run")
        assert (info.status, info.state, info.head) == (Status.ANSWERED, "end", 2)
        assert len(await read_all(store)) == 1

    @pytest.mark.parametrize("position", [None, AT_WORK, WAITING, DONE])
    @pytest.mark.parametrize("texts", [(), ("c",), ("c", "d")])
    async def test_a_repeated_call_does_no_harm(
        self, make_store: MakeStore, texts: tuple[str, ...], position: Position | None
    ) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.append(lease, 2, notes(*texts), position)
        once = await store.get("run")
        await (await make_store()).append(lease, 2, notes(*texts), position)
        again = await store.get("run")
        assert (again.head, again.status, again.state, again.epoch) == (once.head, once.status, once.state, once.epoch)
        assert (again.owner, again.wake_at, again.attempts) == (once.owner, once.wake_at, once.attempts)
        assert await read_texts(store) == ["a", "b", *texts]

    async def test_a_call_is_no_repetition_once_another_has_claimed(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.append(lease, 2, notes("c"), IDLE)
        await store.claim("run", "ann", [Status.READY])
        with pytest.raises(Fenced):
            await store.append(lease, 2, notes("c"), IDLE)
        assert (await store.get("run")).status is Status.RUNNING

    @pytest.mark.parametrize(("head", "text"), [(2, "other"), (1, "c"), (3, ""), (4, "c"), (0, "a")])
    async def test_another_head_is_fenced(self, make_store: MakeStore, head: int, text: str) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.append(lease, 2, notes("c"))
        records = notes(text) if text else notes("c", "d")
        wrong = head if text else 2
        with pytest.raises(Fenced, match="'run'"):
            await store.append(lease, wrong, records, DONE)
        assert (await store.get("run")).status is Status.RUNNING
        assert await read_texts(store) == ["a", "b", "c"]

    async def test_a_driver_of_an_earlier_epoch_is_fenced(self, make_store: MakeStore) -> None:
        store = await make_store()
        old = await begin(store)
        await store.append(old, 2, [], IDLE)
        new, _ = await (await make_store()).claim("run", "bob", [Status.READY])
        with pytest.raises(Fenced):
            await store.append(old, 2, notes("old"))
        await store.append(new, 2, notes("new"))
        assert [commit.epoch for commit in await read_all(store)] == [1, 2]
        assert await read_texts(store) == ["a", "b", "new"]

    async def test_a_lease_on_a_run_of_the_same_name_is_another(self, make_store: MakeStore) -> None:
        store = await make_store()
        old = await begin(store)
        await store.append(old, 2, [], DONE)
        await store.delete(["run"])
        with pytest.raises(RunUnknown):
            await store.append(old, 2, notes("c"))
        await store.create(new_run(), notes("a", "b"), AT_WORK, "bob")
        with pytest.raises(Fenced):
            await store.append(old, 2, notes("c"))

    async def test_a_run_that_nobody_drives_is_not_written_to(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store, position=IDLE)
        with pytest.raises(Fenced):
            await store.append(lease, 2, notes("c"))
        assert (await store.get("run")).head == 2

    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    async def test_any_text_comes_back(self, make_store: MakeStore, text: str) -> None:
        store = await make_store()
        lease = await begin(store)
        outcome = Observation(text, OutcomeStatus.FAILED)
        records: list[Record] = [ActionStarted("run:1", Action(name=text, args={text: [text]}), text)]
        records += [ActionFinished("run:1", outcome), BoardPut(text, {text: None})]
        await store.append(lease, 2, records, Position(text, Status.RUNNING))
        assert (await read_all(await make_store()))[1].records == tuple(records)
        assert (await store.get("run")).state == text

    async def test_numbers_that_are_none_come_back(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        args = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf"), "big": 10**40, "tiny": 5e-324}
        records: list[Record] = [ActionStarted("run:1", Action(name="add", args=args), "acting")]
        await store.append(lease, 2, records)
        (commit,) = await read_all(await make_store(), after=2)
        assert flat([commit]) == [("run", 3, 1, encode_records(records))]

    async def test_a_megabyte_comes_back(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        text = "0123456789abcde\n" * 65536
        await store.append(lease, 2, notes(text, "after"))
        assert await read_texts(await make_store(), after=2) == [text, "after"]

    async def test_a_cancelled_append_has_happened_or_not(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        head = 2
        for turn in range(40):
            task = asyncio.create_task(store.append(lease, head, notes(f"{turn}")))
            for _ in range(turn % 5):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            head = await _settle(store, lease, head)
        texts = await read_texts(store)
        assert len(texts) == head == len(set(texts))

    async def test_a_hundred_drivers_of_twenty_runs_write_everything_once(self, make_store: MakeStore) -> None:
        stores = [await make_store() for _ in range(4)]
        for n in range(20):
            await begin(stores[0], f"run{n}", position=IDLE)
        await asyncio.gather(*(_drive(stores[n % 4], f"run{n % 20}", f"{n}") for n in range(100)))
        for n in range(20):
            wanted = {f"{n + 20 * driver}.{turn}" for driver in range(5) for turn in range(3)}
            texts = (await read_texts(stores[0], f"run{n}"))[2:]
            assert sorted(texts) == sorted(wanted)
            assert (await stores[0].get(f"run{n}")).epoch == 15

    async def test_of_many_that_write_behind_one_record_one_does(self, make_store: MakeStore) -> None:
        stores = [await make_store() for _ in range(4)]
        lease = await begin(stores[0])
        calls = (store.append(lease, 2, notes(f"{n}")) for n, store in enumerate(stores * 5))
        came = await asyncio.gather(*calls, return_exceptions=True)
        assert sorted(type(one).__name__ for one in came) == ["Fenced"] * 19 + ["NoneType"]
        assert await read_texts(stores[0]) == ["a", "b", f"{came.index(None)}"]


async def _settle(store: Store, lease: Lease, head: int) -> int:
    """Write behind the same record as the cancelled call: exactly one of the two is there."""
    with suppress(Fenced):
        await store.append(lease, head, notes(f"instead of {head}"))
    assert (await store.get(lease.run_id)).head == head + 1
    return head + 1


async def _drive(store: Store, run_id: str, name: str) -> None:
    """Three times: take the run as soon as nobody has it, write one record, give it back."""
    turn = 0
    for _ in range(100_000):
        try:
            lease, info = await store.claim(run_id, name, [Status.READY])
        except RunBusy:
            await asyncio.sleep(0)
            continue
        await store.append(lease, info.head, notes(f"{name}.{turn}"), IDLE)
        turn += 1
        if turn == 3:
            return
    raise AssertionError(f"{name} never got {run_id}")

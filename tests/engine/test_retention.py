"""Runs are deleted and compacted, but not where a pause, a fork or a driver needs them, and the refusal says so."""

import itertools

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import RunBusy, RunKept, RunUnknown
from agent_brain.core.records import Status
from agent_brain.core.store import Parent, Position
from agent_brain.engine.journal import read_env
from agent_brain.engine.retention import compact, delete, find_old
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore
from engine.waiting import Payments, begin_wait, make_payer, reply
from stores.journals import DONE, begin


def make_ticking() -> MemoryStore:
    ticks = itertools.count(1)
    return MemoryStore(clock=lambda: float(next(ticks)))


async def begin_family(store: MemoryStore) -> None:
    """`root`, its forks `left` and `right`, and `leaf`, a fork of `left`."""
    await begin(store, "root", "a", "b", position=DONE)
    await begin(store, "left", "c", parent=Parent("root", 2), position=DONE)
    await begin(store, "right", "d", parent=Parent("root", 1), position=DONE)
    await begin(store, "leaf", "e", parent=Parent("left", 3), position=DONE)


async def answer(store: MemoryStore, run_id: str) -> Brain:
    brain = Brain(model=ScriptedModel(["I know it.", "It is 5."] * 2), store=store)
    await brain.run("What is 2 + 3?", run_id=run_id)
    return brain


async def test_a_parent_is_deleted_only_together_with_its_forks() -> None:
    store = MemoryStore()
    await begin_family(store)

    with pytest.raises(RunKept, match="'root' by left, right; delete the forks too"):
        await delete(store, ["root"])
    with pytest.raises(RunKept, match="'left' by leaf"):
        await delete(store, ["root", "left", "right"])

    assert len(await store.find("")) == 4
    assert await delete(store, ["root"], with_forks=True) == ["leaf", "left", "right", "root"]
    assert await store.find("") == []


async def test_a_family_that_is_named_whole_goes_in_whatever_order() -> None:
    store = MemoryStore()
    await begin_family(store)
    assert await delete(store, ["leaf", "root", "right", "left", "leaf"]) == ["leaf", "right", "left", "root"]


async def test_nothing_is_deleted_where_one_cannot_be() -> None:
    store = MemoryStore()
    await begin_family(store)
    await begin(store, "driven", parent=Parent("leaf", 4))

    with pytest.raises(RunBusy, match="'driven' is driven by ann; stop that driver"):
        await delete(store, ["root"], with_forks=True)
    with pytest.raises(RunUnknown, match="'nobody'"):
        await delete(store, ["right", "nobody"])

    assert len(await store.find("")) == 5


async def test_a_run_that_waits_is_deleted_only_when_its_wait_is_dropped() -> None:
    store = MemoryStore()
    await begin_wait(store)

    with pytest.raises(RunKept, match=r"'pay' waits for a person .q1: May it run pay.*; reply to it, or say"):
        await delete(store, ["pay"])

    assert await delete(store, ["pay"], is_wait_dropped=True) == ["pay"]
    assert await store.find("") == []


async def test_a_fork_that_waits_keeps_its_whole_family() -> None:
    store = MemoryStore()
    await begin_wait(store)
    fork_id = await make_payer(store, Payments()).fork("pay")
    await delete(store, [await make_payer(store, Payments()).fork("pay", at=1)])

    with pytest.raises(RunKept, match=f"'{fork_id}' waits for a person"):
        await delete(store, ["pay"], with_forks=True)
    assert await delete(store, ["pay"], with_forks=True, is_wait_dropped=True) == [fork_id, "pay"]


async def test_a_pause_is_not_lost_with_a_run_that_was_stopped_before_it_could_wait() -> None:
    store = MemoryStore()
    await begin_wait(store)
    lease, info = await store.claim("pay", "ann", [Status.WAITING])
    await store.append(lease, info.head, (), Position(info.state, Status.STOPPED))

    with pytest.raises(RunKept, match="waits for a person"):
        await delete(store, ["pay"])


async def test_a_compacted_run_knows_what_it_knew_and_its_conversation_goes_on() -> None:
    store = MemoryStore()
    brain = await answer(store, "run")
    before, head = await brain.load("run"), (await store.get("run")).head

    assert await compact(store, "run") == head

    assert await brain.load("run") == before
    assert (await read_env(store, "run"))[1] == head
    with pytest.raises(RunKept, match="compacted away"):
        await brain.load("run", at=head - 1)
    assert (await brain.run("And 4 + 4?", after=before)).env.goal == "And 4 + 4?"
    assert await compact(store, "run") == 0


async def test_a_waiting_run_is_compacted_and_still_takes_its_reply() -> None:
    store = MemoryStore()
    await begin_wait(store)

    assert await compact(store, "pay") > 0
    result, payments = await reply(store)

    assert result.answer == "Ann was paid."
    assert payments.calls == [{"to": "Ann"}]


async def test_a_reply_that_came_before_the_compaction_is_taken_after_it() -> None:
    store = MemoryStore()
    await begin_wait(store)
    await store.post("pay", {"q1": False})

    await compact(store, "pay")
    _, payments = await reply(store)

    assert payments.calls == []


async def test_a_run_is_not_compacted_while_forks_read_it_and_is_once_they_are_compacted() -> None:
    store = MemoryStore()
    brain = await answer(store, "run")
    await brain.fork("run", at=3, fork_id="fork")

    with pytest.raises(RunKept, match=r"'run' cannot be compacted.*: fork; delete them first, or compact them"):
        await compact(store, "run")
    env = await brain.load("fork")
    await compact(store, "fork")
    await compact(store, "run")
    await delete(store, ["run"])

    assert await brain.load("fork") == env


async def test_a_driven_run_is_not_compacted() -> None:
    store = MemoryStore()
    await begin(store)
    with pytest.raises(RunBusy, match="driven by ann"):
        await compact(store, "run")
    assert await store.read_snapshot("run") is None


async def test_old_runs_are_those_that_ended_before_a_time() -> None:
    store = make_ticking()
    for name in "abc":
        await begin(store, name, position=DONE)
    await begin(store, "open")
    before = (await store.get("c")).updated_at

    old = await find_old(store, before)

    assert sorted(info.run_id for info in old.free) == ["a", "b"]
    assert old.kept == {}
    assert [info.run_id for info in (await find_old(store, 1e9, [Status.RUNNING])).free] == []


async def test_an_old_run_stays_where_a_fork_of_it_does() -> None:
    store = make_ticking()
    await begin_family(store)
    before = (await store.get("leaf")).updated_at

    old = await find_old(store, before)

    assert [info.run_id for info in old.free] == ["right"]
    assert old.kept == {"left": "its forks stay: leaf", "root": "its fork left stays"}
    whole = await find_old(store, before + 1)
    assert await delete(store, [info.run_id for info in whole.free]) == [info.run_id for info in whole.free]


async def test_an_old_run_that_waits_stays_and_says_for_what() -> None:
    store = MemoryStore()
    await begin_wait(store)
    old = await find_old(store, 1e12, [Status.WAITING, Status.ANSWERED])
    assert old.free == []
    assert "q1: May it run pay" in old.kept["pay"]

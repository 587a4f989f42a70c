"""A journal stays cheap to write and to read back, however long its run is."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import StoreBroken
from agent_brain.core.items import Action, ItemKind, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import ActionFinished, ActionStarted, Record, Started, Status
from agent_brain.core.store import Lease, NewRun, Position, Store
from agent_brain.engine.heart import Heart
from agent_brain.engine.journal import RECORDS_PER_NOUN, SNAPSHOT_RECORDS_MIN, Journal, read_env
from agent_brain.engine.journals import Journals
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore
from agent_brain.stores.sqlite import SqliteStore
from agent_brain.tools.function_tool import tool


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    kept = SqliteStore(tmp_path / "runs.db")
    yield kept
    await kept.aclose()


async def begin(store: Store) -> tuple[MemoryEnv, Journal]:
    env = MemoryEnv.begin("r", "react", "f", "reasoning", "Go.")
    journal, _ = await Journals(store).create(env, {}, Status.RUNNING)
    return env, journal


async def find_snapshots(store: Store, head: int) -> list[int]:
    heads, until = [], head
    while (found := await store.read_snapshot("r", until)) is not None:
        heads.append(found[0])
        until = found[0] - 1
    return heads[::-1]


async def test_what_is_overwritten_does_not_make_reading_back_longer(store: SqliteStore) -> None:
    env, journal = await begin(store)
    for count in range(1000):
        env.put_slot("plan", f"version {count}")
        env.put_board("count", count)
        await journal.commit(env)

    read, after = await read_env(store, "r")

    assert read == env
    assert env.head - after <= SNAPSHOT_RECORDS_MIN + 2
    assert len(await find_snapshots(store, env.head)) == env.head // SNAPSHOT_RECORDS_MIN


async def test_snapshots_of_a_log_that_grows_become_rare(store: SqliteStore) -> None:
    env, journal = await begin(store)
    for count in range(1000):
        env.add(ItemKind.THOUGHT, f"thought {count}")
        for _ in range(RECORDS_PER_NOUN):
            env.put_slot("plan", f"version {count}")
        await journal.commit(env)

    heads = await find_snapshots(store, env.head)

    assert (await read_env(store, "r"))[0] == env
    assert 2 <= len(heads) <= 5
    assert all(later >= 4 * earlier for earlier, later in itertools.pairwise(heads))


@pytest.mark.parametrize("at", [1, 2, 255, 256, 257, 300, 511, 512, 700])
async def test_any_point_of_the_past_is_read_back_from_the_snapshot_before_it(store: SqliteStore, at: int) -> None:
    env, journal = await begin(store)
    pasts = {1: env.fork()}
    for count in range(400):
        env.put_slot("plan", f"version {count}")
        pasts[env.head] = env.fork()
        env.put_board("count", count)
        pasts[env.head] = env.fork()
        await journal.commit(env)

    assert (await read_env(store, "r", at))[0] == pasts[at]


async def test_a_snapshot_holds_actions_in_flight_pauses_and_what_was_granted(store: SqliteStore) -> None:
    env, journal = await begin(store)
    env.start_action(Action(name="pay", args={"eur": 5}))
    env.hold_action(Action(name="pay", args={"eur": 6}), "May it?", default=False, expires_at=9e9)
    env.finish_action(env.start_action(Action(name="look")), Observation("seen"))
    await journal.commit_urgent(env)
    for count in range(SNAPSHOT_RECORDS_MIN):
        env.put_board("count", count)
    await journal.commit(env, Status.RUNNING)

    read, after = await read_env(store, "r")

    assert after == env.head
    assert read == env
    assert [pause.pause_id for pause in read.open_pauses] == ["q1"]


async def test_a_conversation_of_short_runs_writes_no_snapshot_for_each(tmp_path: Path) -> None:
    async with Brain(model=ScriptedModel(lambda _: "Yes."), store=tmp_path / "runs.db") as brain:
        last = await brain.run("Is it?")
        for _ in range(100):
            last = await brain.run("Is it?", after=last.env)

        assert await brain.store.read_snapshot(last.run_id) is None
        assert await brain.load(last.run_id) == last.env


async def test_a_run_that_takes_longer_than_its_lease_keeps_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "runs.db", lease_seconds=0.15)
    env = MemoryEnv.begin("r", "react", "f", "reasoning", "Go.")
    journals = Journals(store)
    await journals.create(env, {}, Status.RUNNING)
    first = (await store.get("r")).lease_until or 0.0
    with journals.heart.beating():
        while ((await store.get("r")).lease_until or 0.0) < first + 0.3:
            await store.wait(0.05)

        assert await store.list_due() == []
    await store.aclose()


async def test_a_heart_beats_only_while_a_run_is_under_way(store: SqliteStore) -> None:
    heart = Heart(store)
    before = asyncio.all_tasks()
    with heart.beating(), heart.beating():
        assert len(asyncio.all_tasks() - before) == 1

    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_a_journal_whose_records_do_not_fit_each_other_says_which_one(store: SqliteStore) -> None:
    lease = await store.create(NewRun("r", "n", "f", "Go."), [], Position("x", Status.RUNNING), "me")
    records: list[Record] = [Started("r", "n", "f", "x", "Go."), ActionFinished("r:7", Observation("seen"))]
    await store.append(lease, 0, records, Position("x", Status.STOPPED))

    with pytest.raises(StoreBroken, match="record 2 of run 'r' is about 'r:7', which no earlier record began"):
        await read_env(store, "r")


class Noting(MemoryStore):
    """A store that remembers which commits were to survive a loss of power."""

    def __init__(self) -> None:
        super().__init__()
        self.appended: list[tuple[bool, bool]] = []

    async def append(
        self,
        lease: Lease,
        head: int,
        records: Sequence[Record],
        position: Position | None = None,
        *,
        is_barrier: bool = False,
    ) -> None:
        self.appended.append((any(isinstance(record, ActionStarted) for record in records), is_barrier))
        await super().append(lease, head, records, position, is_barrier=is_barrier)


async def test_intents_and_nothing_else_are_made_safe_against_a_loss_of_power() -> None:
    @tool
    async def look() -> str:
        return "seen"

    store = Noting()
    await Brain(model=ScriptedModel(['{"name": "look", "args": {}}', "Ok.", "Done."]), tools=[look], store=store).run(
        "Go."
    )

    assert [is_barrier for has_intent, is_barrier in store.appended if has_intent] == [True]
    assert not any(is_barrier for has_intent, is_barrier in store.appended if not has_intent)

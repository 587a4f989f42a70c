"""A run whose commit waits for another process's lock is cancelled as fast as any, and gives its lease back later."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent_brain.brain import Brain
from agent_brain.core.records import Status
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.sqlite import SqliteStore
from agent_brain.tools.function_tool import tool
from cancelling.endless import SECONDS

TURNS = 200
"""Of the loop, after which a commit has been handed to the store's thread."""


def build(store: SqliteStore, lock: Callable[[], None]) -> Brain:
    @tool(read_only=True)
    async def look() -> str:
        """Look, while somebody locks the file."""
        lock()
        return "seen"

    return Brain(model=ScriptedModel(lambda messages: replies[min(len(messages) // 2, 3)]), tools=[look], store=store)


replies = ["", '{"name": "look", "args": {}}', "Seen.", "Seen."]


async def pass_turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


@pytest.mark.parametrize("is_outcome", [False, True])
async def test_a_commit_that_waits_for_a_lock_does_not_hold_up_who_cancels(tmp_path: Path, *, is_outcome: bool) -> None:
    store = SqliteStore(tmp_path / "journal.db")
    await store.list_runs()
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as other:
        locked = asyncio.Event()

        def lock() -> None:
            if not locked.is_set():
                other.execute("BEGIN IMMEDIATE")
                locked.set()

        if not is_outcome:
            lock()
        brain = build(store, lock)
        task = asyncio.create_task(brain.run("Look.", run_id="r"))
        await locked.wait()
        await pass_turns()
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=SECONDS)
        assert done
        assert task.cancelled()
        other.execute("ROLLBACK")

    async with asyncio.timeout(10 * SECONDS):
        while not await is_left(store):  # noqa: ASYNC110  # the store's thread gives the lease back
            await asyncio.sleep(0)
    assert (await brain.go_on("r")).answer == "Seen."
    await store.aclose()


async def is_left(store: SqliteStore) -> bool:
    runs = await store.list_runs()
    return bool(runs) and runs[0].status is Status.STOPPED

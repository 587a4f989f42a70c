"""Many processes on one Postgres: each record is written once, nobody hangs, and who was taken for dead is fenced."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent_brain.core.records import Status
from agent_brain.core.store import Store
from agent_brain.stores.postgres import PostgresStore
from stores.journals import IDLE, begin, notes, read_texts

SCRIPT = str(Path(__file__).with_name("postgres_drivers.py"))
RUNS, PROCESSES, RECORDS = 20, 50, 12


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(postgres_url)
    yield store
    await store.aclose()


async def test_fifty_processes_that_race_for_twenty_runs_write_each_record_once(
    store: PostgresStore, postgres_url: str
) -> None:
    for n in range(RUNS):
        await begin(store, f"run{n}", "0", position=IDLE)
    async with run_drivers("race", postgres_url, f"{PROCESSES}", f"{RECORDS}") as drivers:
        assert await drivers.communicate() == (b"", b"")
    assert drivers.returncode == 0
    for n in range(RUNS):
        assert await read_texts(store, f"run{n}") == [f"{number}" for number in range(RECORDS)]
        info = await store.get(f"run{n}")
        assert (info.status, info.epoch) == (Status.ANSWERED, RECORDS - 1)


async def test_fifty_processes_may_make_the_tables_at_once(store: PostgresStore, postgres_url: str) -> None:
    async with run_drivers("race", postgres_url, f"{PROCESSES}", "1") as drivers:
        assert await drivers.communicate() == (b"", b"")
    assert drivers.returncode == 0
    assert await store.find("") == []


async def test_a_process_that_was_stopped_past_its_lease_is_fenced(store: PostgresStore, postgres_url: str) -> None:
    await begin(store, position=IDLE)
    async with run_drivers("hold", postgres_url, "run") as holder:
        assert await read_line(holder) == b"claimed\n"
        assert await tell(holder) == b"written\n"
        holder.send_signal(signal.SIGSTOP)
        await wait_until_due(store)
        lease, info = await store.claim("run", "bob", [])
        await store.append(lease, info.head, notes("bob's"))
        holder.send_signal(signal.SIGCONT)
        assert await tell(holder) == b"fenced\n"
    assert await read_texts(store) == ["a", "b", "held", "bob's"]
    assert (info.attempts, info.owner) == (1, "bob")


@asynccontextmanager
async def run_drivers(*words: str) -> AsyncIterator[Process]:
    """The script with these words; it ends with the block."""
    process = await asyncio.create_subprocess_exec(sys.executable, SCRIPT, *words, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def tell(process: Process) -> bytes:
    """Give it a line; what it answers."""
    assert process.stdin is not None
    process.stdin.write(b"write\n")
    return await read_line(process)


async def read_line(process: Process) -> bytes:
    assert process.stdout is not None
    return await process.stdout.readline()


async def wait_until_due(store: Store) -> None:
    while not await store.list_due():  # noqa: ASYNC110 - a lease is over when the database's clock says so
        await asyncio.sleep(0.01)

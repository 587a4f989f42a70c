"""Calls that meet at one row, or at one connection: none misses another, none is held up by a stranger's lock."""

import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from agent_brain.core.errors import Fenced
from agent_brain.core.records import Replied, Status
from agent_brain.core.store import Lease
from agent_brain.stores.postgres import PostgresStore
from counterparts.postgres_server import PostgresServer, get_schema
from stores.journals import WAITING, begin, notes

HELD_UP = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(postgres_url)
    yield store
    await store.aclose()


@pytest.mark.parametrize("records", [notes("c"), [*notes("c"), Replied("p2", 2)]], ids=["plain", "replying"])
@pytest.mark.parametrize("first", ["post", "append"])
async def test_a_reply_and_a_wait_that_queue_for_one_row_do_not_miss_each_other(
    postgres_server: PostgresServer, store: PostgresStore, postgres_url: str, first: str, records: list[Replied]
) -> None:
    lease = await begin(store)
    work = {"post": store.post("run", {"p1": 1}), "append": store.append(lease, 2, records, WAITING)}
    holder = await asyncpg.connect(postgres_url.partition("?")[0])
    async with holder.transaction():
        await holder.execute(f"SELECT 1 FROM {get_schema(postgres_url)}.runs FOR UPDATE")
        tasks = []
        for number, name in enumerate(sorted(work, key=lambda name: name != first), start=1):
            tasks.append(asyncio.create_task(work[name]))
            await wait_until_held_up(postgres_server, number)
    await asyncio.gather(*tasks)
    await holder.close()
    assert (await store.get("run")).status is Status.READY
    assert await store.read_mail("run") == {"p1": 1}


async def test_a_locked_run_holds_up_nobody_else(postgres_server: PostgresServer, postgres_url: str) -> None:
    store = PostgresStore(f"{postgres_url}&connections_max=2")
    leases = [await begin(store, f"run{n}") for n in range(20)]
    holder = await asyncpg.connect(postgres_url.partition("?")[0])
    async with holder.transaction():
        await holder.execute(f"SELECT 1 FROM {get_schema(postgres_url)}.runs WHERE run_id = 'run10' FOR UPDATE")
        tasks = [asyncio.create_task(store.append(lease, 2, notes("c"))) for lease in leases]
        await asyncio.gather(*tasks[:10], *tasks[11:])
        await wait_until_held_up(postgres_server, 1)
        assert not tasks[10].done()
    await asyncio.gather(*tasks)
    assert [info.head for info in await store.list_runs()] == [3] * 20
    await holder.close()
    await store.aclose()


async def test_appends_at_once_are_written_or_refused_each_for_itself(postgres_url: str) -> None:
    store = PostgresStore(f"{postgres_url}&connections_max=1")
    leases = [await begin(store, f"run{n}") for n in range(20)]
    wrong = [replace(lease, epoch=7) if n % 3 == 0 else lease for n, lease in enumerate(leases)]
    calls = [store.append(lease, 2, notes("c"), is_barrier=True) for lease in wrong]
    calls += [store.append(lease, 3, notes("d"), WAITING) for lease in leases]
    came = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(one, Fenced) for one in came] == [n % 3 == 0 for n in range(20)] * 2
    heads = [(await store.get(f"run{n}")).head for n in range(20)]
    assert heads == [2 if n % 3 == 0 else 4 for n in range(20)]
    await store.aclose()


async def test_sixty_runs_at_once_share_few_connections(store: PostgresStore) -> None:
    leases = [await begin(store, f"run{n}") for n in range(60)]
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))

    async def write(lease: Lease) -> None:
        for head in range(2, 12):
            await store.append(lease, head, notes(f"{head}"))

    await asyncio.gather(*map(write, leases))
    gc.collect()  # a task that failed unseen is told of when it is forgotten
    assert failures == []
    assert {info.head for info in await store.list_runs()} == {12}


async def wait_until_held_up(server: PostgresServer, number: int) -> None:
    while int(server.run_sql(HELD_UP)) < number:  # noqa: ASYNC110 - the server alone knows
        await asyncio.sleep(0.005)

"""A reply and a driver that goes to wait, held up by one lock: whoever comes first, the run is ready in the end."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from agent_brain.core.records import Replied, Status
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


async def wait_until_held_up(server: PostgresServer, number: int) -> None:
    while int(server.run_sql(HELD_UP)) < number:  # noqa: ASYNC110 - the server alone knows
        await asyncio.sleep(0.005)

"""An acknowledgement that is lost with its connection: the call is made again and finds that it was carried out."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from agent_brain.core.errors import RunUnknown
from agent_brain.core.records import Replied, Status
from agent_brain.core.store import Position
from agent_brain.stores.postgres import PostgresStore
from counterparts.postgres_server import PostgresServer
from stores.journals import AT_WORK, DONE, IDLE, WAITING, begin, notes, read_all, read_texts
from stores.lossy_proxy import LossyProxy, run_proxy

COMMIT = b"COMMIT"
"""How a transaction ends."""


@pytest.fixture
async def proxy(postgres_server: PostgresServer) -> AsyncIterator[LossyProxy]:
    async with run_proxy(postgres_server.port) as proxy:
        yield proxy
        assert proxy.lost == 1


@pytest.fixture
async def store(postgres_server: PostgresServer, postgres_url: str, proxy: LossyProxy) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(postgres_url.replace(str(postgres_server.port), str(proxy.port)))
    yield store
    await store.aclose()


@pytest.mark.parametrize("position", [None, AT_WORK, IDLE, WAITING, DONE])
async def test_an_append_is_made_once(store: PostgresStore, proxy: LossyProxy, position: Position | None) -> None:
    lease = await begin(store)
    await store.append(lease, 2, notes("c"), AT_WORK)
    proxy.lose_answer_to(b"whose answer is lost")
    await store.append(lease, 3, notes("d", "whose answer is lost"), position)
    assert await read_texts(store) == ["a", "b", "c", "d", "whose answer is lost"]
    assert (await store.get("run")).status is (Status.RUNNING if position is None else position.status)


async def test_an_append_that_replies_is_made_once(store: PostgresStore, proxy: LossyProxy) -> None:
    lease = await begin(store)
    await store.post("run", {"p1": 1, "p2": 2})
    proxy.lose_answer_to(COMMIT)
    await store.append(lease, 2, [Replied("p1", 1)], WAITING)
    info = await store.get("run")
    assert (info.head, info.status) == (3, Status.READY)
    assert await store.read_mail("run") == {"p2": 2}


async def test_a_run_is_created_once(store: PostgresStore, proxy: LossyProxy) -> None:
    await begin(store, "other")
    proxy.lose_answer_to(COMMIT)
    lease = await begin(store)
    await store.append(lease, 2, notes("c"))
    assert await read_texts(store) == ["a", "b", "c"]


async def test_a_claim_counts_once_and_tells_what_was_before(store: PostgresStore, proxy: LossyProxy) -> None:
    await begin(store, position=WAITING)
    proxy.lose_answer_to(b"the lost owner")
    lease, info = await store.claim("run", "the lost owner", [Status.WAITING])
    assert (lease.epoch, info.status, info.owner, info.attempts) == (1, Status.WAITING, "the lost owner", 0)
    await store.append(lease, 2, notes("c"))


async def test_a_reply_is_posted_once(store: PostgresStore, proxy: LossyProxy) -> None:
    await begin(store, position=WAITING)
    proxy.lose_answer_to(COMMIT)
    await store.post("run", {"p1": 1})
    assert await store.read_mail("run") == {"p1": 1}
    assert (await store.get("run")).status is Status.READY


async def delete(store: PostgresStore) -> None:
    await store.delete(["run"])
    with pytest.raises(RunUnknown):
        await store.get("run")


async def compact(store: PostgresStore) -> None:
    assert await store.compact("run") == 2
    assert (await store.get("run")).base == 2


async def restore(store: PostgresStore) -> None:
    info, commits = await store.get("run"), await read_all(store)
    await store.restore(replace(info, run_id="other"), commits, None)
    assert await read_texts(store, "other") == ["a", "b"]


@pytest.mark.parametrize("work", [delete, compact, restore])
async def test_what_removes_or_brings_back_is_done_once(
    store: PostgresStore, proxy: LossyProxy, work: Callable[[PostgresStore], Awaitable[None]]
) -> None:
    await begin(store, position=DONE)
    await store.put_snapshot("run", 2, b"env")
    proxy.lose_answer_to(COMMIT)
    await work(store)

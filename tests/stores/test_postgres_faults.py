"""What a Postgres store does when its server goes away, comes back, or was never there: nothing is lost."""

import asyncio
import os
import signal
import socket
import time
import traceback
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from agent_brain.core.errors import SetupError, StoreBroken, StoreDown, StoreError
from agent_brain.core.records import Status
from agent_brain.core.store import Lease
from agent_brain.stores.postgres import PostgresStore
from counterparts.postgres_server import LOCKED_PASSWORD, LOCKED_USER, PostgresServer, get_schema
from stores.journals import AT_WORK, IDLE, begin, notes, read_texts

RUNS = 12
DISTURBANCES = 6
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(postgres_url)
    yield store
    await store.aclose()


def stop_and_start(server: PostgresServer) -> None:
    server.stop()
    server.start()


def kill_and_start(server: PostgresServer) -> None:
    server.kill()
    server.start()


def cut_connections(server: PostgresServer) -> None:
    server.run_sql(BACKENDS.replace("pid", "pg_terminate_backend(pid)", 1))


@pytest.mark.parametrize("disturb", [stop_and_start, kill_and_start, cut_connections])
async def test_nothing_is_lost_or_doubled_when_the_server_goes_away_amid_appends(
    postgres_server: PostgresServer, store: PostgresStore, disturb: Callable[[PostgresServer], None]
) -> None:
    leases = [await begin(store, f"run{n}", "0") for n in range(RUNS)]
    acknowledged = [1] * RUNS
    is_over = asyncio.Event()

    async def write(n: int) -> None:
        while not is_over.is_set():
            head = acknowledged[n]
            await store.append(leases[n], head, notes(f"{head}"), AT_WORK if head % 2 else None)
            acknowledged[n] = head + 1

    writing = [asyncio.create_task(write(n)) for n in range(RUNS)]
    for _ in range(DISTURBANCES):
        before = min(acknowledged)
        await until(lambda before=before: min(acknowledged) > before + 5)  # type: ignore[misc]  # a bound default
        await asyncio.to_thread(disturb, postgres_server)
    is_over.set()
    await asyncio.gather(*writing)
    for n in range(RUNS):
        assert await read_texts(store, f"run{n}") == [f"{number}" for number in range(acknowledged[n])]


async def test_every_call_waits_for_a_server_that_is_away(
    postgres_server: PostgresServer, store: PostgresStore
) -> None:
    await begin(store, position=IDLE)
    await asyncio.to_thread(postgres_server.stop)
    claiming = asyncio.create_task(store.claim("run", "bob", [Status.READY]))
    calls = [
        store.post("run", {"p": 1}), store.beat("ann"), store.get("run"), store.put_snapshot("run", 2, b"env"),
        store.find("r"), read_texts(store), store.list_due(), begin(store, "other"),
    ]  # fmt: skip
    waiting = asyncio.gather(*calls)
    await asyncio.to_thread(postgres_server.start)
    await waiting
    lease, info = await claiming
    assert (lease.epoch, info.owner, info.status) == (1, "bob", Status.READY)


async def test_patience_ends_with_a_clear_error_and_the_store_works_again_later(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    store = PostgresStore(postgres_url, patience_seconds=0.3)
    lease = await begin(store)
    await asyncio.to_thread(postgres_server.stop)
    with pytest.raises(StoreDown, match=rf"Postgres at 127.0.0.1:{postgres_server.port}/postgres: .*tried for 0.[3-9]"):
        await store.append(lease, 2, notes("c"))
    await store.wait(0.01)
    await asyncio.to_thread(postgres_server.start)
    await store.append(lease, 2, notes("c"))
    assert await read_texts(store) == ["a", "b", "c"]
    await store.aclose()


async def test_a_server_that_hangs_is_not_waited_for_without_end(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    store = PostgresStore(postgres_url, patience_seconds=0.5)
    lease = await begin(store)
    backends = [int(pid) for pid in postgres_server.run_sql(BACKENDS).split()]
    began = time.monotonic()
    try:
        signal_all(backends, signal.SIGSTOP)
        with pytest.raises(StoreDown, match="no answer in time"):
            await store.append(lease, 2, notes("c"))
    finally:
        signal_all(backends, signal.SIGCONT)
    assert time.monotonic() - began < 5
    await store.append(lease, 2, notes("c"))
    assert await read_texts(store) == ["a", "b", "c"]
    await store.aclose()


@pytest.fixture
def locked_user(postgres_server: PostgresServer) -> str:
    """A user who is asked for a password, and may do nothing else."""
    postgres_server.run_sql(f"DROP ROLE IF EXISTS {LOCKED_USER}")
    postgres_server.run_sql(f"CREATE ROLE {LOCKED_USER} LOGIN PASSWORD '{LOCKED_PASSWORD}'")
    return LOCKED_USER


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (("127.0.0.1", "nowhere.invalid"), SetupError, "no such host"),
        (("/postgres", "/nothing"), SetupError, 'database "nothing" does not exist'),
        ((LOCKED_PASSWORD, "hush-wrong"), SetupError, "password authentication failed"),
        ((LOCKED_USER, "nobody-known"), SetupError, 'role "nobody-known" does not exist'),
        (("?", "?sslmode=require&"), SetupError, "SSL upgrade; sslmode in the URL"),
        (("?", "?sslmode=verify-what&"), SetupError, "the driver refuses"),
        (("?", "?made_up_setting=1&"), StoreError, "made_up_setting"),
        (("postgresql://", "mysql://"), SetupError, "begins with 'mysql'; wanted postgresql://"),
        ((":", ":x"), SetupError, "wanted postgresql://HOST:PORT/DB"),
        (("schema=", "schema=No-"), SetupError, "wanted up to 48 small letters"),
        (("?", "?connections_max=0&"), SetupError, "connections_max is '0'; wanted a whole number of at least 1"),
        (("?", "?statement_cache_size=x&"), SetupError, "statement_cache_size is 'x'"),
    ],
)
async def test_a_wrong_url_is_told_at_once_and_without_the_password(
    postgres_server: PostgresServer, locked_user: str, change: tuple[str, str], error: type[StoreError], words: str
) -> None:
    url = postgres_server.create_place().replace("postgres@", f"{locked_user}:{LOCKED_PASSWORD}@")
    head, separator, tail = url.rpartition(change[0])
    began = time.monotonic()
    with pytest.raises(error) as caught:
        await PostgresStore(head + change[1] + tail if separator else url).get("run")
    assert time.monotonic() - began < 4
    assert words in str(caught.value)
    told = "".join(traceback.format_exception(caught.value))
    assert LOCKED_PASSWORD not in told
    assert "hush" not in told


async def test_a_port_where_nobody_listens_is_told_soon() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = PostgresStore(f"postgresql://postgres:hush@127.0.0.1:{port}/postgres", patience_seconds=0.2)
    with pytest.raises(StoreDown, match=f"127.0.0.1:{port}/postgres: .*onnect.*tried for") as caught:
        await store.find("")
    assert "hush" not in repr(store) + "".join(traceback.format_exception(caught.value))


async def test_a_user_without_rights_is_told_so(postgres_server: PostgresServer, locked_user: str) -> None:
    url = postgres_server.create_place().replace("postgres@", f"{locked_user}:{LOCKED_PASSWORD}@")
    with pytest.raises(SetupError, match="permission denied"):
        await PostgresStore(url).get("run")


async def test_a_user_who_may_only_read_and_write_needs_no_right_to_create(
    postgres_server: PostgresServer, store: PostgresStore, postgres_url: str, locked_user: str
) -> None:
    await begin(store)
    schema = get_schema(postgres_url)
    postgres_server.run_sql(
        f"GRANT USAGE ON SCHEMA {schema} TO {locked_user};"
        f" GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {locked_user}"
    )
    worker = PostgresStore(postgres_url.replace("postgres@", f"{locked_user}:{LOCKED_PASSWORD}@"))
    assert await read_texts(worker) == ["a", "b"]
    await worker.aclose()
    postgres_server.run_sql(f"DROP OWNED BY {locked_user}")


async def test_tables_of_a_newer_version_are_left_alone(
    postgres_server: PostgresServer, store: PostgresStore, postgres_url: str
) -> None:
    await begin(store)
    postgres_server.run_sql(f"INSERT INTO {get_schema(postgres_url)}.version VALUES (99)")
    with pytest.raises(StoreBroken, match="is of version 99; this agent-brain knows versions up to"):
        await PostgresStore(postgres_url).get("run")


async def test_tables_that_went_away_are_told(
    postgres_server: PostgresServer, store: PostgresStore, postgres_url: str
) -> None:
    await begin(store)
    postgres_server.run_sql(f"DROP SCHEMA {get_schema(postgres_url)} CASCADE")
    with pytest.raises(StoreBroken, match="does not exist"):
        await store.get("run")


async def test_a_database_that_cannot_hold_any_text_is_refused(postgres_server: PostgresServer) -> None:
    postgres_server.run_sql("CREATE DATABASE narrow ENCODING 'LATIN1' TEMPLATE template0")
    store = PostgresStore(postgres_server.get_url("narrow"))
    with pytest.raises(SetupError, match="keeps text as LATIN1; wanted one made with ENCODING 'UTF8'"):
        await store.get("run")
    await store.aclose()
    postgres_server.run_sql("DROP DATABASE narrow")


async def test_any_number_of_stores_may_make_the_tables_at_once(postgres_url: str) -> None:
    stores = [PostgresStore(postgres_url) for _ in range(20)]
    assert await asyncio.gather(*(store.find("") for store in stores)) == [[]] * 20
    for store in stores:
        await store.aclose()


async def test_cancelled_calls_leave_a_connection_that_works(postgres_url: str) -> None:
    store = PostgresStore(f"{postgres_url}&connections_max=1")
    lease = await begin(store)
    for turn in range(60):
        task = asyncio.create_task(store.append(lease, 2, notes("c")))
        await asyncio.wait([task], timeout=turn * 0.00002)
        task.cancel()
        await asyncio.wait([task])
    await store.append(lease, 2, notes("c"))
    assert await read_texts(store) == ["a", "b", "c"]
    await store.aclose()


def test_a_store_serves_one_event_loop_after_another(postgres_url: str) -> None:
    store = PostgresStore(postgres_url)
    lease: Lease = asyncio.run(begin(store))
    asyncio.run(store.append(lease, 2, notes("c")))
    assert asyncio.run(read_texts(store)) == ["a", "b", "c"]


async def test_a_listener_that_was_cut_off_listens_again(
    postgres_server: PostgresServer, store: PostgresStore, postgres_url: str
) -> None:
    await begin(store)
    for name in ("one", "two"):
        waiting = asyncio.create_task(store.wait(60))
        while not waiting.done():  # until it listens, what it hears is nothing
            await store.set_status("run", Status.STOPPED, expected=[])
            await asyncio.wait([waiting], timeout=0.02)
        await asyncio.to_thread(cut_connections, postgres_server)
        await begin(store, name)


async def test_a_notice_of_more_runs_than_it_can_name_is_sent_too(store: PostgresStore, postgres_url: str) -> None:
    other = PostgresStore(postgres_url)
    waiting = asyncio.create_task(other.wait(60))
    number = 0
    while not waiting.done():
        await begin(store, f"{number:05}" + "x" * 9000)
        number += 1
        await asyncio.wait([waiting], timeout=0.02)
    assert number > 0
    await other.aclose()


@pytest.mark.parametrize("cache", ["0", "100"])
async def test_statements_need_not_be_cached(postgres_url: str, cache: str) -> None:
    store = PostgresStore(f"{postgres_url}&statement_cache_size={cache}")
    lease = await begin(store)
    await store.append(lease, 2, notes("c"), AT_WORK, is_barrier=True)
    assert await read_texts(store) == ["a", "b", "c"]
    await store.aclose()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it, for as long as a test may take."""
    while not condition():  # noqa: ASYNC110 - it comes about in another process
        await asyncio.sleep(0.002)


def signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, number)

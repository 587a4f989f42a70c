"""The SQLite store's threads and files: who may read them, which loops they serve, when they end."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.stores.sqlite import SqliteStore
from stores.journals import begin, notes, read_texts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "folder" / "runs.db"


@pytest.fixture
def others() -> set[threading.Thread]:
    """Threads that are there before: a store that another test has dropped keeps its own until it is collected."""
    return set(threading.enumerate())


def find_threads(others: set[threading.Thread]) -> list[threading.Thread]:
    """Those of this test's own store."""
    found = set(threading.enumerate()) - others
    return [thread for thread in found if thread.name.startswith("agent-brain-journal")]


async def write_one(store: SqliteStore, run_id: str, count: int = 1) -> None:
    lease = await begin(store, run_id, "0")
    for head in range(1, count):
        await store.append(lease, head, notes(f"{head}"))


async def test_files_are_their_owners_only_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        store = SqliteStore(path)
        assert not store.is_private
        assert not path.parent.exists()
        await write_one(store, "run")
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"runs.db": "0o600", "runs.db-wal": "0o600", "runs.db-shm": "0o600"}
    assert [folder.stat().st_mode & 0o777 for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]
    assert store.is_private
    await store.aclose()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644])
@pytest.mark.parametrize("side", ["", "-wal"])
async def test_a_file_that_others_may_use_is_not_private(path: Path, mode: int, side: str) -> None:
    store = SqliteStore(path)
    await write_one(store, "run")
    path.with_name(path.name + side).chmod(mode)
    assert not store.is_private
    await store.aclose()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
async def test_a_file_of_somebody_else_is_not_private(path: Path) -> None:
    store = SqliteStore(path)
    await write_one(store, "run")
    os.chown(path, 65534, 65534)
    assert not store.is_private
    await store.aclose()


def test_nothing_is_made_before_the_first_use(path: Path, others: set[threading.Thread]) -> None:
    SqliteStore(path)
    assert not path.parent.exists()
    assert find_threads(others) == []


@pytest.mark.parametrize("text", ["", ":memory:", "file:x?mode=memory"])
def test_a_database_in_memory_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match=r"use MemoryStore\(\)"):
        SqliteStore(text)


async def test_closing_ends_the_threads_and_leaves_one_file(path: Path, others: set[threading.Thread]) -> None:
    store = SqliteStore(path)
    await write_one(store, "run")
    assert await store.find("") == ["run"]
    assert len(find_threads(others)) == 2
    await store.aclose()
    assert find_threads(others) == []
    assert [file.name for file in path.parent.iterdir()] == ["runs.db"]


async def test_closing_waits_for_what_was_asked_for(path: Path) -> None:
    store = SqliteStore(path)
    tasks = [asyncio.create_task(write_one(store, f"run{n}")) for n in range(50)]
    await asyncio.sleep(0)
    await store.aclose()
    await asyncio.gather(*tasks)
    assert len(await store.list_runs()) == 50
    await store.aclose()


def test_a_store_that_is_dropped_ends_its_threads(path: Path, others: set[threading.Thread]) -> None:
    store = SqliteStore(path)
    asyncio.run(write_one(store, "run"))
    threads = find_threads(others)
    assert threads
    del store
    gc.collect()
    for thread in threads:
        thread.join(10)
    assert find_threads(others) == []


def test_one_loop_after_the_other(path: Path) -> None:
    store = SqliteStore(path)
    for n in range(3):
        asyncio.run(write_one(store, f"run{n}", 3))
    assert asyncio.run(read_texts(store, "run1")) == ["0", "1", "2"]
    asyncio.run(store.aclose())


def test_loops_side_by_side(path: Path) -> None:
    store = SqliteStore(path)

    async def work(name: str) -> None:
        await asyncio.gather(*(write_one(store, f"{name}{n}", 20) for n in range(5)))
        await store.aclose()  # what another loop has asked for is done all the same

    threads = [threading.Thread(target=asyncio.run, args=(work(name),)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs = asyncio.run(store.list_runs())
    assert sorted(info.run_id for info in runs) == [f"{name}{n}" for name in "abcd" for n in range(5)]
    assert {info.head for info in runs} == {20}
    asyncio.run(store.aclose())


def test_a_loop_that_is_closed_with_calls_under_way_harms_nobody(path: Path) -> None:
    store = SqliteStore(path)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(write_one(store, "first"))
    task = loop.create_task(write_one(store, "second"))
    loop.call_soon(loop.stop)
    loop.run_forever()
    task.cancel()
    loop.run_until_complete(asyncio.wait([task]))
    loop.close()
    asyncio.run(write_one(store, "third"))
    assert "third" in asyncio.run(store.find(""))
    asyncio.run(store.aclose())


ABANDON = """
import asyncio, os, sys
from agent_brain.stores.sqlite import SqliteStore
from stores.journals import begin, notes, read_texts

store = SqliteStore(sys.argv[1])

async def main() -> None:
    lease = await begin(store)
    await read_texts(store)
    if sys.argv[2] == "fork":
        child = os.fork()
        if child == 0:
            os._exit(0 if in_child() else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert await store.find("") == ["child", "run"]

def in_child() -> bool:
    import threading
    seen = []
    def work() -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(begin(store, "child"))
        seen.append(loop.run_until_complete(store.find("")))
        loop.run_until_complete(store.aclose())
        loop.close()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    return seen == [["child", "run"]]

asyncio.run(main())
print("end")
"""


@pytest.mark.parametrize("way", ["leave", "fork"])
def test_a_store_that_is_left_open_keeps_no_process_and_warns_of_nothing(path: Path, way: str) -> None:
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", ABANDON, str(path), way]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    ended = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("end\n", "", 0)


async def test_a_barrier_is_on_the_disk_and_other_commits_need_not_be(path: Path) -> None:
    store = SqliteStore(path)
    seen = []
    lease = await begin(store)
    for is_barrier in (False, True, True, False):
        await store.append(lease, 2, [], is_barrier=is_barrier)
        seen.append(
            await store._writer.run(lambda c: c.execute("PRAGMA synchronous").fetchone()[0], is_barrier=is_barrier)
        )
    assert seen == [1, 2, 2, 1]
    await store.aclose()

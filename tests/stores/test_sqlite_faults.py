"""The SQLite store where its file or its disk is not as it should be: a clear error, nothing acknowledged is lost."""

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from agent_brain.core.errors import RunUnknown, StoreBroken, StoreDown, StoreError
from agent_brain.core.record_json import RECORDS_VERSION
from agent_brain.stores.sqlite import SqliteStore
from stores.journals import begin, notes, read_texts
from stores.other_process import go_on, read_line, start


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
async def store(path: Path) -> AsyncGenerator[SqliteStore, None]:
    store = SqliteStore(path, busy_seconds=0.2)
    yield store
    await store.aclose()


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that others may enter, as the tests' own they may not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


async def fill(path: Path) -> None:
    """A closed file with one run of some hundred kilobytes."""
    store = SqliteStore(path)
    lease = await begin(store, "run", "0")
    for head in range(1, 100):
        await store.append(lease, head, notes(f"{head}" + "x" * 3000))
    await store.aclose()


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)


def test_a_full_disk_refuses_and_loses_nothing(path: Path) -> None:
    with start("fill", path) as process:
        assert read_line(process).startswith(f"StoreDown: the journal {path} cannot be used for now: ")
        assert int(read_line(process)) > 10
        assert read_line(process) == "True"


async def test_a_writers_lock_is_waited_for_and_then_said(path: Path, store: SqliteStore) -> None:
    lease = await begin(store)
    with start("lock", path) as process:
        assert read_line(process) == "locked"
        with pytest.raises(StoreDown, match=r"was locked by another process for 0\.2 seconds"):
            await store.append(lease, 2, notes("c"))
        assert await read_texts(store) == ["a", "b"]
        go_on(process)
        assert read_line(process) == "free"
        await store.append(lease, 2, notes("c"))
    assert await read_texts(store) == ["a", "b", "c"]


async def test_a_lock_that_ends_in_time_is_not_noticed(path: Path) -> None:
    store = SqliteStore(path, busy_seconds=60)
    lease = await begin(store)
    with start("lock", path) as process:
        assert read_line(process) == "locked"
        go_on(process)
        await store.append(lease, 2, notes("c"))
    assert await read_texts(store) == ["a", "b", "c"]
    await store.aclose()


async def test_a_file_that_another_keeps_for_itself_is_down(path: Path, store: SqliteStore) -> None:
    await fill(path)
    with start("lock_all", path) as process:
        assert read_line(process) == "locked"
        for call in (store.get("run"), begin(store)):
            with pytest.raises(StoreDown, match="locked"):
                await call
    assert (await store.get("run")).head == 100


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o777), (0o444, 0o555), (0o000, 0o755)])
async def test_a_file_that_may_not_be_written_to_is_broken(
    public_folder: Path, file_mode: int, folder_mode: int
) -> None:
    file = public_folder / "runs.db"
    await fill(file)
    file.chmod(file_mode)
    public_folder.chmod(folder_mode)
    with start("unprivileged", file) as process:
        assert read_line(process).startswith(f"StoreBroken: the journal {file} cannot be used: it may not be ")


async def test_a_folder_that_may_not_be_written_to_is_broken(public_folder: Path) -> None:
    public_folder.chmod(0o555)
    with start("unprivileged", public_folder / "runs.db") as process:
        assert "StoreBroken" in (said := read_line(process))
        assert "Permission denied" in said


@pytest.mark.parametrize(("offset", "length"), [(0, 16), (0, 100), (16, 2), (8192, 8192), (3 * 8192, 30 * 8192)])
async def test_a_damaged_file_is_broken(path: Path, store: SqliteStore, offset: int, length: int) -> None:
    await fill(path)
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xa5" * length)
    with pytest.raises(StoreBroken, match=r"runs\.db"):
        await read_texts(store)


async def test_half_a_file_is_broken(path: Path, store: SqliteStore) -> None:
    await fill(path)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StoreBroken, match=r"it is damaged"):
        await read_texts(store)


async def test_a_file_of_another_kind_is_left_alone(path: Path, store: SqliteStore) -> None:
    path.write_text("Dear diary, " * 1000)
    for call in (store.get("run"), begin(store)):
        with pytest.raises(StoreBroken, match=r"runs\.db cannot be used: it is no SQLite database"):
            await call
    assert path.read_text() == "Dear diary, " * 1000


async def test_another_programs_database_is_left_alone(path: Path, store: SqliteStore) -> None:
    change(path, "CREATE TABLE run (run_id TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreBroken, match="another program's SQLite database"):
        await begin(store)
    assert path.read_bytes() == before


async def test_an_empty_file_is_a_new_journal(path: Path, store: SqliteStore) -> None:
    path.touch()
    await begin(store)
    assert await read_texts(store) == ["a", "b"]


async def test_a_newer_schema_is_refused_with_both_versions(path: Path, store: SqliteStore) -> None:
    await fill(path)
    change(path, "PRAGMA user_version = 77")
    with pytest.raises(StoreBroken, match=r"is of version 77; this agent-brain reads up to version 1\b"):
        await store.get("run")


@pytest.mark.parametrize("records", ["[", '[{"k":"Dream"}]', "7"])
async def test_records_that_are_none_are_broken(path: Path, store: SqliteStore, records: str) -> None:
    await fill(path)
    change(path, f"UPDATE commits SET records = '{records}' WHERE first = 50")
    assert len(await read_texts(store, until=49)) == 49
    with pytest.raises(StoreBroken, match="no records of version"):
        await read_texts(store)


async def test_records_of_a_newer_version_are_refused(path: Path, store: SqliteStore) -> None:
    await fill(path)
    change(path, f"UPDATE commits SET version = {RECORDS_VERSION + 1} WHERE first = 50")
    with pytest.raises(StoreBroken, match=f"version {RECORDS_VERSION + 1}"):
        await read_texts(store)


async def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    with pytest.raises(StoreBroken, match=r"is a folder; wanted a file, as .*runs\.db"):
        await begin(store)
    await store.aclose()


async def test_a_path_through_a_file_is_no_journal(path: Path, tmp_path: Path) -> None:
    path.write_text("text")
    store = SqliteStore(path / "runs.db")
    with pytest.raises(StoreBroken, match="wanted a file in a folder of yours"):
        await begin(store)
    await store.aclose()


@pytest.mark.parametrize("replacement", [None, "another journal"])
async def test_a_file_that_is_taken_away_is_noticed_before_anything_is_acknowledged(
    path: Path, store: SqliteStore, replacement: str | None
) -> None:
    lease = await begin(store)
    for name in ("runs.db", "runs.db-wal", "runs.db-shm"):
        path.with_name(name).rename(path.with_name(f"moved-{name}"))
    if replacement:
        await fill(path)
    with pytest.raises(StoreBroken, match="was removed or replaced while it was open"):
        await store.append(lease, 2, notes("c"))
    with pytest.raises(RunUnknown if replacement is None else StoreError):
        await store.append(lease, 2, notes("c"))
    moved = SqliteStore(path.with_name("moved-runs.db"))
    assert await read_texts(moved) == ["a", "b"]
    await moved.aclose()


async def test_one_that_cannot_be_kept_does_not_fail_the_others(store: SqliteStore) -> None:
    lease = await begin(store)
    calls = [store.put_snapshot("run", head, b"env") for head in (0, 1, 2**63, 2)]
    came = await asyncio.gather(*calls, store.append(lease, 2, notes("c")), return_exceptions=True)
    assert [type(one).__name__ for one in came] == ["NoneType", "NoneType", "RunKept", "NoneType", "NoneType"]


async def test_what_was_acknowledged_survives_a_kill(path: Path, store: SqliteStore) -> None:
    acknowledged = {}
    for stop in (1, 2, 5, 30, 150):
        with start("write", path) as process:
            run_id = read_line(process)
            while (head := int(read_line(process))) < stop + 1:
                pass
            process.kill()
            assert process.stdout is not None
            acknowledged[run_id] = max([head, *map(int, process.stdout.read().split())])
    for run_id, head in acknowledged.items():
        texts = await read_texts(store, run_id)
        assert texts == [f"{n}" for n in range(len(texts))]
        assert head <= len(texts) <= head + 1
    change(path, "PRAGMA integrity_check")


async def test_processes_that_make_the_file_at_the_same_time_share_it(path: Path, store: SqliteStore) -> None:
    with ExitStack() as stack:
        processes = [stack.enter_context(start("race", path)) for _ in range(6)]
        assert [read_line(process) for process in processes] == ["ready"] * 6
        for process in processes:
            go_on(process)
        run_ids = sorted(read_line(process) for process in processes)
    assert await store.find("") == run_ids
    for run_id in run_ids:
        assert await read_texts(store, run_id) == [f"{n}" for n in range(20)]

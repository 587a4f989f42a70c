"""Archives in memory and in SQLite files."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent_brain.core.archive import Archive, Change, Entry
from agent_brain.core.errors import SetupError, StoreBroken
from agent_brain.stores.memory_archive import MemoryArchive
from agent_brain.stores.sqlite_archive import SqliteArchive
from stores.archive_contract import ArchiveContract, MakeArchive


class TestMemoryArchive(ArchiveContract):
    @pytest.fixture
    def make_archive(self) -> MakeArchive:
        made: dict[str, MemoryArchive] = {}

        def make(name: str = "a", *, frozen: bool = False) -> Archive:
            archive = made.setdefault(name, MemoryArchive())
            archive.is_frozen = frozen
            return archive

        return make


class TestSqliteArchive(ArchiveContract):
    @pytest.fixture
    def make_archive(self, tmp_path: Path) -> MakeArchive:
        return lambda name="a", *, frozen=False: SqliteArchive(tmp_path / "notes.db", name, frozen=frozen)


async def test_two_processes_share_a_file_and_one_event_counts_once(tmp_path: Path) -> None:
    both = [SqliteArchive(tmp_path / "notes.db", "a") for _ in range(2)]
    done = await asyncio.gather(*(one.change("1", [Change("x", "red")]) for one in both))
    assert sorted(done) == [False, True]
    assert [await one.read() for one in both] == [[Entry("x", "red")]] * 2
    await both[0].aclose()
    assert await both[0].read() == [Entry("x", "red")]
    for one in both:
        await one.aclose()


async def test_the_file_of_a_journal_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "runs.db")) as connection:
        connection.execute("CREATE TABLE runs (id)")
    with pytest.raises(StoreBroken, match="another program's SQLite database; wanted an archive, or a new file"):
        await SqliteArchive(tmp_path / "runs.db", "a").read()


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    await SqliteArchive(tmp_path / "notes.db", "a").read()
    assert (tmp_path / "notes.db").stat().st_mode & 0o077 == 0


def test_a_frozen_archive_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="a frozen one would stay empty"):
        SqliteArchive(tmp_path / "notes.db", "a", frozen=True)


@pytest.mark.parametrize("path", ["", " ", ":memory:", "file:x"])
def test_a_path_that_names_no_file_is_refused(path: str) -> None:
    with pytest.raises(SetupError, match="wanted a path, or 'memory'"):
        SqliteArchive(path, "a")

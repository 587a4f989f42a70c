"""Archives in memory and in SQLite files."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent_brain import Brain, Chunk, Composed, Ended, ScriptedModel
from agent_brain.core.archive import Archive, Change, Entry
from agent_brain.core.errors import SetupError, StoreBroken, StoreDown
from agent_brain.memories.episodic import Episodic
from agent_brain.memories.messages import Messages
from agent_brain.stores.memory_archive import MemoryArchive
from agent_brain.stores.sqlite_archive import SqliteArchive
from stores.archive_contract import ArchiveContract, MakeArchive
from stores.other_process import read_line, start


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


async def test_while_another_process_writes_it_is_read_at_once_and_a_write_says_who_is_in_the_way(
    tmp_path: Path,
) -> None:
    archive = SqliteArchive(tmp_path / "notes.db", "a", busy_seconds=0.1)
    await archive.change("1", [Change("x", "red")])
    with start("lock", archive.path) as process:
        assert read_line(process) == "locked"
        assert await archive.read() == [Entry("x", "red")]
        with pytest.raises(StoreDown, match=r"notes\.db was locked by another process for 0\.1 seconds .*; try again"):
            await archive.change("2", [Change("x", "blue")])
    assert await archive.change("2", [Change("x", "blue")])  # the lock has gone with the process
    assert await archive.read() == [Entry("x", "blue")]
    await archive.aclose()


async def test_a_run_beside_a_locked_archive_has_its_answer_and_says_once_what_was_not_kept(tmp_path: Path) -> None:
    archive = SqliteArchive(tmp_path / "notes.db", "a", busy_seconds=0.1)
    await archive.change("1", [Change("x", "A ship.", {"from": "Ann"})])
    brain = Brain("direct", Composed(Messages(), (Episodic(archive),)), model=(model := ScriptedModel(["Seven."])))
    with start("lock", archive.path) as process:
        assert read_line(process) == "locked"
        events = [event async for event in brain.stream("Is there a ship?")]

    told = [event.text for event in events if isinstance(event, Chunk) and "failed" in event.text]
    assert [text.partition(" was locked")[0] for text in told] == [
        f"keeping the episode failed: StoreDown: the archive {archive.path}"
    ]
    assert "(Ann) A ship." in model.calls[0][-1]["content"]
    assert [event.env.answer for event in events if isinstance(event, Ended)] == ["Seven."]
    await brain.aclose()


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

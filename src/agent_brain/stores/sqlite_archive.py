"""An archive in a SQLite file, which it may share with others: the same file, thread and faults as of journals."""

import json
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from agent_brain.core.archive import Change, Entry, Merge
from agent_brain.core.errors import SetupError
from agent_brain.stores.memory_archive import refuse_frozen
from agent_brain.stores.named_sql import load_sql
from agent_brain.stores.sqlite_file import SqliteFile
from agent_brain.stores.sqlite_sessions import ReadSession, WriteSession
from agent_brain.stores.sqlite_thread import SqliteThread

BUSY_SECONDS = 2.0
"""A run waits for no archive longer than this: it is remembered beside the answer, not in its place."""


class ArchiveFile(SqliteFile):
    """The file of archives."""

    application_id: ClassVar[int] = 0x41_42_52_41
    noun: ClassVar[str] = "archive"
    scripts: ClassVar[str] = "archive"


class SqliteArchive:
    """Keeps one memory's entries under one name in a file, which is made with the first use, for its owner only.

    Reading never waits for who writes; `busy_seconds`: how long a lock of another process is waited for to write.
    Raises: SetupError for a path that names no file, and for a frozen archive whose file is not there.
    """

    def __init__(
        self, path: str | os.PathLike[str], name: str, *, frozen: bool = False, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        text = os.fspath(path)
        if not text.strip() or text == ":memory:" or text.startswith("file:"):
            raise SetupError(f"the archive's file is {text!r}; wanted a path, or 'memory' to keep nothing")
        self.path = Path(text).expanduser().absolute()
        self.name = name
        self.is_frozen = frozen
        if frozen and not self.path.exists():
            raise SetupError(f"there is no archive {self.path}; a frozen one would stay empty")
        file = ArchiveFile(self.path, busy_seconds)
        self._reader = SqliteThread(lambda: ReadSession(file), "agent-brain-archive-reader")
        self._writer = SqliteThread(lambda: WriteSession(file, _tell_nobody), "agent-brain-archive")

    async def read(self) -> Sequence[Entry]:
        """All entries, in the order in which their ids came. Raises: StoreError."""
        name = self.name
        return await self._reader.run(lambda connection: _read(connection, name))

    async def change(self, event: str, changes: Sequence[Change]) -> bool:
        """Make all of these changes or none, once for each event. Raises: StoreError; SetupError where it is frozen."""
        refuse_frozen(is_frozen=self.is_frozen)
        name = self.name
        return await self._writer.run(lambda connection: _change(connection, name, event, changes))

    async def merge(self, event: str, merge: Merge) -> bool:
        """As `change`, by what is there: the look and the change are one transaction."""
        refuse_frozen(is_frozen=self.is_frozen)
        name = self.name
        return await self._writer.run(lambda connection: _merge(connection, name, event, merge))

    async def aclose(self) -> None:
        """Close the file; the next use opens it again."""
        await self._reader.aclose()
        await self._writer.aclose()


def _read(connection: sqlite3.Connection, name: str) -> list[Entry]:
    rows = connection.execute(load_sql("archive")["read_entries"], (name,))
    return [Entry(entry_id, text, json.loads(data)) for entry_id, text, data in rows]


def _change(connection: sqlite3.Connection, name: str, event: str, changes: Sequence[Change]) -> bool:
    sql = load_sql("archive")
    if not connection.execute(sql["put_event"], (name, event)).rowcount:
        return False
    for change in changes:
        if change.text is None:
            connection.execute(sql["drop_entry"], (name, change.id))
        else:
            data = json.dumps(dict(change.data), ensure_ascii=False)
            connection.execute(sql["put_entry"], (name, change.id, change.text, data))
    return True


def _merge(connection: sqlite3.Connection, name: str, event: str, merge: Merge) -> bool:
    return _change(connection, name, event, merge(_read(connection, name)))


def _tell_nobody() -> None:
    """Nobody waits for an archive."""

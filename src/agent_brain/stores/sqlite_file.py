"""The file of a SQLite store: made for its owner only, opened, checked, brought to the present version."""

import os
import sqlite3
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from agent_brain.core.errors import StoreBroken
from agent_brain.stores.named_sql import load_migrations
from agent_brain.stores.sqlite_faults import is_locked

APPLICATION_ID = 0x41_42_52_4E
"""`ABRN`: written into the file's header, so that another program's database is not taken for a journal."""

_HEADER = """
SELECT user_version, application_id, tables
FROM (SELECT count(*) AS tables FROM sqlite_master), pragma_user_version, pragma_application_id
"""
"""One statement, so that it sees the file at one moment."""

_PAGE_BYTES = 8192
"""Several steps' records fit in one page, where four kilobytes would hold one."""
_SIDES = ("", "-wal", "-shm")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_RETRY_SECONDS = 0.02


class SqliteFile:
    """Where the runs are, and how long a lock of another process is waited for."""

    application_id: ClassVar[int] = APPLICATION_ID
    noun: ClassVar[str] = "journal"
    """What messages call it."""
    scripts: ClassVar[str] = "sqlite"
    """What the scripts that lead to the present version are called."""

    def __init__(self, path: Path, busy_seconds: float, migrations: Sequence[str] | None = None) -> None:
        self.path = path
        self.busy_seconds = busy_seconds
        self._own_migrations = migrations

    @property
    def is_private(self) -> bool:
        """True where the file is there, is this user's, and nobody else may read or write it."""
        found = [_stat(self.path.with_name(self.path.name + side)) for side in _SIDES]
        return found[0] is not None and all(one is None or _is_own(one) for one in found)

    @property
    def identity(self) -> tuple[int, int] | None:
        """What tells this file from another one of its name; None where it is gone."""
        found = _stat(self.path)
        return None if found is None else (found.st_dev, found.st_ino)

    @property
    def migrations(self) -> Sequence[str]:
        """The scripts that lead to the present version."""
        return load_migrations(self.scripts) if self._own_migrations is None else self._own_migrations

    def open(self) -> sqlite3.Connection:
        """A connection to the file at the present version; both are made where they are missing.

        Raises: sqlite3.Error; OSError; StoreBroken for another program's file and for a newer version.
        """
        self._make()
        connection = sqlite3.connect(
            self.path, timeout=self.busy_seconds, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def a_noun(self) -> str:
        """As messages want it."""
        return f"an {self.noun}" if self.noun[0] in "aeiou" else f"a {self.noun}"

    def _make(self) -> None:
        """Make the file before SQLite does: it gives its own rights to the files beside it."""
        for folder in reversed(self.path.parents):
            if not folder.exists():
                folder.mkdir(mode=0o700, exist_ok=True)
                _harden(folder.parent)
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            _harden(self.path.parent)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if self._read_version(connection) < len(self.migrations):
            self._migrate(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")

    def _read_version(self, connection: sqlite3.Connection) -> int:
        """The file's version, 0 for an empty one. Raises: StoreBroken."""
        version, owner, tables = connection.execute(_HEADER).fetchone()
        if owner != self.application_id and (version or tables):
            raise StoreBroken(f"{self.path} is another program's SQLite database; wanted {self.a_noun}, or a new file")
        known = len(self.migrations)
        if version > known:
            raise StoreBroken(
                f"the {self.noun} {self.path} is of version {version}; this agent-brain reads up to version {known}: "
                "update it, or choose another file"
            )
        return int(version)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Run the scripts that the file has not seen, all of them or none."""
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # counts for an empty file only
        self._switch_to_wal(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = self._read_version(connection)  # another process may have been faster
            for number, script in enumerate(self.migrations[version:], version + 1):
                _run_script(connection, script)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute(f"PRAGMA application_id = {self.application_id}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _switch_to_wal(self, connection: sqlite3.Connection) -> None:
        """SQLite does not wait for locks here by itself."""
        until = time.monotonic() + self.busy_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if not is_locked(error) or time.monotonic() > until:
                    raise
            time.sleep(_RETRY_SECONDS)


def _run_script(connection: sqlite3.Connection, script: str) -> None:
    """`executescript` would commit what has been begun."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def _harden(folder: Path) -> None:
    """Let the names in a folder survive a loss of power, where the system can: a barrier is no use in a lost file."""
    with suppress(OSError):
        entry = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _is_own(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & _OTHERS

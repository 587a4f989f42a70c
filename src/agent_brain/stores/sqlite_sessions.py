"""The two ways in which jobs meet a connection: written in groups with one commit, or read one by one."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from agent_brain.core.errors import StoreBroken, StoreError
from agent_brain.stores.sqlite_faults import is_locked, translate
from agent_brain.stores.sqlite_file import SqliteFile
from agent_brain.stores.sqlite_thread import Job


class ReadSession:
    """A connection that is opened with the first job and again after an error that it may not survive."""

    def __init__(self, file: SqliteFile) -> None:
        self.file = file
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def run(self, jobs: Sequence[Job[Any]]) -> None:
        """One after the other."""
        for job in jobs:
            try:
                job.result = job.call(self.get())
            except BaseException as error:  # a thread has nobody above it: the caller gets it
                job.error = self.explain(error)

    def close(self) -> None:
        """Close the connection; the next job opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def get(self) -> sqlite3.Connection:
        """The connection. Raises: StoreBroken where the file was taken away from under it."""
        if self._connection is None:
            self._connection = self.open()
            self._identity = self.file.identity
        elif self.file.identity != self._identity:
            self.close()
            raise StoreBroken(
                f"the {self.file.noun} {self.file.path} was removed or replaced while it was open; what it held is gone"
            )
        return self._connection

    def open(self) -> sqlite3.Connection:
        """A connection that cannot write."""
        connection = self.file.open()
        connection.execute("PRAGMA query_only = ON")
        return connection

    def explain(self, error: BaseException) -> BaseException:
        """The store's error for a foreign one; the connection is given up unless only a lock was in the way."""
        if not isinstance(error, sqlite3.Error | OSError):
            return error
        if not is_locked(error):
            self.close()
        explained: StoreError = translate(error, self.file.path, self.file.busy_seconds, self.file.noun)
        explained.__cause__ = error
        return explained


class WriteSession(ReadSession):
    """Group commit: what is asked for at the same time becomes durable together, each job whole or not at all."""

    def __init__(self, file: SqliteFile, tell: Callable[[], None]) -> None:
        super().__init__(file)
        self._tell = tell
        self._is_full = False

    def open(self) -> sqlite3.Connection:
        """A connection that writes."""
        self._is_full = False
        return self.file.open()

    def run(self, jobs: Sequence[Job[Any]]) -> None:
        """All in one transaction; where that fails, each in one of its own, so that one cannot fail the others."""
        try:
            connection = self._begin(any(job.is_barrier for job in jobs))
        except BaseException as error:  # as in ReadSession: each caller gets it
            self._fail(jobs, error)
            return
        try:
            self._commit(connection, jobs)
        except BaseException as error:
            self._roll_back(connection)
            if len(jobs) == 1:
                self._fail(jobs, error)
                return
            self.explain(error)
            for job in jobs:
                job.result = job.error = None
                self.run([job])
            return
        self._tell()

    def _begin(self, is_barrier: bool) -> sqlite3.Connection:
        """Begin a transaction; one with a barrier is on the disk when it is committed, with all before it."""
        connection = self.get()
        if is_barrier is not self._is_full:
            connection.execute(f"PRAGMA synchronous = {'FULL' if is_barrier else 'NORMAL'}")
            self._is_full = is_barrier
        connection.execute("BEGIN IMMEDIATE")
        return connection

    def _commit(self, connection: sqlite3.Connection, jobs: Sequence[Job[Any]]) -> None:
        """Do each job behind a savepoint, so that one that is refused leaves nothing; a single one needs none."""
        if len(jobs) == 1:
            jobs[0].result = jobs[0].call(connection)
        else:
            for job in jobs:
                connection.execute("SAVEPOINT job")
                try:
                    job.result = job.call(connection)
                except sqlite3.Error:
                    raise
                except BaseException as error:  # as in ReadSession: the caller gets it
                    job.error = error
                    connection.execute("ROLLBACK TO job")
                connection.execute("RELEASE job")
        connection.execute("COMMIT")

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _fail(self, jobs: Sequence[Job[Any]], error: BaseException) -> None:
        for job in jobs:
            job.result, job.error = None, self.explain(error)

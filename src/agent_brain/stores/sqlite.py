"""Runs in one SQLite file, with nothing to start: a thread that writes in groups, one that reads, many processes."""

import os
import sqlite3
import time
import zlib
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from agent_brain.core.errors import SetupError
from agent_brain.core.record_json import encode_records
from agent_brain.core.records import Record, Status
from agent_brain.core.store import Commit, Lease, NewRun, Position, RunInfo
from agent_brain.stores import sqlite_reads as reads
from agent_brain.stores.columns import encode_json, find_replied
from agent_brain.stores.sqlite_file import SqliteFile
from agent_brain.stores.sqlite_rows import get_run
from agent_brain.stores.sqlite_sessions import ReadSession, WriteSession
from agent_brain.stores.sqlite_thread import SqliteThread
from agent_brain.stores.sqlite_writes import Batch, SqliteWrites
from agent_brain.stores.waiters import Waiters

T = TypeVar("T")

POLL_SECONDS = 0.02
"""How often `wait` asks whether another process has written."""
_COMPRESSION = 1
"""Snapshots are written often and read seldom."""


class SqliteStore:
    """Keeps runs in a file, which is made with the first use, readable by its owner only.

    `clock` gives seconds since the epoch, alike in all processes that use the file; `busy_seconds`: how long another
    process's lock is waited for.
    Raises: SetupError for a path that names no file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        lease_seconds: float = 15.0,
        busy_seconds: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        text = os.fspath(path)
        if text in ("", ":memory:") or text.startswith("file:"):
            raise SetupError(f"the path of the journal is {text!r}; wanted a file's; to keep nothing use MemoryStore()")
        self.path = Path(text).expanduser().absolute()
        self._file = SqliteFile(self.path, busy_seconds)
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._writes = SqliteWrites(clock, lease_seconds)
        self._waiters = Waiters()
        file, tell = self._file, self._waiters.tell  # the threads must not hold on to the store
        self._writer = SqliteThread(lambda: WriteSession(file, tell), "agent-brain-journal-writer")
        self._reader = SqliteThread(lambda: ReadSession(file), "agent-brain-journal-reader")
        self._process = os.getpid()

    @property
    def lease_seconds(self) -> float:
        """How long a lease lasts without a beat."""
        return self._lease_seconds

    @property
    def is_private(self) -> bool:
        """True where the file is there, is this user's, and nobody else may read or write it."""
        return self._file.is_private

    async def create(self, run: NewRun, records: Sequence[Record], position: Position, owner: str) -> Lease:
        """As the port says."""
        call = partial(self._writes.create, run=run, batch=_encode(records), position=position, owner=owner)
        return await self._write(call)

    async def claim(self, run_id: str, owner: str, statuses: Collection[Status]) -> tuple[Lease, RunInfo]:
        """As the port says."""
        return await self._write(partial(self._writes.claim, run_id=run_id, owner=owner, statuses=statuses))

    async def append(
        self,
        lease: Lease,
        head: int,
        records: Sequence[Record],
        position: Position | None = None,
        *,
        is_barrier: bool = False,
    ) -> None:
        """As the port says."""
        call = partial(self._writes.append, lease=lease, head=head, batch=_encode(records), position=position)
        await self._write(call, is_barrier=is_barrier)

    async def beat(self, owner: str) -> None:
        """As the port says."""
        await self._write(partial(self._writes.beat, owner=owner))

    async def set_status(self, run_id: str, status: Status, *, expected: Collection[Status]) -> bool:
        """As the port says."""
        return await self._write(partial(self._writes.set_status, run_id=run_id, status=status, expected=expected))

    async def get(self, run_id: str) -> RunInfo:
        """As the port says."""
        return await self._read(partial(get_run, run_id=run_id))

    async def find(self, prefix: str) -> list[str]:
        """As the port says."""
        return await self._read(partial(reads.find, prefix=prefix))

    async def list_runs(
        self, *, statuses: Collection[Status] = (), before: float | None = None, limit: int = 100
    ) -> list[RunInfo]:
        """As the port says."""
        return await self._read(partial(reads.list_runs, statuses=statuses, before=before, limit=limit))

    async def list_due(self, limit: int = 100) -> list[RunInfo]:
        """As the port says."""
        return await self._read(partial(reads.list_due, now=self._clock(), limit=limit))

    async def list_children(self, run_id: str) -> list[RunInfo]:
        """As the port says."""
        return await self._read(partial(reads.list_children, run_id=run_id))

    async def read(self, run_id: str, after: int = 0, until: int | None = None) -> AsyncGenerator[Commit, None]:
        """As the port says; what is written after it was begun is not read."""
        segments = await self._read(partial(reads.find_segments, run_id=run_id, after=after, until=until))
        for source, begin, end in segments:
            head = begin
            while head < end:
                for commit in await self._read(partial(reads.read_page, segment=(source, head, end))):
                    yield commit
                    head = commit.last

    async def post(self, run_id: str, replies: Mapping[str, Any]) -> None:
        """As the port says."""
        encoded = {pause_id: encode_json(reply) for pause_id, reply in replies.items()}
        await self._write(partial(self._writes.post, run_id=run_id, replies=encoded))

    async def read_mail(self, run_id: str) -> dict[str, Any]:
        """As the port says."""
        return await self._read(partial(reads.read_mail, run_id=run_id))

    async def put_snapshot(self, run_id: str, head: int, env: bytes) -> None:
        """As the port says. Raises: RunKept where the run has fewer records."""
        packed = await self._read(lambda _: zlib.compress(env, _COMPRESSION))  # not in the loop, nor before a commit
        await self._write(partial(self._writes.put_snapshot, run_id=run_id, head=head, packed=packed))

    async def read_snapshot(self, run_id: str, until: int | None = None) -> tuple[int, bytes] | None:
        """As the port says."""
        return await self._read(partial(reads.read_snapshot, run_id=run_id, until=until))

    async def delete(self, run_ids: Collection[str]) -> None:
        """As the port says."""
        await self._write(partial(self._writes.delete, run_ids=tuple(run_ids)))

    async def compact(self, run_id: str) -> int:
        """As the port says."""
        return await self._write(partial(self._writes.compact, run_id=run_id))

    async def restore(self, info: RunInfo, commits: Sequence[Commit], snapshot: tuple[int, bytes] | None) -> None:
        """As the port says."""
        batches = [(commit, _encode(commit.records)) for commit in commits]
        packed = None if snapshot is None else (snapshot[0], zlib.compress(snapshot[1], _COMPRESSION))
        await self._write(partial(self._writes.restore, info=info, commits=batches, snapshot=packed))

    async def wait(self, seconds: float) -> None:
        """As the port says; this process is told at once, others are asked about every `POLL_SECONDS`."""
        until = time.monotonic() + seconds
        seen = await self._read(reads.read_version)
        while (left := until - time.monotonic()) > 0:
            if await self._waiters.wait(min(left, POLL_SECONDS)) or await self._read(reads.read_version) != seen:
                return

    async def aclose(self) -> None:
        """End the threads and close the file, once what was asked for is done; the next use opens it again."""
        self._notice_fork()
        await self._writer.aclose()
        await self._reader.aclose()

    async def _write(self, call: Callable[[sqlite3.Connection], T], *, is_barrier: bool = False) -> T:
        self._notice_fork()
        return await self._writer.run(call, is_barrier=is_barrier)

    async def _read(self, call: Callable[[sqlite3.Connection], T]) -> T:
        self._notice_fork()
        return await self._reader.run(call)

    def _notice_fork(self) -> None:
        """A child made by fork has threads and connections of its own."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._writer.forget()
            self._reader.forget()


def _encode(records: Sequence[Record]) -> Batch:
    return Batch(len(records), encode_records(records), find_replied(records)) if records else Batch(0, "", ())

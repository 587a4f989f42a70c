"""Points of a process at which it can be killed, and stores that are such points before, amid and after each write."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from agent_brain.core.records import Record
from agent_brain.core.store import Lease, NewRun, Position, RunInfo
from agent_brain.stores.postgres import PostgresStore
from agent_brain.stores.sqlite import SqliteStore
from durability.outside import Outside

T = TypeVar("T")


class KillPoints:
    """Counts the points that a process passes; at the one called `fatal`, or of that number, it gets a signal."""

    def __init__(self, outside: Outside, fatal: str | int | None = None, number: int = signal.SIGKILL) -> None:
        self.passed: list[str] = []
        self._outside = outside
        self._fatal = fatal
        self._signal = number
        self._calls: Counter[str] = Counter()

    def meet(self, name: str) -> None:
        """Pass a point, or die (or stop) there."""
        self.passed.append(name)
        if self._fatal in (name, len(self.passed)):
            os.kill(os.getpid(), self._signal)

    async def surround(self, what: str, run_id: str, head: int, write: Coroutine[Any, Any, T]) -> T:
        """Make a write with a point before it, one while it may be anywhere, and one after it was acknowledged."""
        self._calls[what] += 1
        name = f"{what} {self._calls[what]}"
        task = asyncio.ensure_future(self._begin(name, write))
        for _ in range(1 + self._calls[what] % 4):  # further on with each call
            await asyncio.sleep(0)
        self.meet(f"{name} amid")
        result = await task
        self._outside.tell("ack", run_id, head)
        self.meet(f"{name} after")
        return result

    async def _begin(self, name: str, write: Coroutine[Any, Any, T]) -> T:
        self.meet(f"{name} before")
        return await write


class MortalSqliteStore(SqliteStore):
    """Tells outside what it has acknowledged, and may die before, amid or after it."""

    def __init__(self, path: str, points: KillPoints, **options: Any) -> None:
        super().__init__(path, **options)
        self._points = points

    async def create(self, run: NewRun, records: Sequence[Record], position: Position, owner: str) -> Lease:
        write = super().create(run, records, position, owner)
        return await self._points.surround("create", run.run_id, len(records), write)

    async def claim(self, run_id: str, *args: Any) -> tuple[Lease, RunInfo]:
        return await self._points.surround("claim", run_id, 0, super().claim(run_id, *args))

    async def append(self, lease: Lease, head: int, records: Sequence[Record], *args: Any, **options: Any) -> None:
        write = super().append(lease, head, records, *args, **options)
        await self._points.surround("append", lease.run_id, head + len(records), write)

    async def put_snapshot(self, run_id: str, head: int, env: bytes) -> None:
        await self._points.surround("put_snapshot", run_id, head, super().put_snapshot(run_id, head, env))


class MortalPostgresStore(PostgresStore):
    """The same on a server."""

    def __init__(self, url: str, points: KillPoints, **options: Any) -> None:
        super().__init__(url, **options)
        self._points = points

    async def create(self, run: NewRun, records: Sequence[Record], position: Position, owner: str) -> Lease:
        write = super().create(run, records, position, owner)
        return await self._points.surround("create", run.run_id, len(records), write)

    async def claim(self, run_id: str, *args: Any) -> tuple[Lease, RunInfo]:
        return await self._points.surround("claim", run_id, 0, super().claim(run_id, *args))

    async def append(self, lease: Lease, head: int, records: Sequence[Record], *args: Any, **options: Any) -> None:
        write = super().append(lease, head, records, *args, **options)
        await self._points.surround("append", lease.run_id, head + len(records), write)

    async def put_snapshot(self, run_id: str, head: int, env: bytes) -> None:
        await self._points.surround("put_snapshot", run_id, head, super().put_snapshot(run_id, head, env))

"""Appends of many runs at once: while all connections are busy, those that come wait and then go as one statement."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from agent_brain.core.errors import BrainError
from agent_brain.core.record_json import RECORDS_VERSION
from agent_brain.stores.columns import find_replied
from agent_brain.stores.postgres_append import Append
from agent_brain.stores.postgres_driver import Connection
from agent_brain.stores.postgres_session import Calls

BATCH_MAX = 200

_Entry = tuple[Append, asyncio.Future[bool]]
"""An append, and whether a batch has written it."""


@dataclass(slots=True)
class _Queue:
    """What waits in one event loop."""

    busy: int = 0
    """How many calls are under way."""
    waiting: list[_Entry] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def take(self) -> list[_Entry]:
        """The next ones, at most one of each run: the second of two must come behind the first."""
        batch: dict[str, _Entry] = {}
        rest = []
        for entry in self.waiting:
            key = entry[0].lease.run_id
            if key in batch or len(batch) == BATCH_MAX:
                rest.append(entry)
            else:
                batch[key] = entry
        self.waiting = rest
        return list(batch.values())


class Batches:
    """Writes appends: each by itself as long as there are connections, together when there are none left.

    A batch is an attempt: what it does not write, for whatever reason, is written by itself.
    """

    def __init__(self, calls: Calls, sql: Mapping[str, str], connections: int) -> None:
        self._calls = calls
        self._sql = sql
        self._connections = connections
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, _Queue] = WeakKeyDictionary()

    async def write(self, append: Append) -> None:
        """Make the records durable. Raises: Fenced; RunUnknown; what `Calls.make` raises."""
        queue = self._queues.setdefault(asyncio.get_running_loop(), _Queue())
        if queue.busy >= self._connections and not find_replied(append.records):
            written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            queue.waiting.append((append, written))
            if await written:
                return
        queue.busy += 1
        try:
            await self._calls.make(lambda connection: append.write(connection, self._sql))
        finally:
            queue.busy -= 1
            self._go_on(queue)

    def _go_on(self, queue: _Queue) -> None:
        queue.waiting = [entry for entry in queue.waiting if not entry[1].done()]  # some callers were cancelled
        if queue.waiting and queue.busy < self._connections:
            queue.busy += 1
            task = asyncio.create_task(self._write_batch(queue, queue.take()))
            queue.tasks.add(task)
            task.add_done_callback(queue.tasks.discard)

    async def _write_batch(self, queue: _Queue, batch: Sequence[_Entry]) -> None:
        appends = [append for append, _ in batch]
        written: set[str] = set()
        try:
            written = await self._calls.try_once(lambda connection: self._send(connection, appends))
        except BrainError:
            pass  # each of them finds out for itself, with patience of its own
        finally:
            queue.busy -= 1
            for append, future in batch:
                if not future.done():
                    future.set_result(append.lease.run_id in written)
            self._go_on(queue)

    async def _send(self, connection: Connection, batch: Sequence[Append]) -> set[str]:
        columns = zip(*(entry.say() for entry in batch), strict=True)
        is_barrier = any(entry.is_barrier for entry in batch)
        values = [*map(list, columns), RECORDS_VERSION, batch[0].lease_seconds, is_barrier]
        keys = {row["run_id"] for row in await connection.fetch(self._sql["append_all"], *values)}
        return {entry.lease.run_id for entry in batch if entry.key in keys}

"""Hints that something in the store has changed: sent behind the commits, received on a connection of their own.

They may be lost: who waits for them looks again by itself after a while.
"""

import asyncio
import time

from agent_brain.stores.postgres_address import PostgresAddress
from agent_brain.stores.postgres_driver import Connection, Pool, connect, find_faults

PAUSE_SECONDS = 0.03
"""Between two notices of one process, and between two wake-ups of it."""
PAYLOAD_BYTES_MAX = 7900
"""Postgres refuses 8000."""
LAST_WORD_SECONDS = 1.0


class Announcer:
    """Tells other processes which runs have changed, in a statement of its own.

    A NOTIFY inside of a transaction takes a lock that all commits of the database then queue for.
    """

    def __init__(self, pool: Pool, channel: str, statement: str) -> None:
        self._pool = pool
        self._channel = channel
        self._statement = statement
        self._changed: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._is_sending = False

    def announce(self, run_id: str) -> None:
        """Tell of it soon; never fails and takes no time."""
        self._changed.add(run_id)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send_all())

    async def aclose(self) -> None:
        """Say the last word, if that is quickly done."""
        if self._task is not None:
            if self._is_sending:
                await asyncio.wait([self._task], timeout=LAST_WORD_SECONDS)
            self._task.cancel()
            await asyncio.wait([self._task])
        try:
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await self._send()
        except find_faults():
            return

    async def _send_all(self) -> None:
        try:
            while self._changed:
                await self._send()
                await asyncio.sleep(PAUSE_SECONDS)
        except find_faults():
            return  # the server is gone, and whoever waits for it will look when it is back

    async def _send(self) -> None:
        if not self._changed:
            return
        payload = "\n".join(self._changed)
        self._changed.clear()
        self._is_sending = True
        try:
            short = payload if len(payload.encode()) < PAYLOAD_BYTES_MAX else ""
            await self._pool.fetchval(self._statement, self._channel, short)
        finally:
            self._is_sending = False


class Listener:
    """Waits for the notices of all processes; without a connection it only waits."""

    def __init__(self, address: PostgresAddress, channel: str) -> None:
        self._address = address
        self._channel = channel
        self._connection: Connection | None = None
        self._opening: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._woken_at = 0.0

    async def wait(self, seconds: float) -> None:
        """Return after this time, or soon after a notice."""
        self._start_listening()
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
                await asyncio.sleep(self._woken_at + PAUSE_SECONDS - time.monotonic())
        except TimeoutError:
            return
        self._woken_at = time.monotonic()

    async def aclose(self) -> None:
        """Stop listening."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    def _start_listening(self) -> None:
        """In a task of its own: a wait that is shorter than connecting takes must not undo it."""
        is_opening = self._opening is not None and not self._opening.done()
        if not is_opening and (self._connection is None or self._connection.is_closed()):
            self._opening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            connection = await connect(self._address)
        except find_faults():
            return
        try:
            await connection.add_listener(self._channel, self._hear)
        except find_faults():
            connection.terminate()
        except asyncio.CancelledError:
            connection.terminate()
            raise
        else:
            self._connection = connection

    def _hear(self, *_: object) -> None:
        """Wake everyone who waits; who comes later waits for the next notice."""
        self._changed.set()
        self._changed = asyncio.Event()

"""Calls to the database: over the running event loop's own connections, made again while the server is away."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from agent_brain.core.errors import StoreDown
from agent_brain.stores.postgres_address import PostgresAddress
from agent_brain.stores.postgres_driver import Connection, Pool, find_faults, open_pool
from agent_brain.stores.postgres_faults import read_fault
from agent_brain.stores.postgres_notices import Announcer, Listener
from agent_brain.stores.postgres_schema import Dialect, prepare

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]

FIRST_SECONDS = 5.0
"""The patience with a server that was never reached: more likely a wrong URL than a server that is away."""
WAIT_INITIAL_SECONDS = 0.02
WAIT_MAX_SECONDS = 1.0
CLOSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Session:
    """What is open for one event loop."""

    pool: Pool
    announcer: Announcer
    listener: Listener


class SessionPerLoop:
    """Opens a session where an event loop has none; asyncio closes it with the loop, as it does async generators."""

    def __init__(self, address: PostgresAddress, notify: str) -> None:
        """`notify` is the statement that sends a notice."""
        self._address = address
        self._notify = notify
        self._sessions: dict[asyncio.AbstractEventLoop, Session] = {}
        self._keepers: dict[asyncio.AbstractEventLoop, AsyncGenerator[None, None]] = {}

    @property
    def current(self) -> Session | None:
        """The session of the running loop, where there is one."""
        return self._sessions.get(asyncio.get_running_loop())

    async def get(self) -> Session:
        """The session of the running loop; nothing is connected yet. Raises: what the driver raises."""
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None:
            self._drop_closed()
            pool = await open_pool(self._address)
            if (rival := self._sessions.get(loop)) is not None:
                return rival
            session = self._sessions[loop] = self._make(pool)
            self._keepers[loop] = self._keep(loop, session)
            await anext(self._keepers[loop])
        return session

    async def aclose(self) -> None:
        """Close the running loop's session; the next `get` opens another."""
        keeper = self._keepers.get(asyncio.get_running_loop())
        if keeper is not None:
            await keeper.aclose()

    def _make(self, pool: Pool) -> Session:
        channel = self._address.schema
        return Session(pool, Announcer(pool, channel, self._notify), Listener(self._address, channel))

    async def _keep(self, loop: asyncio.AbstractEventLoop, session: Session) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self._sessions.pop(loop, None)
            self._keepers.pop(loop, None)
            await session.listener.aclose()
            await session.announcer.aclose()
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await session.pool.close()
            except find_faults():
                session.pool.terminate()

    def _drop_closed(self) -> None:
        """Forget loops that were closed without shutting their generators down."""
        for loop in list(self._sessions):
            if loop.is_closed():
                self._sessions.pop(loop, None)
                self._keepers.pop(loop, None)


class Calls:
    """Makes calls and makes them again: each piece of work must bear to be done twice."""

    def __init__(self, address: PostgresAddress, dialect: Dialect, patience_seconds: float) -> None:
        self.sessions = SessionPerLoop(address, dialect.statements["notify"])
        self._address = address
        self._dialect = dialect
        self._patience_seconds = patience_seconds
        self._is_prepared = False

    async def make(self, work: Work[T]) -> T:
        """What the work gives; done in one go or, where the server is away, as often as patience allows.

        Raises: StoreDown when patience has run out; SetupError, StoreBroken, StoreError.
        """
        began, wait = time.monotonic(), WAIT_INITIAL_SECONDS
        fault: StoreDown | None = None
        while (left := self._count_left(began)) > 0 or fault is None:
            try:
                async with asyncio.timeout(left):
                    return await self._attempt(work)
            except find_faults() as error:
                found = read_fault(error, self._address, is_first=not self._is_prepared)
            if not isinstance(found, StoreDown):
                raise found
            if fault is None or self._count_left(began) > 0:  # what the end of patience has cut says less
                fault = found
            await asyncio.sleep(min(max(0.0, self._count_left(began)), wait * random.uniform(0.5, 1.0)))
            wait = min(wait * 2, WAIT_MAX_SECONDS)
        raise StoreDown(f"{fault} (tried for {time.monotonic() - began:.1f} s)")

    async def try_once(self, work: Work[T]) -> T:
        """What the work gives, where it is done in one go. Raises: StoreDown; SetupError, StoreBroken, StoreError."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await self._attempt(work)
        except find_faults() as error:
            raise read_fault(error, self._address, is_first=not self._is_prepared) from error

    def announce(self, run_id: str) -> None:
        """Tell other processes, some time, that a run has changed."""
        session = self.sessions.current
        if session is not None:
            session.announcer.announce(run_id)

    async def wait(self, seconds: float) -> None:
        """Return after this time, or sooner when another process tells of a change."""
        try:
            session = await self.sessions.get()
        except find_faults():
            await asyncio.sleep(seconds)
            return
        await session.listener.wait(seconds)

    async def _attempt(self, work: Work[T]) -> T:
        pool = (await self.sessions.get()).pool
        connection = await pool.acquire()
        try:
            if not self._is_prepared:
                await prepare(connection, self._dialect)
                self._is_prepared = True
            return await work(connection)
        finally:
            with suppress(*find_faults()):  # a connection that cannot be cleared in time is thrown away
                await pool.release(connection, timeout=CLOSE_SECONDS)

    def _count_left(self, began: float) -> float:
        patience = self._patience_seconds if self._is_prepared else min(self._patience_seconds, FIRST_SECONDS)
        return began + patience - time.monotonic()

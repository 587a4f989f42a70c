"""The heart: one beat for all runs that a driver has under way, so that their leases do not end."""

import asyncio
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from agent_brain.core.errors import StoreError
from agent_brain.core.store import Store

BEATS_PER_LEASE = 3


class Heart:
    """Extends the leases of one owner while at least one run is under way in the running event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._name = os.urandom(4).hex()
        self._loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Beat] = weakref.WeakKeyDictionary()

    @property
    def owner(self) -> str:
        """Who holds the leases: this machine, this process, this driver."""
        from platform import node  # on first use: an import need not wait for it

        return f"{node()}:{os.getpid()}:{self._name}"

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beat meanwhile, if the store's leases end at all."""
        seconds = self._store.lease_seconds
        if seconds is None:
            yield
            return
        beat = self._loops.setdefault(asyncio.get_running_loop(), _Beat())
        beat.runs += 1
        if beat.task is None:
            beat.task = asyncio.create_task(self._beat(seconds / BEATS_PER_LEASE))
        try:
            yield
        finally:
            beat.runs -= 1
            if not beat.runs and beat.task is not None:
                beat.task.cancel()
                beat.task = None

    async def _beat(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await self._store.beat(self.owner)
            except StoreError:
                continue  # the store is down for a while: the next append says so to whom it concerns


class _Beat:
    def __init__(self) -> None:
        self.runs = 0
        self.task: asyncio.Task[None] | None = None

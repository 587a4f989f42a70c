"""Those who wait for a store to change, in any number of event loops."""

import asyncio
from contextlib import suppress


class Waiters:
    """Tasks that wait; `tell` may be called in any thread."""

    def __init__(self) -> None:
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    @property
    def are_there(self) -> bool:
        """True while somebody waits."""
        return bool(self._waiting)

    async def wait(self, seconds: float) -> bool:
        """True as soon as somebody tells, False after this time."""
        told = asyncio.Event()
        entry = (asyncio.get_running_loop(), told)
        self._waiting.add(entry)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), seconds)
            return told.is_set()
        finally:
            self._waiting.discard(entry)

    def tell(self) -> None:
        """Something may have changed."""
        for loop, told in list(self._waiting):
            with suppress(RuntimeError):  # the loop was closed: nobody waits there any more
                loop.call_soon_threadsafe(told.set)

"""One timer for a whole stream of reads, because a timer for each read costs as much as the read."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Watchdog:
    """Bounds waits by a deadline that may be moved at no cost; time between two waits does not count by itself.

    Works as `asyncio.timeout` does, cancelling the task that waits and turning that cancellation into a TimeoutError;
    each wait may happen in another task.
    """

    __slots__ = ("_cancelling", "_fired", "_loop", "_task", "_timer", "deadline")

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._fired = False
        self.deadline = self._loop.time() + seconds

    def extend(self, seconds: float) -> None:
        """Move the deadline to this many seconds from here."""
        self.deadline = self._loop.time() + seconds
        if self._timer is not None and self.deadline < self._timer.when():
            self.close()

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """What the awaitable gives.

        Raises: TimeoutError at the deadline.
        """
        task = self._task = asyncio.current_task()
        assert task is not None
        self._cancelling = task.cancelling()
        if self._timer is None:
            self._timer = self._loop.call_at(self.deadline, self._check)
        try:
            return await awaitable
        except asyncio.CancelledError:
            if self._fired and task.uncancel() <= self._cancelling:
                raise TimeoutError from None
            raise
        finally:
            self._task = None
            self._fired = False

    def _check(self) -> None:
        self._timer = None
        if self._task is None:
            return
        if self._loop.time() < self.deadline:
            self._timer = self._loop.call_at(self.deadline, self._check)
            return
        self._fired = True
        self._task.cancel()

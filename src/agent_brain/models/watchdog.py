"""One timer for a whole stream of reads, because a timer for each read costs as much as the read."""

import asyncio
from types import TracebackType
from typing import Self


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

    def __enter__(self) -> Self:
        """Begin to wait: in this block the deadline counts. It ends with TimeoutError where the deadline is met."""
        task = self._task = asyncio.current_task(self._loop)
        assert task is not None
        self._cancelling = task.cancelling()
        if self._timer is None:
            self._timer = self._loop.call_at(self.deadline, self._check)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        has_fired, self._fired = self._fired, False
        if not has_fired:
            return
        assert task is not None  # set on the way in
        left = task.uncancel()  # also where a transport has made another error of it: outer timeouts count them
        if left <= self._cancelling and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from None

    def _check(self) -> None:
        self._timer = None
        if self._task is None:
            return
        if self._loop.time() < self.deadline:
            self._timer = self._loop.call_at(self.deadline, self._check)
            return
        self._fired = True
        self._task.cancel()

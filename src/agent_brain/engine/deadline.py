"""A deadline for an async generator's work, which never cancels the one who reads it."""

import asyncio
import math
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Self, TypeVar

from agent_brain.core.errors import TimeUp

T = TypeVar("T")


class Deadline:
    """One timer for many `next` calls; in between, where the reader runs, it only remembers that the time is up.

    `asyncio.timeout` around the loop would cancel the reader, and one around each item costs a timer each.
    Use inside a running event loop, as a context manager.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._ends = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._working: asyncio.Task[object] | None = None
        self._is_over = False
        self._has_cancelled = False

    def __enter__(self) -> Self:
        if self._seconds is not None:
            self._ends = self._loop.time() + max(0.0, self._seconds)
            self._timer = self._loop.call_at(self._ends, self._ring)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    @property
    def is_over(self) -> bool:
        """True once the time is up."""
        return self._is_over

    async def next(self, items: AsyncGenerator[T, None]) -> T:
        """The generator's next item.

        Raises: StopAsyncIteration at its end; TimeUp, with the generator's work cancelled, when the time is over.
        """
        if self._seconds is None:
            return await items.__anext__()
        if not self._is_over and self._loop.time() >= self._ends:
            self._is_over = True  # nothing has waited since, so that the timer had no turn
        if self._is_over:
            raise TimeUp("the time limit was reached")
        task = asyncio.current_task(self._loop)
        cancelling = task.cancelling() if task else 0
        self._working = task
        try:
            return await items.__anext__()
        except asyncio.CancelledError as error:
            # The same distinction as in asyncio.timeout: somebody else's cancellation goes on its way.
            if self._has_cancelled and task is not None and task.cancelling() - 1 <= cancelling:
                raise TimeUp("the time limit was reached") from error
            raise
        finally:
            self._working = None
            if self._has_cancelled and task is not None:
                self._has_cancelled = False
                task.uncancel()

    def _ring(self) -> None:
        self._is_over = True
        if self._working is not None:
            self._has_cancelled = self._working.cancel()

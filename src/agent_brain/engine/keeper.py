"""Closes a stream in a task of its own, also where whoever read it has left it open and the event loop ends.

A reader that breaks off without `aclosing` leaves the closing to the event loop, which, at its end, closes all async
generators of a chain at the same time: what one of them is closing is "already running" for another, and each of them
complains. With a keeper, a chain is closed from its outer end alone, before the loop comes to that.
"""

import asyncio
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """As `contextlib.aclosing`, with a task that closes the source when the block is left, or the loop ends."""

    __slots__ = ("_keeper", "_left", "_source")

    def __init__(self, source: AsyncGenerator[T, None]) -> None:
        self._source = source
        self._left = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> AsyncGenerator[T, None]:
        self._keeper = asyncio.create_task(_close(self._source, self._left))
        # A loop that is closed without an end takes it along, and nobody has to hear of that.
        self._keeper._log_destroy_pending = False  # type: ignore[attr-defined]
        return self._source

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._keeper is not None  # made when the block was entered
        if self._keeper.get_loop().is_closed():  # it is collected, after a loop that was closed without an end
            await self._source.aclose()
            return
        self._left.set()
        await asyncio.wait((self._keeper,))
        if not self._keeper.cancelled():
            self._keeper.result()


async def _close(source: AsyncGenerator[object, None], left: asyncio.Event) -> None:
    """Close the source when it was left; where this is cancelled, the loop ends, and it is high time."""
    try:
        await left.wait()
    except asyncio.CancelledError:
        if not getattr(source, "ag_running", False):  # then a reader is at work in it, and cancelled as well
            await source.aclose()
        raise
    await source.aclose()

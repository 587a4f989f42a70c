"""Several async generators as one."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Generic, Self, TypeVar

Key = TypeVar("Key")
T = TypeVar("T")

CLOSE_SECONDS = 0.5
"""How long a source may take to close; one that swallows its cancellation is left behind then."""


async def merge(sources: Mapping[Key, AsyncGenerator[T, None]]) -> AsyncGenerator[tuple[Key, T], None]:
    """Items of all sources as they come, each with its source's key; leaving early closes every source.

    Raises: what a source raises, after the others have been closed.
    """
    if len(sources) == 1:
        [(key, source)] = sources.items()
        async with aclosing(source):
            async for only in source:
                yield key, only
        return
    queue: asyncio.Queue[tuple[Key, T] | asyncio.Task[None]] = asyncio.Queue()
    tasks = [asyncio.create_task(_pump(key, source, queue)) for key, source in sources.items()]
    for task in tasks:
        task.add_done_callback(queue.put_nowait)
    try:
        running = len(tasks)
        while running:
            item = await queue.get()
            if isinstance(item, asyncio.Task):
                running -= 1
                item.result()
            else:
                yield item
    finally:
        await _close(tasks)


class Crowd(Generic[Key, T]):
    """Several async generators as one, which others may join while it is read.

    To be used with `async with`: leaving it closes every source.
    """

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[Key, T] | asyncio.Task[None]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await _close(list(self._tasks))

    def add(self, key: Key, source: AsyncGenerator[T, None]) -> None:
        """Let a source begin."""
        task = asyncio.create_task(_pump(key, source, self._queue))
        task.add_done_callback(self._queue.put_nowait)
        self._tasks.add(task)

    async def read(self) -> AsyncGenerator[tuple[Key, T], None]:
        """Items as they come, until every source has ended. Raises: what a source raises."""
        while self._tasks:
            item = await self._queue.get()
            if isinstance(item, asyncio.Task):
                self._tasks.discard(item)
                item.result()
            else:
                yield item


async def _close(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
    for task in tasks:
        task.add_done_callback(_forget)


def _forget(task: asyncio.Task[None]) -> None:
    """Take note of what a source raised while it was closed: only the first error is raised."""
    if not task.cancelled():
        task.exception()


async def _pump(
    key: Key, source: AsyncGenerator[T, None], queue: asyncio.Queue[tuple[Key, T] | asyncio.Task[None]]
) -> None:
    async with aclosing(source):
        async for item in source:
            queue.put_nowait((key, item))

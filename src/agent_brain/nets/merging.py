"""Several async generators as one."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TypeVar

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

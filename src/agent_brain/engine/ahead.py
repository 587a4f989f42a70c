"""A source that does not wait for its reader."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")


async def run_ahead(
    source: AsyncGenerator[T, None], queue: "asyncio.Queue[T | None] | None" = None
) -> AsyncGenerator[T, None]:
    """The items of a source that runs on in a task of its own, however slowly they are read.

    For a step with several actions at once: the outcome of each is committed when it is there, and not when a slow
    watcher comes back for more. Leaving early closes the source. What the source itself puts into the `queue` comes in
    between. Raises: what the source raises.
    """
    queue = asyncio.Queue() if queue is None else queue
    task = asyncio.create_task(_pump(source, queue))
    task.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (item := await queue.get()) is not None:
            yield item
        task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # nobody waits for it any more, so that asyncio need not complain of it


async def _pump(source: AsyncGenerator[T, None], queue: asyncio.Queue[T | None]) -> None:
    async with aclosing(source):
        async for item in source:
            queue.put_nowait(item)

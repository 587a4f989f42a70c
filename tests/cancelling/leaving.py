"""The ways in which a stream of events is left before its end, or read by another task than the one that began it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress

import anyio

from agent_brain.core.events import Event

Events = AsyncGenerator[Event, None]
Leave = Callable[[Events, int], Awaitable[None]]
"""Reads so many events and leaves."""


class Enough(Exception):
    """What a reader raises who has seen enough."""


async def read(events: Events, count: int) -> None:
    """Read so many events, if there are as many."""
    with suppress(StopAsyncIteration):
        for _ in range(count):
            await anext(events)


async def close(events: Events, count: int) -> None:
    """As the guide says."""
    async with aclosing(events):
        await read(events, count)


async def forget(events: Events, count: int) -> None:
    """Break out of the loop, and leave the rest to the garbage collector."""
    async for _ in events:
        count -= 1
        if count < 0:
            break


async def cancel(events: Events, count: int) -> None:
    """Cancel the task that reads."""
    enough = asyncio.Event()

    async def watch() -> None:
        async with aclosing(events):
            await read(events, count)
            enough.set()
            async for _ in events:
                pass

    task = asyncio.create_task(watch())
    await enough.wait()
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


async def run_out_of_time(events: Events, count: int) -> None:
    """Read under a timeout of asyncio's."""
    with suppress(TimeoutError):
        async with asyncio.timeout(count / 1000), aclosing(events):
            async for _ in events:
                pass


async def cancel_scope(events: Events, count: int) -> None:
    """Read in a scope of anyio's, as web frameworks do, which cancels again and again."""
    with anyio.move_on_after(count / 1000):
        async with aclosing(events):
            async for _ in events:
                pass


async def fail(events: Events, count: int) -> None:
    """Raise in the middle of the loop."""
    with suppress(Enough):
        async with aclosing(events):
            await read(events, count)
            raise Enough


async def fail_beside(events: Events, count: int) -> None:
    """Let another task of the same group fail."""
    enough = asyncio.Event()

    async def watch() -> None:
        async with aclosing(events):
            await read(events, count)
            enough.set()
            async for _ in events:
                pass

    async def give_up() -> None:
        await enough.wait()
        raise Enough

    with suppress(ExceptionGroup):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watch())
            tasks.create_task(give_up())


async def hand_over(events: Events, count: int) -> None:
    """Read in one task, read on in another, close in a third."""
    await asyncio.create_task(read(events, count // 2))
    await asyncio.create_task(read(events, count - count // 2))
    await asyncio.create_task(_close(events))


async def _close(events: Events) -> None:
    await events.aclose()


WAYS: Mapping[str, Leave] = {
    way.__name__: way for way in (close, forget, cancel, run_out_of_time, cancel_scope, fail, fail_beside, hand_over)
}

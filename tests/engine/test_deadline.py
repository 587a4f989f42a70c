"""A deadline cancels the work inside it and never the reader."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from agent_brain.core.errors import TimeUp
from agent_brain.engine.deadline import Deadline


async def ticks(pause: float, closed: list[str]) -> AsyncGenerator[int, None]:
    try:
        for tick in range(1000):
            await asyncio.sleep(pause)
            yield tick
    finally:
        closed.append("closed")


async def test_work_is_cancelled_when_the_time_is_up() -> None:
    closed: list[str] = []
    with Deadline(0.02) as deadline, pytest.raises(TimeUp):
        await deadline.next(ticks(30, closed))

    assert closed == ["closed"]
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]


async def test_a_slow_reader_is_not_cancelled_and_is_told_at_the_next_item() -> None:
    closed: list[str] = []
    async with aclosing(ticks(0, closed)) as items:
        with Deadline(0.01) as deadline:
            assert await deadline.next(items) == 0
            await asyncio.sleep(0.03)
            with pytest.raises(TimeUp):
                await deadline.next(items)

    assert closed == ["closed"]


async def test_the_end_of_the_items_is_their_end() -> None:
    async def nothing() -> AsyncGenerator[int, None]:
        return
        yield 1

    with Deadline(None) as deadline, pytest.raises(StopAsyncIteration):
        await deadline.next(nothing())


async def test_a_cancellation_from_outside_stays_one() -> None:
    closed: list[str] = []

    async def read() -> None:
        with Deadline(30) as deadline:
            await deadline.next(ticks(30, closed))

    task = asyncio.create_task(read())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert closed == ["closed"]


async def test_work_that_swallows_its_cancellation_ends_at_the_next_item() -> None:
    async def stubborn() -> AsyncGenerator[int, None]:
        while True:
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                yield 1

    async with aclosing(stubborn()) as items:
        with Deadline(0.01) as deadline:
            assert await deadline.next(items) == 1
            assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]
            with pytest.raises(TimeUp):
                await deadline.next(items)


async def test_work_that_never_waits_ends_at_the_next_item() -> None:
    async def restless() -> AsyncGenerator[int, None]:
        while True:
            yield 1

    async with aclosing(restless()) as items:
        with Deadline(0.01) as deadline:
            assert await deadline.next(items) == 1
            time.sleep(0.02)  # noqa: ASYNC251  # the timer has no turn either
            with pytest.raises(TimeUp):
                await deadline.next(items)

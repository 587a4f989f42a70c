"""A watchdog ends a wait as `asyncio.timeout` does: nobody else takes its cancellation for their own."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from agent_brain.models.watchdog import Watchdog


async def wait_forever() -> None:
    await asyncio.Event().wait()


async def swallow() -> None:
    with suppress(asyncio.CancelledError):
        await wait_forever()


async def convert() -> None:
    try:
        await wait_forever()
    except asyncio.CancelledError:
        raise ConnectionError("the line is dead") from None


async def test_a_wait_beyond_the_deadline_is_a_timeout() -> None:
    with pytest.raises(TimeoutError), Watchdog(0):
        await wait_forever()


@pytest.mark.parametrize("transport", [swallow, convert])
async def test_a_transport_that_makes_something_else_of_it_leaves_outer_timeouts_as_they_are(
    transport: Callable[[], Awaitable[None]],
) -> None:
    async def wait_in_time() -> None:
        async with asyncio.timeout(0.02):
            with suppress(ConnectionError), Watchdog(0):
                await transport()
            await wait_forever()

    with pytest.raises(TimeoutError):
        await wait_in_time()


async def test_who_is_cancelled_at_the_very_deadline_is_cancelled() -> None:
    async def wait() -> None:
        watchdog = Watchdog(0.01)
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().call_at(watchdog.deadline, task.cancel)
        with watchdog:
            await wait_forever()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(wait())

"""A thread's job that nobody waits for any more leaves nothing behind."""

import asyncio
import inspect
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

from agent_brain.tools.worker_thread import drop, start_in_thread


async def greet() -> str:
    return "hello"


def fail() -> None:
    raise LookupError("no such city")


async def test_a_coroutine_that_was_given_before_the_drop_is_closed() -> None:
    future = start_in_thread(greet)
    await asyncio.wait((future,))
    drop(future)

    assert inspect.getcoroutinestate(future.result()) == inspect.CORO_CLOSED


async def test_a_coroutine_that_is_given_after_the_drop_is_closed() -> None:
    release, late = threading.Event(), greet()

    def give() -> Coroutine[Any, Any, str]:
        release.wait(5)
        return late

    drop(start_in_thread(give))
    release.set()
    await asyncio.sleep(0.05)

    assert inspect.getcoroutinestate(late) == inspect.CORO_CLOSED


async def test_an_error_that_came_before_the_drop_is_not_told_as_unseen() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    future = start_in_thread(fail)
    await asyncio.wait((future,))
    drop(future)
    del future

    assert told == []


async def test_a_function_that_stops_an_iteration_of_nobody_is_told_and_leaves_nobody_waiting() -> None:
    with pytest.raises(RuntimeError, match=r"^StopIteration$"):
        await asyncio.wait_for(start_in_thread(lambda: next(iter(()))), 5)

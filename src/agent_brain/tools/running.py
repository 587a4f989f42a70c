"""Runs one call of a tool's function under a time limit, and turns whatever comes of it into one observation."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from agent_brain.core.items import Observation, OutcomeStatus
from agent_brain.tools.attempt import Attempt, describe
from agent_brain.tools.result_text import RESULT_CHARACTERS_MAX, cut_middle, make_safe, to_text
from agent_brain.tools.worker_thread import drop, start_in_thread

CANCEL_GRACE_SECONDS = 0.5
"""How long a cancelled tool may take to clean up before it is left alone."""
PROGRESS_CHARACTERS_MAX = 2_000
CANCELLED_WITHIN = "CancelledError: the tool was cancelled from within"


class OutOfTime(Exception):
    """The tool had not ended when its time was over."""


async def await_result(awaitable: Awaitable[Any], timeout_seconds: float | None) -> Observation:
    """Await an async tool in a task of its own. Raises: OutOfTime, when it has been cancelled."""
    task = asyncio.ensure_future(_observe(awaitable))
    try:
        await asyncio.wait((task,), timeout=timeout_seconds)
    finally:
        if not task.done():
            await _cancel(task)
    return _get_outcome(task, timeout_seconds)


async def run_in_thread(function: Callable[[], Any], timeout_seconds: float | None) -> Observation:
    """Run a blocking tool in a thread. Raises: OutOfTime, when the thread has been left to itself."""
    attempt = Attempt()
    with attempt:
        future = start_in_thread(lambda: _observe_call(function))
        try:
            await asyncio.wait((future,), timeout=timeout_seconds)
        except asyncio.CancelledError:
            drop(future)
            raise
        if not future.done():
            drop(future)
            raise OutOfTime
        result = future.result()
        return result if isinstance(result, Observation) else await await_result(result, timeout_seconds)
    if isinstance(attempt.failure, OutOfTime):
        raise attempt.failure
    return _fail(attempt)


async def stream_items(
    items: Callable[[], AsyncIterable[Any]], timeout_seconds: float | None
) -> AsyncGenerator[str | Observation, None]:
    """Stream each item of an async generator as progress at once, then the last one as the result.

    The generator lives in one task from its start to its close, as cancel scopes inside it need.
    Raises: OutOfTime, when it has been closed.
    """
    told: asyncio.Queue[str | None] = asyncio.Queue()
    task = asyncio.ensure_future(_drive(items, told))
    task.add_done_callback(lambda _: told.put_nowait(None))
    timer = None
    if timeout_seconds is not None:
        timer = asyncio.get_running_loop().call_later(timeout_seconds, told.put_nowait, None)
    try:
        while (text := await told.get()) is not None:
            yield text
            told.task_done()
    finally:
        if timer is not None:
            timer.cancel()
        if not task.done():
            await _cancel(task)
    yield _get_outcome(task, timeout_seconds)


async def _drive(items: Callable[[], AsyncIterable[Any]], told: asyncio.Queue[str | None]) -> Observation:
    attempt = Attempt()
    with attempt:
        last: Any = None
        async with aclosing(items()) as generator:  # type: ignore[type-var]  # only async generators come here
            async for item in generator:
                last = item
                if isinstance(item, Observation):
                    continue
                told.put_nowait(to_text(item, PROGRESS_CHARACTERS_MAX))
                await told.join()
        return _to_observation(last)
    return _fail(attempt)


async def _observe(awaitable: Awaitable[Any]) -> Observation:
    attempt = Attempt()
    with attempt:
        return _to_observation(await awaitable)
    return _fail(attempt)


def _observe_call(function: Callable[[], Any]) -> Observation | Awaitable[Any]:
    attempt = Attempt()
    try:
        with attempt:
            result = function()
            return result if isinstance(result, Awaitable) else _to_observation(result)
    except asyncio.CancelledError:  # in a thread it is the tool's own: nobody can cancel a thread
        return Observation(CANCELLED_WITHIN, OutcomeStatus.FAILED)
    return _fail(attempt)


def _to_observation(result: Any) -> Observation:
    """A tool may return an observation of its own; it is bounded like any result."""
    if not isinstance(result, Observation):
        return Observation(to_text(result))
    text = cut_middle(make_safe(result.text), RESULT_CHARACTERS_MAX)
    return result if text == result.text else Observation(text, result.status, result.fault)


def _fail(attempt: Attempt) -> Observation:
    if attempt.failure is None:
        raise AssertionError("only a failed attempt is described")
    return Observation(make_safe(describe(attempt.failure)), OutcomeStatus.FAILED)


async def _cancel(task: asyncio.Task[Observation]) -> None:
    """Cancel it and wait for its clean-up, within bounds."""
    task.cancel()
    await asyncio.wait((task,), timeout=CANCEL_GRACE_SECONDS)


def _get_outcome(task: asyncio.Task[Observation], timeout_seconds: float | None) -> Observation:
    if not task.done() or (task.cancelled() and task.cancelling()):
        raise OutOfTime(timeout_seconds)
    if task.cancelled():
        return Observation(CANCELLED_WITHIN, OutcomeStatus.FAILED)
    return task.result()

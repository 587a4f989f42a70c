"""Work that comes to its end, however often its caller is cancelled meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
Undo = Callable[[T], Coroutine[Any, Any, None]]

PATIENCE_SECONDS = 0.5
"""How long a caller that was cancelled waits for it; a store that is locked must not hold up who wants to stop."""
_left: set["asyncio.Task[None]"] = set()
"""Work that nobody waits for any more: it goes on until it has ended, or its loop."""


async def see_through(work: Coroutine[Any, Any, T], undo: Undo[T] | None = None) -> T:
    """What the work gives. Where the caller is cancelled meanwhile, it is so when the work has ended and was undone.

    For what must not be left half done: who stops waiting for a store does not keep it from giving a lease, and some
    frameworks cancel again at every await until their task has ended. Where that takes long, it is done without the
    caller.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return await work  # a run that is collected after its loop was closed: nobody can cancel it any more
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task,))
    except asyncio.CancelledError as error:
        raise await _outlast(_keep(_settle(task, undo)), loop.time() + PATIENCE_SECONDS) or error from None
    return task.result()


async def see_off(work: Coroutine[Any, Any, None]) -> None:
    """As `see_through`, for a last word that nobody waits long for. Raises: what the work raises meanwhile."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return await work  # as above
    task = _keep(work)
    cancelled = await _outlast(task, loop.time() + PATIENCE_SECONDS)
    if cancelled is not None:
        raise cancelled
    return task.result() if task.done() else None


def _keep(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """A task of its own, held on to until it has ended."""
    task = asyncio.ensure_future(work)
    _left.add(task)
    task.add_done_callback(_forget)
    return task


def _forget(task: "asyncio.Task[None]") -> None:
    _left.discard(task)
    if not task.cancelled():
        task.exception()  # who left it does not want to know


async def _settle(task: "asyncio.Task[T]", undo: Undo[T] | None) -> None:
    """The end of work that nobody wants the result of."""
    await asyncio.wait((task,))
    if not task.cancelled() and task.exception() is None and undo is not None:
        await undo(task.result())


async def _outlast(task: "asyncio.Task[None]", until: float) -> asyncio.CancelledError | None:
    """Wait for the task's end, for so long at most; gives the last cancellation of the caller, if there was one."""
    cancelled, loop = None, asyncio.get_running_loop()
    while not task.done() and loop.time() < until:
        try:
            await asyncio.wait((task,), timeout=until - loop.time())
        except asyncio.CancelledError as error:
            cancelled = error
    return cancelled

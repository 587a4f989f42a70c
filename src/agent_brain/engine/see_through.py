"""Work that comes to its end, however often its caller is cancelled meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def see_through(work: Coroutine[Any, Any, T], undo: Callable[[T], Coroutine[Any, Any, None]] | None = None) -> T:
    """What the work gives. Where the caller is cancelled meanwhile, it is so when the work has ended and was undone.

    For what must not be left half done: who stops waiting for a store does not keep it from giving a lease, and some
    frameworks cancel again at every await until their task has ended.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return await work  # a run that is collected after its loop was closed: nobody can cancel it any more
    task = asyncio.ensure_future(work)
    cancelled = await _outlast(task)
    if cancelled is None:
        return task.result()
    if not task.cancelled() and task.exception() is None and undo is not None:
        await see_through(undo(task.result()))
    raise cancelled


async def _outlast(task: "asyncio.Future[T]") -> asyncio.CancelledError | None:
    """Wait for the task's end; gives the last cancellation of the caller, if there was one."""
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    return cancelled

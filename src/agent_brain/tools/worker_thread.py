"""Blocking functions off the event loop, in daemon threads: one that hangs never keeps the interpreter from its end."""

import asyncio
import contextvars
import inspect
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

IDLE_THREADS_MAX = 16
"""Threads kept for the next call; further ones end with their job. An abandoned one is not among them."""


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    function: Callable[[], T]
    context: contextvars.Context
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]

    def run(self) -> None:
        try:
            result = self.context.run(self.function)
        except BaseException as error:  # a thread has nobody above it: the caller gets it
            self._tell(_fail, error)
        else:
            self._tell(_finish, result)

    def _tell(self, deliver: Callable[[asyncio.Future[T], Any], None], value: object) -> None:
        try:
            self.loop.call_soon_threadsafe(deliver, self.future, value)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more


def start_in_thread(function: Callable[[], T]) -> asyncio.Future[T]:
    """Start the function in a thread, with the caller's context variables; who stops waiting calls `drop`.

    Raises: RuntimeError where the system has no thread left.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    _get_thread().put(_Job(function, contextvars.copy_context(), loop, future))
    return future


def drop(future: asyncio.Future[Any]) -> None:
    """Stop waiting for it: the thread is left to itself, and what it gives is not used."""
    if not future.cancel() and future.exception() is None:
        _discard(future.result())


_Jobs = queue.SimpleQueue[_Job[Any]]
_idle: dict[int, list[_Jobs]] = {}
"""By process: a child made by fork has none of its parent's threads."""


def _get_thread() -> _Jobs:
    idle = _idle.setdefault(os.getpid(), [])
    try:
        return idle.pop()
    except IndexError:
        jobs: _Jobs = queue.SimpleQueue()
        threading.Thread(target=_work, args=(jobs, idle), name="agent-brain-tool", daemon=True).start()
        return jobs


def _work(jobs: _Jobs, idle: list[_Jobs]) -> None:
    while True:
        jobs.get().run()
        if len(idle) >= IDLE_THREADS_MAX:
            return
        idle.append(jobs)


def _finish(future: asyncio.Future[T], result: T) -> None:
    if future.done():
        _discard(result)
    else:
        future.set_result(result)


def _discard(result: object) -> None:
    """A coroutine that nobody will await is closed, or it would complain of that."""
    if inspect.iscoroutine(result):
        result.close()


def _fail(future: asyncio.Future[T], error: BaseException) -> None:
    if future.done():
        return
    if isinstance(error, StopIteration):  # a future takes none, and whoever waits would wait for ever
        error, stop = RuntimeError(f"StopIteration: {error}".removesuffix(": ")), error
        error.__cause__ = stop
    future.set_exception(error)

"""A thread with a connection of its own: jobs go in, their futures are answered in the loops they came from."""

import asyncio
import queue
import sqlite3
import threading
import weakref
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")

GROUP_MAX = 256
"""Jobs that are taken at once."""


@dataclass(slots=True, eq=False)
class Job(Generic[T]):
    """What is to be done with the connection, and who waits for it."""

    call: Callable[[sqlite3.Connection], T]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]
    is_barrier: bool = False
    result: T | None = None
    error: BaseException | None = None

    def answer(self) -> None:
        """In the loop: hand over what came of it, unless nobody waits any more."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)  # type: ignore[arg-type]  # T, once the job was done
        else:
            self.future.set_exception(self.error)


class Session(Protocol):
    """What a thread does with its jobs; it is used by that thread only."""

    def run(self, jobs: Sequence[Job[Any]]) -> None:
        """Do them all: each job has its result or its error afterwards."""

    def close(self) -> None:
        """Close what was opened."""


_Jobs = queue.SimpleQueue[Job[Any] | None]
"""None: there will be no further ones."""
_Ended = list[tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]]
"""Who waits for the thread's end."""


class SqliteThread:
    """Starts its thread with the first job, and again after `aclose`.

    The thread never keeps the interpreter alive, and ends when this object is dropped.
    """

    def __init__(self, make_session: Callable[[], Session], name: str) -> None:
        self._make_session = make_session
        self._name = name
        self._lock = threading.Lock()
        self._jobs: _Jobs | None = None
        self._thread: threading.Thread | None = None
        self._ended: _Ended = []
        self._ending: weakref.finalize[..., SqliteThread] | None = None

    async def run(self, call: Callable[[sqlite3.Connection], T], *, is_barrier: bool = False) -> T:
        """What the call gives in the thread; who stops waiting does not stop it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            if self._jobs is None:
                self._start()
            assert self._jobs is not None
            self._jobs.put(Job(call, loop, future, is_barrier))
        return await future

    async def aclose(self) -> None:
        """End the thread once all jobs given so far are done."""
        with self._lock:
            thread, self._thread, self._jobs = self._thread, None, None
            ending, self._ending = self._ending, None
        if thread is None or ending is None:
            return
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        self._ended.append((loop, ended))
        ending()
        await ended  # it closes its connection, after a job that may wait for a lock
        thread.join()

    def forget(self) -> None:
        """In a child made by fork: the thread and its connection are the parent's."""
        self._lock = threading.Lock()
        self._jobs = self._thread = None
        if self._ending is not None:
            self._ending.detach()
            self._ending = None

    def _start(self) -> None:
        self._jobs = queue.SimpleQueue()
        self._ended = []
        self._thread = threading.Thread(
            target=_work, args=(self._jobs, self._make_session(), self._ended), name=self._name, daemon=True
        )
        self._ending = weakref.finalize(self, self._jobs.put, None)
        self._thread.start()


def _work(source: _Jobs, session: Session, ended: _Ended) -> None:
    try:
        is_open = True
        while is_open:
            jobs, is_open = _take(source)
            if jobs:
                session.run(jobs)
                _answer(jobs)
            del jobs  # what was asked for is not kept until the next job comes
    finally:
        session.close()
        for loop, future in ended:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_set, future)


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _take(source: _Jobs) -> tuple[list[Job[Any]], bool]:
    """The jobs that are there, at least one, and whether more may come."""
    jobs: list[Job[Any]] = []
    job = source.get()
    while job is not None:
        jobs.append(job)
        if len(jobs) == GROUP_MAX or source.empty():
            return jobs, True
        job = source.get()
    return jobs, False


def _answer(jobs: Sequence[Job[Any]]) -> None:
    """One wake-up for each loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job[Any]]] = defaultdict(list)
    for job in jobs:
        by_loop[job.loop].append(job)
    for loop, done in by_loop.items():
        with suppress(RuntimeError):  # as above
            loop.call_soon_threadsafe(_answer_all, done)


def _answer_all(jobs: Sequence[Job[Any]]) -> None:
    for job in jobs:
        job.answer()

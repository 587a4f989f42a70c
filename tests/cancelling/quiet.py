"""What a process has open, and whatever it says without being asked."""

import asyncio
import gc
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import AsyncGeneratorType, CoroutineType
from typing import Any

FILES = Path("/proc/self/fd") if Path("/proc/self/fd").exists() else Path("/dev/fd")
SETTLE_SECONDS = 5.0
POLL_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Open:
    """What is open."""

    tasks: frozenset[asyncio.Task[Any]]
    children: frozenset[int]
    sockets: int
    files: int
    """Sockets included."""


def look() -> Open:
    """What is open in this process, on this loop."""
    places = []
    for name in os.listdir(FILES):
        with suppress(OSError):  # the folder itself
            places.append(os.readlink(FILES / name))
    sockets = sum(place.startswith("socket:") for place in places)
    return Open(frozenset(asyncio.all_tasks()), frozenset(list_children()), sockets, len(places))


def list_children() -> Iterator[int]:
    """The processes that this one has started and that are not gone, as the operating system says (Linux)."""
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            fields = place.read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                yield int(place.parent.name)


def list_suspended() -> list[str]:
    """Async generators and coroutines of the package that nobody has ended or dropped, by name."""
    gc.collect()
    found = [one for one in gc.get_objects() if isinstance(one, (AsyncGeneratorType, CoroutineType))]
    frames = [one.ag_frame if isinstance(one, AsyncGeneratorType) else one.cr_frame for one in found]
    codes = [frame.f_code for frame in frames if frame is not None]  # one that has ended has none
    return sorted(code.co_qualname for code in codes if "agent_brain" in code.co_filename)


async def settle(tasks: frozenset[asyncio.Task[Any]]) -> None:
    """Wait until no other tasks are there than these. Raises: TimeoutError."""
    async with asyncio.timeout(SETTLE_SECONDS):
        await asyncio.sleep(0)  # what is collected gets its task in the loop's next turn
        while asyncio.all_tasks() - tasks:  # noqa: ASYNC110  # nobody tells of a task's end
            await asyncio.sleep(POLL_SECONDS)


class _Handler(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(f"{record.name}: {record.getMessage()} {record.exc_info}")


@contextmanager
def listening() -> Iterator[list[str]]:
    """All that is said meanwhile past the one who called: by the loop, by threads, by what is collected, by loggers."""
    said: list[str] = []
    loop, handler = asyncio.get_running_loop(), _Handler(said)
    before = sys.unraisablehook, threading.excepthook, loop.get_exception_handler()
    sys.unraisablehook = lambda found: said.append(f"unraisable: {found.err_msg} {found.exc_value!r} {found.object!r}")
    threading.excepthook = lambda found: said.append(f"thread: {found.exc_value!r}")
    loop.set_exception_handler(lambda _, context: said.append(f"loop: {context}"))
    logging.getLogger().addHandler(handler)
    try:
        yield said
    finally:
        sys.unraisablehook, threading.excepthook = before[:2]
        loop.set_exception_handler(before[2])
        logging.getLogger().removeHandler(handler)

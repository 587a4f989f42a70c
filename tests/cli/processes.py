"""What the tests of the command line share: a command's outcome, the types of the fixtures, a server in a thread."""

import asyncio
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sse_server import Handler, Server


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    code: int
    out: str
    err: str


Invoke = Callable[..., Outcome]
Start = Callable[..., "subprocess.Popen[bytes]"]
Serve = Callable[[Handler], Server]


def collect(process: "subprocess.Popen[bytes]", data: bytes | None = None) -> Outcome:
    """Wait for a process and read what it wrote."""
    out, err = process.communicate(data, timeout=20)
    return Outcome(process.returncode, (out or b"").decode(), (err or b"").decode())


@contextmanager
def serving(server: Server) -> Iterator[None]:
    """Serve from a thread with a loop of its own."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with server:
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(5)
    yield
    loop.call_soon_threadsafe(stop.set)
    thread.join(5)
    loop.close()

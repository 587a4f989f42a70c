"""What the tests of the command line share: a command's outcome, the types of the fixtures, a server in a thread."""

import asyncio
import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

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


class Terminal:
    """A command on a pseudo-terminal, where stdin, stdout and stderr are one."""

    def __init__(self, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.seen = ""
        self._read = 0
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "agent_brain", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=os.environ | {"TERM": "xterm"} | (env or {}),
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._master, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C, as far as the process can tell."""
        self._process.send_signal(signal.SIGINT)

    def interrupt_typing(self) -> None:
        """Press Ctrl-C while a line is being typed, until it is noticed: readline misses one as it starts."""
        for attempt in range(100):
            if attempt % 10 == 0:
                self.interrupt()
            if self._look() and "\n" in self.seen[self._read :]:
                return

    def wait_for(self, words: str) -> str:
        """What appears from here up to these words."""
        deadline = time.monotonic() + 20
        while words not in self.seen[self._read :]:
            assert self._look(), f"ended before {words!r}: {self.seen!r}"
            assert time.monotonic() < deadline, f"waited for {words!r}, saw {self.seen!r}"
        new = self.seen[self._read :]
        self._read = len(self.seen)
        return new

    def finish(self) -> int:
        """Wait for the end; the process's exit code."""
        deadline = time.monotonic() + 20
        while self._look() and time.monotonic() < deadline:
            pass
        return self._process.wait(5)

    def _look(self) -> bool:
        """Read what has come; False at the end."""
        if not select.select([self._master], [], [], 0.05)[0]:
            return self._process.poll() is None
        try:
            self.seen += os.read(self._master, 65536).decode()
        except OSError:
            return False
        return True


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

"""A child process that calls functions of strangers' source: bounded in time, memory and output."""

import asyncio
import contextlib
import json
import secrets
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from agent_brain.tools.child.process import end, start

WORKER = Path(__file__).with_name("worker.py")
VARIABLES = {"PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}
"""A fixed seed, because the order of a set may be part of a result."""
STRAY_LINES_MAX = 1_000
"""How many lines that are no reply are read over."""


class CallEnd(StrEnum):
    """How a call came to its end."""

    DONE = "done"
    RAISED = "raised"
    WRONG_ARGUMENTS = "wrong arguments"
    OUT_OF_TIME = "out of time"
    DIED = "died"
    """The code has ended the process, or the system has."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What came of a call."""

    kind: CallEnd
    value: Any = None
    """What the function gave, as JSON; what JSON cannot hold as a text."""
    why: str = ""
    code: int | None = None
    """The exit status where the process has died, negative for a signal."""

    @property
    def is_lost(self) -> bool:
        """The process is gone, and with it what it knew."""
        return self.kind in (CallEnd.OUT_OF_TIME, CallEnd.DIED)


class Child:
    """A process for calls that take turns: started when first used, and again after a call that had to be cut.

    The code gets none of this process's variables and an empty folder, but it is no sandbox: what it does to files and
    servers is done.
    """

    def __init__(
        self,
        seconds: float = 10.0,
        *,
        memory_mb: int = 1_024,
        reply_bytes: int = 1 << 22,
        python: str = "",
        paths: Sequence[str] = (),
        keeps: bool = False,
    ) -> None:
        self._seconds = seconds
        self._python = python or sys.executable
        self._keeps = keeps
        self._reply_bytes = reply_bytes
        limits = {"seconds": seconds, "memory_bytes": memory_mb << 20, "reply_bytes": reply_bytes, "paths": list(paths)}
        self._limits = json.dumps(limits)
        self._process: asyncio.subprocess.Process | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Begin; the process starts with the first call."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        await self.aclose()

    async def call(self, source: str, function: str, arguments: Mapping[str, Any]) -> Returned:
        """Call a function that the source defines. Where the child keeps what it has run, a source is run once.

        Raises: SetupError where no process can be started.
        """
        word = secrets.token_hex(8)
        about = {"word": word, "source": source, "function": function, "arguments": dict(arguments)}
        request = json.dumps(about | {"keeps": self._keeps}).encode() + b"\n"
        async with self._turn:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._exchange(request, word.encode())
            except TimeoutError:
                await self.aclose()
                return Returned(CallEnd.OUT_OF_TIME, why=f"it took over {self._seconds:g} s")
            except BaseException:  # a reply that nobody waits for must not meet the next request
                await self.aclose()
                raise

    async def _exchange(self, request: bytes, word: bytes) -> Returned:
        process = self._process or await self._start()
        assert process.stdin is not None  # both were asked for
        assert process.stdout is not None
        with contextlib.suppress(ConnectionError):  # it has died: reading says so
            process.stdin.write(request)
            await process.stdin.drain()
        for _ in range(STRAY_LINES_MAX):
            try:
                line = await process.stdout.readline()
            except ValueError:  # a line longer than any reply
                break
            if not line:
                await process.wait()
                break
            if line.startswith(word):
                said = json.loads(line[len(word) :])
                return Returned(CallEnd(said["kind"]), said.get("value"), said.get("why", ""))
        await self.aclose()
        return Returned(CallEnd.DIED, why="the process that ran it has died", code=process.returncode)

    async def _start(self) -> asyncio.subprocess.Process:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        command = [self._python, "-s", "-P", str(WORKER), self._limits]
        self._process = await start(
            command, self._folder.name, VARIABLES, is_stderr_read=False, line_bytes_max=self._reply_bytes + 1_000
        )
        return self._process

    async def aclose(self) -> None:
        """End the process; a further call starts another one."""
        process, self._process = self._process, None
        folder, self._folder = self._folder, None
        if process is not None:
            end(process)
            await process.communicate()
        if folder is not None:
            folder.cleanup()

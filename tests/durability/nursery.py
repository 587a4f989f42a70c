"""The nursery as the tests see it: children are started, heard, signalled and waited for."""

import asyncio
import itertools
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 60.0
"""No child takes longer on the slowest machine; one that does hangs."""


class Child:
    """One process that was sent on an errand."""

    def __init__(self, nursery: "Nursery", number: int) -> None:
        self._nursery = nursery
        self._number = number
        self._told: set[str] = set()
        self._changed = asyncio.Event()
        self._crash = ""
        self.result: Any = None
        self.exit_code: int | None = None
        """Negative: the signal that killed it."""

    async def wait(self) -> int:
        """How it ended. Raises: AssertionError with what was wrong in a child that crashed."""
        await self._until(lambda: self.exit_code is not None, "end")
        assert not self._crash, self._crash
        assert self.exit_code is not None
        return self.exit_code

    async def finish(self) -> Any:
        """The result of a child that is to live."""
        assert await self.wait() == 0
        return self.result

    async def hear(self, told: str) -> None:
        """Wait until it has said so."""
        await self._until(lambda: told in self._told or self.exit_code is not None, f"say {told!r}")
        assert told in self._told, f"it ended with {self.exit_code} before: {self._crash or self.result}"

    def send(self, number: signal.Signals) -> None:
        """Signal it; nothing where it has ended."""
        self._nursery.write(child=self._number, send=int(number))

    def take(self, words: dict[str, Any]) -> None:
        """Learn what the nursery says of it."""
        self._crash = words.get("crashed", self._crash)
        self.result = words.get("result", self.result)
        self.exit_code = words.get("ended", self.exit_code)
        self._told.add(words.get("told", ""))
        self._changed.set()

    async def _until(self, is_met: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not is_met():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            self.send(signal.SIGKILL)
            raise AssertionError(f"a child did not {what} within {PATIENCE_SECONDS:g} seconds") from None


class Nursery:
    """Starts children in a few milliseconds each."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._children: dict[int, Child] = {}
        self._numbers = itertools.count()

    def start(self, errand: str, **words: Any) -> Child:
        """Send a child on an errand."""
        number = next(self._numbers)
        child = self._children[number] = Child(self, number)
        self.write(child=number, errand=errand, **words)
        return child

    def write(self, **words: Any) -> None:
        """Give the nursery a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words).encode() + b"\n")

    async def listen(self) -> None:
        """Hand on what children say, until the nursery has ended."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            words = json.loads(line)
            self._children[words["child"]].take(words)
        for child in self._children.values():
            if child.exit_code is None:
                child.take({"crashed": "the nursery has ended", "ended": 1})


@asynccontextmanager
async def open_nursery() -> AsyncIterator[Nursery]:
    """A nursery for the running event loop."""
    tests = Path(__file__).parents[1]
    places = os.pathsep.join(filter(None, (str(tests), os.environ.get("PYTHONPATH"))))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "durability.nursery_process",
        stdin=PIPE, stdout=PIPE, env={**os.environ, "PYTHONPATH": places}, cwd=tests,
    )  # fmt: skip
    nursery = Nursery(process)
    listening = asyncio.create_task(nursery.listen())
    try:
        yield nursery
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await listening

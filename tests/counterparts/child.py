"""Tools whose code runs in a process of its own, with a time limit."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from agent_brain.core.items import Observation, OutcomeStatus
from agent_brain.core.tooling import ToolSpec

WORKER = Path(__file__).with_name("worker.py")
ENVIRONMENT = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
"""Nothing of the parent's; a fixed hash seed, because one result depends on the order of a set."""
LINE_BYTES_MAX = 1 << 22


class Child:
    """A process for the functions of one chain: started when first used, and again after a call that had to be cut."""

    def __init__(self, timeout_seconds: float = 10.0) -> None:
        self._timeout_seconds = timeout_seconds
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def run(self, source: str, function: str, arguments: Mapping[str, Any]) -> Observation:
        """Call the function that the source defines; calls take turns."""
        request = json.dumps({"source": source, "function": function, "arguments": dict(arguments)})
        async with self._turn:
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    reply = await self._exchange(request.encode() + b"\n")
            except TimeoutError:
                await self._stop()
                return Observation(f"{function} took over {self._timeout_seconds:g} s", OutcomeStatus.FAILED)
            except BaseException:  # a reply that nobody waits for must not meet the next request
                await self._stop()
                raise
        if "error" in reply:
            return Observation(reply["error"], OutcomeStatus.FAILED)
        return Observation(reply["result"])

    async def _exchange(self, request: bytes) -> dict[str, str]:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-s", "-P", str(WORKER),
                stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=ENVIRONMENT, cwd="/", limit=LINE_BYTES_MAX,
            )  # fmt: skip
        sender, receiver = self._process.stdin, self._process.stdout
        assert sender is not None
        assert receiver is not None
        sender.write(request)
        await sender.drain()
        line = await receiver.readline()
        if not line:
            await self._stop()
            return {"error": "the process that ran it has died"}
        reply: dict[str, str] = json.loads(line)
        return reply

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.communicate()


@dataclass(frozen=True, slots=True)
class ChildTool:
    """A tool of a chain, as `core.ports.Tool` wants it."""

    spec: ToolSpec
    source: str
    function: str
    child: Child

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation, None]:
        """Run the function in the child; its failure is an observation."""
        yield await self.child.run(self.source, self.function, args)

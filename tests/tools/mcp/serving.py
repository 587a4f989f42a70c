"""Servers to call: the small one over pipes or HTTP, and the bare one."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, closing
from pathlib import Path
from typing import Any

from agent_brain.core.items import Action, Observation
from agent_brain.core.tooling import Question
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.mcp.toolbox import McpToolbox

SMALL = Path(__file__).with_name("small_server.py")
BARE = Path(__file__).with_name("bare_server.py")
WAIT_SECONDS = 30.0
POLL_SECONDS = 0.02


class Told:
    """The file in which the small server says what it does."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def lines(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []

    def count(self, word: str) -> int:
        return sum(line.startswith(word) for line in self.lines)

    async def wait_for(self, word: str) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while not self.count(word):  # noqa: ASYNC110  # another process writes it
                await asyncio.sleep(POLL_SECONDS)


def small(told: Told, **options: Any) -> McpServer:
    return McpServer(command=sys.executable, args=(str(SMALL),), env={"TOLD": str(told.file)}, name="small", **options)


def bare(name: str = "bare", **options: Any) -> McpServer:
    return McpServer(command=sys.executable, args=("-S", str(BARE)), name=name, **options)


@asynccontextmanager
async def opened(*servers: McpServer, own: Any = ()) -> AsyncGenerator[McpToolbox, None]:
    box = McpToolbox(own, servers)
    try:
        await box.open()
        yield box
    finally:
        await box.aclose()


@asynccontextmanager
async def serving_http(told: Told, port: int = 0) -> AsyncGenerator[tuple[str, Process], None]:
    """The small server's URL and process."""
    port = port or find_free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SMALL),
        str(port),
        env={**os.environ, "TOLD": str(told.file)},
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        await wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}/mcp", process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what another task or process does."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            if await check():
                return
            await asyncio.sleep(POLL_SECONDS)


def find_free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def collect(box: McpToolbox, name: str, **args: Any) -> list[str | Observation | Question]:
    async with aclosing(box.call(Action(name=name, args=args), "r:1")) as pieces:
        return [piece async for piece in pieces]


async def observe(box: McpToolbox, name: str, **args: Any) -> Observation:
    last = (await collect(box, name, **args))[-1]
    assert isinstance(last, Observation), last
    return last


async def answer(box: McpToolbox, name: str, asked: Question, reply: Any, **args: Any) -> Observation | Question:
    async with aclosing(box.answer(Action(name=name, args=args), "r:1", asked.token, reply)) as pieces:
        last = [piece async for piece in pieces][-1]
    assert not isinstance(last, str)
    return last


async def wait_for_port(port: int, process: Process) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                assert process.returncode is None, "the server ended before it listened"
                await asyncio.sleep(POLL_SECONDS)
                continue
            writer.close()
            await writer.wait_closed()
            return

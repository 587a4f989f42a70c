"""The endless server as the tests see it, and tools that download from it in each way in which tools run."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent_brain.core.chat import ChatModel
from agent_brain.core.tooling import Tool
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.tools.function_tool import tool
from agent_brain.tools.mcp.server import McpServer
from counterparts.endless_server import SEND_BUFFER_BYTES
from tools.mcp.serving import find_free_port, wait_for_port

TESTS = Path(__file__).parents[1]
FETCHER = Path(__file__).with_name("fetching_server.py")
SECONDS = 1.0
"""Within which a cancelled run has closed all that it had open, by the server's clock."""
RECEIVING = Path("/proc/sys/net/ipv4/tcp_rmem")
BUFFER_BYTES = (int(RECEIVING.read_text().split()[2]) if RECEIVING.exists() else 6 << 20) + 2 * SEND_BUFFER_BYTES
"""What the kernel may hold of one stream: the most that a client's socket receives unread, and the server's to send."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the server saw after its mark."""

    seconds: list[float]
    """When each stream's client had gone."""
    bytes: list[int]
    """What it had sent by then."""
    late: int
    """Streams that were written to after their client had gone."""
    requests: list[float]
    """When each further request came."""


class Endless:
    """Talks with the server's process."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def model(self, part: str, **options: Any) -> ChatModel:
        """A model that does what its part says: think, args, flood, busy, broken, call-NAME-NAME."""
        return OpenAIChat("endless", base_url=f"{self.url}/{part}/v1", api_key="none", **options)

    async def reset(self) -> None:
        """Forget what was."""
        await fetch_json(f"{self.url}/reset")

    async def mark(self, streams: int = 0, requests: int = 0) -> dict[str, Any]:
        """Wait until so many streams flow and so many requests have come, and let the server note its time."""
        told = await fetch_json(f"{self.url}/mark?streams={streams}&requests={requests}")
        assert told["is_met"], f"{told['open']} streams flow, wanted {streams}; {told['requests']}"
        return told

    async def report(self) -> Report:
        """What came after the mark."""
        return Report(**await fetch_json(f"{self.url}/report"))


@asynccontextmanager
async def open_endless() -> AsyncIterator[Endless]:
    """The server, in a process that ends with this block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "counterparts.endless_server", stdin=PIPE, stdout=PIPE, cwd=TESTS
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield Endless(int(await process.stdout.readline()))
    finally:
        process.stdin.close()
        await process.wait()


async def fetch_json(url: str) -> dict[str, Any]:
    """One request on a connection of its own."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(f"GET {parts.path}?{parts.query} HTTP/1.1\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        told: dict[str, Any] = json.loads(await reader.readexactly(length))
        return told
    finally:
        writer.close()


async def download(url: str) -> AsyncGenerator[int, None]:
    """Read a URL to its end, which never comes; gives how many bytes came."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(f"GET {parts.path} HTTP/1.1\r\n\r\n".encode())
        while piece := await reader.read(4096):
            yield len(piece)
    finally:
        writer.close()


READ_FOR_EVER = """\
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    connection.sendall(b"GET /bytes/child HTTP/1.1\\r\\n\\r\\n")
    while connection.recv(4096): pass
"""


def make_tools(url: str) -> list[Tool]:
    """Each downloads for ever: as a coroutine, an async generator, and in a child process."""

    @tool
    async def hold() -> str:
        """Download in a coroutine."""
        async for _ in download(f"{url}/bytes/hold"):
            pass
        return "done"

    @tool
    async def tell() -> AsyncGenerator[str, None]:
        """Download in an async generator, and tell of it."""
        async for count in download(f"{url}/bytes/tell"):
            yield f"{count} bytes"

    @tool
    async def start() -> str:
        """Download in a child process."""
        port = str(urlsplit(url).port)
        process = await asyncio.create_subprocess_exec(sys.executable, "-S", "-E", "-c", READ_FOR_EVER, port)
        try:
            await process.wait()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return "done"

    return [hold, tell, start]


def over_pipes(endless: Endless, told: Path, **options: Any) -> McpServer:
    """An MCP server of ours over its pipes, with the tool `fetch`."""
    env = {"TOLD": str(told), "FETCHED": f"{endless.url}/bytes/pipes"}
    return McpServer(command=sys.executable, args=(str(FETCHER),), env=env, name="pipes", **options)


@asynccontextmanager
async def over_http(endless: Endless, told: Path) -> AsyncIterator[str]:
    """The URL of the same over HTTP, in a process that ends with this block."""
    port = find_free_port()
    env = {**os.environ, "TOLD": str(told), "FETCHED": f"{endless.url}/bytes/http"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(FETCHER), str(port), env=env, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        await wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        await process.wait()

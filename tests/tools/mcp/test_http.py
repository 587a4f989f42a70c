"""What is special about servers at a URL: headers, keys, refusals."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import RunError
from agent_brain.core.items import Observation
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.mcp.server import McpServer
from tools.mcp.serving import observe, opened

KEY = "k-1234567890"


@asynccontextmanager
async def refusing(status: str) -> AsyncGenerator[tuple[str, list[str]], None]:
    """The URL of a server that refuses everybody, and the lines that it is sent."""
    heard: list[str] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heard.extend(head.splitlines())
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp", heard


async def test_a_refusal_is_told_with_its_status_and_the_headers_were_sent() -> None:
    async with refusing("401 Unauthorized") as (url, heard):
        with pytest.raises(RunError, match=r"cannot be reached: .*; it answered with HTTP 401"):
            async with opened(McpServer(url=url, headers={"Authorization": f"Bearer {KEY}"})):
                pass

    assert f"authorization: Bearer {KEY}" in [line.replace("Authorization", "authorization") for line in heard]


async def test_a_key_in_a_header_is_a_secret_of_the_brain() -> None:
    async with refusing("401 Unauthorized") as (url, _):
        server = McpServer(url=url, headers={"X-Api-Key": KEY, "Accept-Language": "en-GB-oed"})
        brain = Brain(model=ScriptedModel([]), tools=[server])
        await brain.run(f"Is {KEY} good? en-GB-oed", run_id="r")

    assert (await brain.load("r")).goal == "Is [secret] good? en-GB-oed"


def test_what_is_secret_of_a_server() -> None:
    env = {"API_TOKEN": "t-1234567890", "SHORT_KEY": "x", "PLACE": "/a/long/path"}
    assert McpServer(command="x", env=env).secrets == ["t-1234567890"]
    assert McpServer(url="http://x.example", headers={"Authorization": f"Bearer {KEY}"}).secrets == [KEY]


class Forgetful:
    """A server of the handshake era that refuses sessions which it does not know with a plain 400, as some do."""

    def __init__(self) -> None:
        self.sessions = 0
        self.calls = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = re.search(r"content-length: (\d+)", head)
        request = json.loads(await reader.readexactly(int(size[1]))) if size else {}
        status, body = self.answer(head, request)
        kind = f"Content-Type: application/json\r\nMcp-Session-Id: {self.sessions}\r\n" if body else ""
        writer.write(
            f"HTTP/1.1 {status}\r\n{kind}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
        )
        await writer.drain()
        writer.close()

    def answer(self, head: str, request: dict[str, Any]) -> tuple[str, str]:
        method = request.get("method")
        if method == "initialize":
            self.sessions += 1
            version = request["params"]["protocolVersion"]
            about = {"capabilities": {"tools": {}}, "serverInfo": {"name": "f", "version": "1"}}
            return "200 OK", say(request, {"protocolVersion": version, **about})
        if f"mcp-session-id: {self.sessions}\r" not in head:
            return "400 Bad Request", ""
        if method == "tools/list":
            return "200 OK", say(request, {"tools": [{"name": "t", "inputSchema": {"type": "object"}}]})
        if method == "tools/call":
            self.calls += 1
            return "200 OK", say(request, {"content": [{"type": "text", "text": "done"}]})
        return ("202 Accepted", "") if method else ("405 Method Not Allowed", "")


def say(request: dict[str, Any], result: dict[str, Any]) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result})


async def test_a_session_that_the_server_has_forgotten_is_begun_anew_and_the_call_is_made() -> None:
    forgetful = Forgetful()
    server = await asyncio.start_server(forgetful.serve, "127.0.0.1", 0)
    async with server, opened(McpServer(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")) as box:
        assert await observe(box, "t") == Observation("done")
        forgetful.sessions += 10

        assert await observe(box, "t") == Observation("done")

        assert forgetful.calls == 2

"""One life of a connection to an MCP server: a task of its own opens, holds and closes it."""

import asyncio
import logging
import math
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import IO, Any, Protocol

import anyio
import httpx2
from mcp import Client
from mcp.client.session import ClientRequestContext
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import INVALID_REQUEST, ElicitRequestParams, ElicitResult, ErrorData, Implementation, Tool
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from agent_brain.core.errors import RunError
from agent_brain.tools.attempt import Attempt, describe
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.mcp.watched import WatchedTransport

PAGES_MAX = 100
"""Of a list of tools: a server whose list has no end is cut off there."""
SAID_BYTES_MAX = 500
"""Of what a server wrote to its standard error before it ended."""
LOGIN_SECONDS = 300.0
HTTP_SECONDS = 30.0
QUIET_SECONDS = 300.0
"""How long an HTTP server may be silent in the middle of a response."""


NO_AUTH = ": it wants to know who asks; give it headers, or auth such as BearerToken, ClientCredentials or OAuth"
NOT_ANSWERED = ErrorData(code=INVALID_REQUEST, message="no person answers during this call")
"""What a server is told that asked: `cancel` would be a person's word, and none has spoken."""


class Unreachable(RunError):
    """A server that cannot be started, reached or understood."""


class Asker(Protocol):
    """A call during which its server may want to know something of a person."""

    has_company: bool
    """Set to True where other calls were under way at the same time."""

    async def elicit(self, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        """What the server is told."""

    def make_alone(self) -> None:
        """End it, to be made anew when it is its turn: nobody can tell its question from those of other calls."""


class Link:
    """Open from `opened()` until `aclose()`, or until the server goes away.

    Cancel scopes have to be left in the task that entered them, so one task enters and leaves the SDK's client; calls
    are made from tasks of their own.
    """

    def __init__(self, server: McpServer) -> None:
        self.server = server
        self.tools: list[Tool] = []
        self.is_fresh = True
        """True until somebody has taken note of the tools that it listed when it was opened."""
        self.is_over = False
        """True once no call can be made over it."""
        self.is_refused = False
        """True where it ended because nobody listened at the other end."""
        self._client: Client | None = None
        self._failure = ""
        self.refusals: list[int] = []
        """The HTTP statuses that were errors: the SDK tells of none."""
        self._ready = asyncio.Event()
        self._leave = asyncio.Event()
        self._askers: list[Asker] = []
        self._asking = 0
        self._muddles = 0
        """How often nobody could tell questions apart."""
        self.turn = asyncio.Lock()
        """Held by a call that has to be made while no other one asks anything."""
        self._fewer = asyncio.Event()
        self._scope: anyio.CancelScope | None = None
        """Bounds the time until it is open."""
        self._owner = asyncio.create_task(self._own(), name=f"MCP server {server.name}")

    @property
    def client(self) -> Client:
        """The SDK's client. Raises: Unreachable where there is none any more."""
        if self._client is None:
            raise Unreachable(self._failure or f"MCP server {self.server.name!r} is closed")
        return self._client

    async def opened(self) -> None:
        """Wait until calls can be made. Raises: Unreachable."""
        await self._ready.wait()
        self.client  # noqa: B018  # raises where there is none

    @property
    def has_session(self) -> bool:
        """True for a server at a URL that remembers the handshake: one that was started anew does not."""
        client = self._client
        return bool(self.server.url) and client is not None and client.protocol_version in HANDSHAKE_PROTOCOL_VERSIONS

    async def list_tools(self) -> None:
        """Ask what it can do. Raises: what the SDK raises."""
        self.tools = await _list_tools(self.client)

    async def ended(self, seconds: float) -> None:
        """Wait, for so long at most, until its end is known with its reason."""
        await asyncio.wait({self._owner}, timeout=seconds)

    async def aclose(self) -> None:
        """Close it; where the caller is cancelled, it closes without them."""
        self.leave()
        await asyncio.wait({self._owner})

    async def note_status(self, response: httpx2.Response) -> None:
        """Take note of what an HTTP server answers."""
        if response.status_code >= 400 and response.request.method == "POST":
            self.refusals.append(response.status_code)

    @contextmanager
    def asked_by(self, asker: Asker) -> Iterator[None]:
        """A block in which what the server asks may be about this call."""
        self._askers.append(asker)
        if len(self._askers) > 1:
            for one in self._askers:
                one.has_company = True
        try:
            yield
        finally:
            self._askers.remove(asker)
            self._fewer.set()

    @contextmanager
    def waiting_for_person(self) -> Iterator[None]:
        """A block in which a person logs in, who has more time to do so than a server has to start."""
        scope = None if self._client is not None else self._scope
        if scope is not None:
            scope.deadline = anyio.current_time() + LOGIN_SECONDS
        try:
            yield
        finally:
            if scope is not None:
                scope.deadline = anyio.current_time() + self.server.connect_seconds

    def leave(self) -> None:
        """Close it without waiting for that."""
        self.is_over = True
        self._leave.set()

    async def _own(self) -> None:
        _quiet_sdk()
        attempt = Attempt()
        with tempfile.TemporaryFile() as said:
            try:
                with attempt:
                    await self._hold(said)
            finally:
                if attempt.failure is not None:
                    self._explain(attempt.failure, said)
                self._client = None
                self.is_over = True
                self._ready.set()

    async def _hold(self, said: IO[bytes]) -> None:
        with anyio.fail_after(self.server.connect_seconds) as scope:
            self._scope = scope
            async with _open(self.server, said, self) as client:
                self.tools = await _list_tools(client)
                scope.deadline = math.inf
                self._client = client
                self._ready.set()
                await self._leave.wait()
                self.is_over = True

    def _explain(self, failure: BaseException, said: IO[bytes]) -> None:
        causes = list(_flatten(failure))
        self.is_refused = any(isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout) for cause in causes)
        reason = "; ".join(dict.fromkeys(map(describe, causes)))
        if any(isinstance(cause, TimeoutError) for cause in causes):
            reason = f"it was not ready within {self.server.connect_seconds:g} s"
        said.seek(max(0, said.seek(0, 2) - SAID_BYTES_MAX))
        words = said.read().decode("utf-8", "replace").strip()
        refused = f"; it answered with HTTP {self.refusals[-1]}" if self.refusals and self._client is None else ""
        told = f"; it said: {words}" if words else refused
        told += NO_AUTH if self._client is None and 401 in self.refusals and self.server.auth is None else ""
        self._failure = self.server.hide(
            f"MCP server {self.server.name!r} ({self.server.place}) cannot be reached: {reason}{told}"
        )

    async def elicit(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        """What a server of the handshake era is told when it asks something in the middle of a call.

        It does not say which call it means. Where several are under way, all the others are awaited; where each of them
        asks, nobody can tell their questions apart: all end, and each is made anew when it is its turn.
        """
        muddle = self._muddles
        self._asking += 1
        try:
            while len(self._askers) > 1:
                if self._asking >= len(self._askers):
                    self._muddles += 1
                    for asker in list(self._askers):
                        asker.make_alone()
                    break
                self._fewer.clear()
                await self._fewer.wait()
                if muddle != self._muddles:
                    break
        finally:
            self._asking -= 1
        if len(self._askers) != 1 or muddle != self._muddles:
            return NOT_ANSWERED
        return await self._askers[0].elicit(params)


@asynccontextmanager
async def _open(server: McpServer, said: IO[bytes], link: Link) -> AsyncGenerator[Client, None]:
    options: dict[str, Any] = {
        "mode": server.mode,
        "elicitation_callback": link.elicit,
        "client_info": Implementation(name="agent-brain", version="1"),
    }
    if server.command:
        parameters = StdioServerParameters(
            command=server.command, args=list(server.args), env=dict(server.env), cwd=server.cwd
        )
        transport = stdio_client(parameters, errlog=said)  # type: ignore[arg-type]  # bytes: only its file number is used
        async with Client(WatchedTransport(transport, link.leave), **options) as client:
            yield client
        return
    quiet = max(QUIET_SECONDS, server.timeout_seconds + HTTP_SECONDS)
    async with httpx2.AsyncClient(
        headers=dict(server.headers),
        timeout=httpx2.Timeout(HTTP_SECONDS, read=quiet),
        event_hooks={"response": [link.note_status]},
        auth=None if server.auth is None else server.auth.make(server.url, link.waiting_for_person),
    ) as http_client:
        transport = streamable_http_client(server.url, http_client=http_client)
        async with Client(WatchedTransport(transport, link.leave), **options) as client:
            yield client


async def _list_tools(client: Client) -> list[Tool]:
    if client.server_capabilities.tools is None:
        return []
    found: list[Tool] = []
    cursor = None
    for _ in range(PAGES_MAX):
        page = await client.list_tools(cursor=cursor)
        found += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _quiet_sdk() -> None:
    """Keep the SDK from printing tracebacks of what becomes an outcome; whoever has set logging up gets them still."""
    logger = logging.getLogger("mcp")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _flatten(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _flatten(part)
    else:
        yield error

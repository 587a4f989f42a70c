"""The clients that an adapter makes for itself: one for each event loop, closed with the loop."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from functools import cache
from typing import Any, NamedTuple

from openai import AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient


class ConnectionLimits(NamedTuple):
    """What an HTTP client keeps open, as each of the SDK's clients takes it; no public name reaches theirs."""

    max_connections: int | None
    max_keepalive_connections: int | None
    keepalive_expiry: float | None
    """Seconds."""


CONNECTIONS: Any = ConnectionLimits(100_000, 100, 5.0)
"""As the SDK has it, but for the number: its thousand would have further runs wait for a stream's end."""


@cache
def find_trust() -> Any:
    """What tells whether a server is who it says it is, as the SDK's HTTP library makes it; read once a process.

    Each client would read all certificates for itself, which takes 20 ms, where every event loop has its own client.
    """
    library = sys.modules[DefaultAsyncHttpxClient.__mro__[1].__module__]  # httpx, or httpx2 since the SDK's version 3
    return library.create_ssl_context()


class ClientPerLoop:
    """Makes a client where an event loop has none, on aiohttp where the extra `fast` is installed.

    An HTTP client belongs to the loop that it was first used on. Each is kept by an async generator, which asyncio
    closes when its loop shuts down, so a second `asyncio.run` finds nothing stale and nothing is left open.
    """

    def __init__(self, base_url: str | None = None, api_key: str | None = None) -> None:
        self._base_url = base_url
        self._api_key = api_key
        self._clients: dict[asyncio.AbstractEventLoop, AsyncOpenAI] = {}
        self._keepers: dict[asyncio.AbstractEventLoop, AsyncGenerator[None, None]] = {}

    async def get(self) -> AsyncOpenAI:
        """The client of the running loop.

        Raises: openai.OpenAIError where it cannot be made.
        """
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            self._drop_closed()
            client = self._clients[loop] = self._make()
            self._keepers[loop] = self._keep(loop, client)
            await anext(self._keepers[loop])
        return client

    async def aclose(self) -> None:
        """Close the running loop's client; the next `get` makes another."""
        keeper = self._keepers.get(asyncio.get_running_loop())
        if keeper is not None:
            await keeper.aclose()

    async def _keep(self, loop: asyncio.AbstractEventLoop, client: AsyncOpenAI) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self._clients.pop(loop, None)
            self._keepers.pop(loop, None)
            await client.close()

    def _make(self) -> AsyncOpenAI:
        try:
            http_client = DefaultAioHttpClient(limits=CONNECTIONS, verify=find_trust())
        except RuntimeError:  # the SDK's way of saying that aiohttp is not installed
            http_client = DefaultAsyncHttpxClient(limits=CONNECTIONS, verify=find_trust())
        return AsyncOpenAI(base_url=self._base_url, api_key=self._api_key, http_client=http_client, max_retries=0)

    def _drop_closed(self) -> None:
        """Forget loops that were closed without shutting their generators down."""
        for loop in list(self._clients):  # a copy made at once: other threads have loops of their own
            if not loop.is_closed():
                continue
            self._clients.pop(loop, None)
            self._keepers.pop(loop, None)

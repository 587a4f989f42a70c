"""Fixtures of the tests of cancelling, which share one event loop so that they can share the servers."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cancelling.endless import Endless, open_endless, over_http


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def endless_process() -> AsyncIterator[Endless]:
    """The server that streams for ever."""
    async with open_endless() as endless:
        yield endless


@pytest_asyncio.fixture(loop_scope="session")
async def endless(endless_process: Endless) -> Endless:
    """The same, without a memory."""
    await endless_process.reset()
    return endless_process


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mcp_url(endless_process: Endless, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The MCP server that fetches, over HTTP."""
    async with over_http(endless_process, tmp_path_factory.mktemp("mcp") / "told") as url:
        yield url

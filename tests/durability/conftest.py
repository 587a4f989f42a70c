"""Fixtures of the durability tests, which share one event loop so that they can share one nursery."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from counterparts.postgres_server import PostgresServer
from durability.nursery import Nursery, open_nursery
from durability.spots import House, open_house


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nursery() -> AsyncIterator[Nursery]:
    """Where all children of these tests come from."""
    async with open_nursery() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session", params=["sqlite", "postgres"])
async def house(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: PostgresServer
) -> AsyncIterator[House]:
    """A store's kind; each test gets a place of its own."""
    async with open_house(request.param, tmp_path, postgres_server.create_place()) as opened:
        yield opened

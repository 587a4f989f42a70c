"""The driver, asyncpg: loaded where it is first used, without types of its own."""

from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.stores.postgres_address import PostgresAddress

CONNECT_SECONDS = 10.0
CALL_SECONDS = 20.0
"""A statement that takes longer has lost its server; the longest of ours takes milliseconds."""
IDLE_SECONDS = 30.0
"""After this time without work a connection is closed, for others to have."""

Connection = Any
Pool = Any


def load_driver() -> Any:
    """The module. Raises: SetupError where it is not installed."""
    try:
        import asyncpg  # an optional dependency
    except ImportError:
        raise SetupError("the Postgres store needs its driver: pip install 'agent-brain[postgres]'") from None
    return asyncpg


def find_faults() -> tuple[type[Exception], ...]:
    """What a call to the driver can raise that is no bug of ours."""
    driver = load_driver()
    return (driver.PostgresError, driver.InterfaceError, driver.InternalClientError, OSError, TimeoutError)


async def open_pool(address: PostgresAddress) -> Pool:
    """A pool that connects when a connection is first wanted. Raises: what the driver raises."""
    return await load_driver().create_pool(
        address.url,
        min_size=0,
        max_size=address.connections_max,
        max_inactive_connection_lifetime=IDLE_SECONDS,
        statement_cache_size=address.statement_cache_size,
        timeout=CONNECT_SECONDS,
        command_timeout=CALL_SECONDS,
        reset=_leave,
    )


async def connect(address: PostgresAddress) -> Connection:
    """A connection outside of any pool. Raises: what the driver raises."""
    return await load_driver().connect(address.url, timeout=CONNECT_SECONDS, command_timeout=CALL_SECONDS)


async def _leave(connection: Connection) -> None:
    """No clean-up between two calls, which would be a round trip each: nothing of ours outlives its transaction."""

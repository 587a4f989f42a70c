"""The Postgres store keeps what every store promises, on a real server."""

from collections.abc import AsyncIterator

import pytest

from agent_brain.core.store import Store
from agent_brain.stores.postgres import PostgresStore
from counterparts.postgres_server import PostgresServer, get_schema
from stores.journals import MakeStore
from stores.lease_contract import LeaseContract
from stores.store_contract import StoreContract


class TestPostgresStore(StoreContract, LeaseContract):
    @pytest.fixture(autouse=True)
    def server(self, postgres_server: PostgresServer) -> PostgresServer:
        self._server = postgres_server
        return postgres_server

    @pytest.fixture
    async def make_store(self, postgres_url: str) -> AsyncIterator[MakeStore]:
        self._url = postgres_url
        made: list[PostgresStore] = []

        async def make() -> Store:
            made.append(PostgresStore(postgres_url))
            return made[-1]

        yield make
        for store in made:
            await store.aclose()

    async def expire(self, store: Store, run_id: str) -> None:
        self._server.run_sql(f"UPDATE {get_schema(self._url)}.runs SET lease_until = 1 WHERE run_id = '{run_id}'")

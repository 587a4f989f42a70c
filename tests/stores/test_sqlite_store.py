"""The SQLite store: the contract, with leases by a clock that is moved."""

import itertools
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from agent_brain.core.store import Store
from agent_brain.stores.sqlite import SqliteStore
from stores.journals import MakeStore
from stores.lease_contract import LeaseContract
from stores.store_contract import StoreContract


class Clock:
    """Seconds that move a little with each look, so that no two changes are at one time, and further when told."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._ticks = itertools.count(1_000_000_000)

    def __call__(self) -> float:
        return next(self._ticks) / 1000 + self.ahead


class TestSqliteStore(StoreContract, LeaseContract):
    clock: Clock

    @pytest.fixture
    async def make_store(self, tmp_path: Path) -> AsyncGenerator[MakeStore, None]:
        self.clock = Clock()
        stores: list[SqliteStore] = []

        async def open_another() -> Store:
            stores.append(SqliteStore(tmp_path / "runs.db", clock=self.clock))
            return stores[-1]

        yield open_another
        for store in stores:
            await store.aclose()

    async def expire(self, store: Store, run_id: str) -> None:
        info = await store.get(run_id)
        assert info.lease_until is not None
        self.clock.ahead += info.lease_until - self.clock() + 1

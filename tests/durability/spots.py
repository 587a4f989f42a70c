"""Spots: where one run and its outside world are, read by somebody who uses no store of ours."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.record_json import decode_records
from agent_brain.core.records import ActionFinished, ActionStarted, Record, SubRecord, find_innermost
from counterparts.postgres_server import get_schema
from durability.outside import Outside

SETTLE_SECONDS = 30.0
POLL_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Entry:
    """A commit as it stands in its table."""

    first: int
    last: int
    epoch: int
    records: str


@dataclass(frozen=True)
class Reading:
    """All commits of one run at one moment."""

    entries: tuple[Entry, ...]

    @cached_property
    def records(self) -> list[Record]:
        """What they hold."""
        return [record for entry in self.entries for record in decode_records(entry.records)]

    @cached_property
    def env(self) -> MemoryEnv:
        """Their fold."""
        return MemoryEnv.fold(self.records)

    @cached_property
    def all_records(self) -> list[Record]:
        """What they hold, and what the runs inside have recorded among it."""
        return [find_innermost(record)[1] for record in self.records]

    @cached_property
    def runs(self) -> dict[str, list[Record]]:
        """The records of the run itself, under an empty path, and of each that was inside of it."""
        return _part("", self.records)

    @property
    def head(self) -> int:
        """How many records there are."""
        return self.entries[-1].last if self.entries else 0

    @cached_property
    def started(self) -> set[str]:
        """The ids of actions with an intent."""
        return {record.action_id for record in self.all_records if isinstance(record, ActionStarted)}

    @cached_property
    def in_doubt(self) -> set[str]:
        """Those of them without an outcome."""
        return self.started - {record.action_id for record in self.all_records if isinstance(record, ActionFinished)}


def _part(path: str, records: Sequence[Record]) -> dict[str, list[Record]]:
    inside: dict[str, list[Record]] = {}
    for record in records:
        if isinstance(record, SubRecord):
            inside.setdefault(f"{path}.{record.sub_run}" if path else record.sub_run, []).append(record.record)
    parted = {path: list(records)}
    for key, its in inside.items():
        parted |= _part(key, its)
    return parted


class House(Protocol):
    """A kind of store."""

    name: str

    def make_url(self, name: str) -> str:
        """Where a new run of this name may be kept."""

    async def select(self, url: str, sql: str, *values: object) -> list[Sequence[Any]]:
        """Rows of a statement, whose values are $1, $2, ..."""

    async def settle(self, name: str) -> None:
        """Wait until nothing is under way any more that dead processes of this run have asked for."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One run in one store, and its outside world."""

    house: House
    url: str
    run_id: str
    outside: Outside

    @property
    def words(self) -> dict[str, str]:
        """What an errand has to know of it."""
        return {"url": self.url, "run_id": self.run_id, "outside": str(self.outside.path)}

    async def settle(self) -> None:
        """To be awaited behind each kill: a server carries out what it was sent, whoever has died meanwhile."""
        await self.house.settle(self.run_id)

    async def read(self, run_id: str = "") -> Reading:
        """The commits of this run, or of another one in the same store."""
        [reading] = (await self.read_all([run_id or self.run_id])).values()
        return reading

    async def read_all(self, run_ids: Sequence[str]) -> dict[str, Reading]:
        """The commits of several runs in the same store."""
        sql = f"SELECT run_id, first, last, epoch, records FROM {{commits}} WHERE {_is_one_of(run_ids)} ORDER BY first"
        rows = await self.house.select(self.url, sql, *run_ids)
        return {run_id: Reading(tuple(Entry(*row[1:]) for row in rows if row[0] == run_id)) for run_id in run_ids}

    async def expire(self, run_ids: Sequence[str] = ()) -> None:
        """Let the time of this run's lease pass, or that of others in the same store."""
        run_ids = run_ids or [self.run_id]
        sql = f"UPDATE {{runs}} SET lease_until = 1 WHERE lease_until IS NOT NULL AND {_is_one_of(run_ids)}"
        await self.house.select(self.url, sql, *run_ids)


def _is_one_of(run_ids: Sequence[str]) -> str:
    return f"run_id IN ({', '.join(f'${number}' for number in range(1, len(run_ids) + 1))})"


class SqliteHouse:
    """A file for each run."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make_url(self, name: str) -> str:
        return str(self._folder / f"{name}.db")

    async def select(self, url: str, sql: str, *values: object) -> list[Sequence[Any]]:
        text = sql.format(commits="commits", runs="run").replace("$", "?")
        with closing(sqlite3.connect(url)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")  # what the tests write may be lost with the power
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return []
            rows: list[Sequence[Any]] = connection.execute(text, values).fetchall()
            return rows

    async def settle(self, name: str) -> None:
        """Nothing: a write dies with its process."""


class PostgresHouse:
    """A schema for all runs."""

    name = "postgres"

    def __init__(self, url: str, pool: Any) -> None:
        self._url = url
        self._pool = pool
        self._schema = get_schema(url)

    def make_url(self, name: str) -> str:
        return f"{self._url}&application_name={name}"

    async def settle(self, name: str) -> None:
        sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
        async with asyncio.timeout(SETTLE_SECONDS):
            while await self._pool.fetchval(sql, name):  # noqa: ASYNC110  # a backend tells nobody of its end
                await asyncio.sleep(POLL_SECONDS)

    async def select(self, url: str, sql: str, *values: object) -> list[Sequence[Any]]:
        text = sql.format(commits=f"{self._schema}.commits", runs=f"{self._schema}.runs")
        try:
            rows: list[Sequence[Any]] = await self._pool.fetch(text, *values)
        except asyncpg.UndefinedTableError:
            return []
        return rows


@asynccontextmanager
async def open_house(kind: str, folder: Path, postgres_url: str) -> AsyncIterator[House]:
    """The house of this kind."""
    if kind == "sqlite":
        yield SqliteHouse(folder)
        return
    async with asyncpg.create_pool(postgres_url.partition("?")[0], min_size=1, max_size=2) as pool:
        yield PostgresHouse(postgres_url, pool)

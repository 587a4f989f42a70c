"""Removing and bringing back runs in Postgres: transactions that lock first, then look, then write."""

from collections.abc import Collection, Mapping, MutableSequence, Sequence
from dataclasses import dataclass

from agent_brain.core.errors import RunExists, RunUnknown
from agent_brain.core.record_json import RECORDS_VERSION, encode_records
from agent_brain.core.records import Status
from agent_brain.core.store import Commit, RunInfo
from agent_brain.stores import rules
from agent_brain.stores.columns import decode_text, encode_json, encode_text
from agent_brain.stores.postgres_append import mark_read
from agent_brain.stores.postgres_driver import Connection
from agent_brain.stores.postgres_reading import find_snapshot, get_row
from agent_brain.stores.postgres_rows import Row


@dataclass(frozen=True, slots=True)
class Export:
    """A whole run."""

    info: RunInfo
    commits: Sequence[Commit]
    snapshot: tuple[int, bytes] | None


async def put_snapshot(connection: Connection, sql: Mapping[str, str], run_id: str, head: int, env: bytes) -> None:
    """Keep an env. Raises: RunUnknown; RunKept."""
    async with connection.transaction():
        row = await connection.fetchrow(sql["keep"], encode_text(run_id))
        if row is None:
            raise RunUnknown(run_id)
        if head > row["head"]:
            raise rules.too_short(run_id, row["head"], head)
        await connection.execute(sql["put_snapshot"], encode_text(run_id), head, env)


async def delete(connection: Connection, sql: Mapping[str, str], run_ids: Collection[str], seen: set[str]) -> None:
    """Remove runs; `seen` are those that an earlier attempt has found. Raises: RunUnknown; RunBusy; RunKept."""
    keys = sorted({encode_text(run_id) for run_id in run_ids})
    async with connection.transaction():
        rows = await connection.fetch(sql["lock"], keys)
        found = {row["run_id"] for row in rows}
        for key in keys:
            if key not in found | seen:
                raise RunUnknown(decode_text(key))
        await _check_idle(connection, sql, rows)
        for fork in await connection.fetch(sql["find_forks"], keys):
            raise rules.read_by_forks(decode_text(fork["parent_id"]), [decode_text(fork["run_id"])])
        for table in ("commits", "mail", "snapshots", "runs"):
            await connection.execute(sql[f"delete_{table}"], keys)
        seen |= found


async def compact(connection: Connection, sql: Mapping[str, str], run_id: str, counts: MutableSequence[int]) -> None:
    """Let the snapshot at a run's head stand for its records; adds to `counts` how many of its own are removed.

    An attempt after a lost acknowledgement counts none. Raises: RunUnknown; RunBusy; RunKept.
    """
    key = encode_text(run_id)
    async with connection.transaction():
        await connection.fetch(sql["lock"], [key])
        row = await get_row(connection, sql, run_id)
        await _check_idle(connection, sql, [row])
        snapshot = await find_snapshot(connection, sql, run_id)
        if snapshot is None or snapshot["head"] != row["head"]:
            raise rules.without_snapshot(run_id, row["head"])
        forks = await connection.fetch(sql["find_forks"], [key])
        if forks and row["head"] > row["base"]:
            raise rules.read_by_forks(run_id, [decode_text(fork["run_id"]) for fork in forks])
        await connection.execute(sql["delete_commits"], [key])
        await connection.execute(sql["delete_snapshots"], [key])
        await connection.execute(sql["put_snapshot"], key, snapshot["head"], snapshot["env"])
        await connection.execute(sql["compact"], key)
        counts.append(row["head"] - max(row["base"], row["parent_head"] or 0))


async def restore(connection: Connection, sql: Mapping[str, str], export: Export, token: str) -> None:
    """Write a whole run. Raises: RunExists; StoreBroken for half of one."""
    info, key = export.info, encode_text(export.info.run_id)
    async with connection.transaction():
        if await connection.fetchval(sql["restore"], *_say_info(info), token) is None:
            if (await get_row(connection, sql, info.run_id))["token"] != token:
                raise RunExists(info.run_id)
            return
        rules.check_export(info, export.commits)
        await connection.execute(sql["restore_commits"], key, *_say_commits(export.commits))
        for commit in export.commits:
            await mark_read(connection, sql, info.run_id, commit.records)
        if export.snapshot is not None:
            await connection.execute(sql["put_snapshot"], key, *export.snapshot)


async def _check_idle(connection: Connection, sql: Mapping[str, str], rows: Sequence[Row]) -> None:
    """Let runs pass that nobody drives; who has driven one and is late stays its driver. Raises: RunBusy."""
    now = await connection.fetchval(sql["now"])
    for row in rows:
        if row["status"] == Status.RUNNING and (row["lease_until"] or 0) >= now:
            raise rules.busy(decode_text(row["run_id"]), Status.RUNNING, decode_text(row["owner"]))


def _say_info(info: RunInfo) -> tuple[object, ...]:
    return (
        encode_text(info.run_id), encode_text(info.net), encode_text(info.fingerprint), encode_text(info.goal),
        encode_json(info.labels), info.status, encode_text(info.state), info.head, info.base, info.epoch,
        info.attempts, info.wake_at, info.created_at, info.updated_at,
    )  # fmt: skip


def _say_commits(commits: Sequence[Commit]) -> tuple[Sequence[object], ...]:
    """As columns: first, last, epoch, at, version, records."""
    texts = [encode_records(commit.records) for commit in commits]
    return (
        [commit.first for commit in commits], [commit.last for commit in commits], [commit.epoch for commit in commits],
        [commit.at for commit in commits], [RECORDS_VERSION] * len(texts), texts,
    )  # fmt: skip

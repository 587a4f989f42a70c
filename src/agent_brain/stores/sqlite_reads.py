"""Everything that only looks into the tables: each function is one job."""

import sqlite3
import zlib
from collections.abc import Collection, Sequence
from contextlib import closing
from typing import Any

from agent_brain.core.records import Status
from agent_brain.core.store import Commit, RunInfo
from agent_brain.stores import rules
from agent_brain.stores.columns import decode_json, decode_text, encode_json, encode_text
from agent_brain.stores.named_sql import load_sql
from agent_brain.stores.sqlite_rows import get_run, select, to_commit, to_info

PAGE_BYTES = 1_000_000
"""A page of a journal ends with the commit that reaches this size."""

Segment = tuple[str, int, int]
"""A run's id, and which records are read of it: those behind the first number, up to the second."""


def find(connection: sqlite3.Connection, prefix: str) -> list[str]:
    """As the port says."""
    return [decode_text(row[0]) for row in select(connection, "find", prefix=encode_text(prefix))]


def list_runs(
    connection: sqlite3.Connection, statuses: Collection[Status], before: float | None, limit: int
) -> list[RunInfo]:
    """As the port says."""
    wanted = encode_json([status.value for status in statuses])
    return [to_info(row) for row in select(connection, "list_runs", statuses=wanted, before=before, limit=limit)]


def list_due(connection: sqlite3.Connection, now: float, limit: int) -> list[RunInfo]:
    """As the port says."""
    return [to_info(row) for row in select(connection, "list_due", now=now, limit=limit)]


def list_children(connection: sqlite3.Connection, run_id: str) -> list[RunInfo]:
    """As the port says."""
    get_run(connection, run_id)
    return [to_info(row) for row in select(connection, "list_children", run_id=encode_text(run_id))]


def read_mail(connection: sqlite3.Connection, run_id: str) -> dict[str, Any]:
    """As the port says."""
    get_run(connection, run_id)
    rows = select(connection, "read_mail", run_id=encode_text(run_id))
    return {decode_text(pause_id): decode_json(reply) for pause_id, reply in rows}


def read_snapshot(connection: sqlite3.Connection, run_id: str, until: int | None) -> tuple[int, bytes] | None:
    """As the port says."""
    info = get_run(connection, run_id)
    rows = select(connection, "read_snapshot", run_id=encode_text(run_id), until=info.head if until is None else until)
    return (rows[0][0], zlib.decompress(rows[0][1])) if rows else None


def find_segments(connection: sqlite3.Connection, run_id: str, after: int, until: int | None) -> Sequence[Segment]:
    """From which runs these records come, in order. Raises: RunUnknown; RunKept."""
    info = get_run(connection, run_id)
    last = info.head if until is None else min(until, info.head)
    if after < min(info.base, last):
        raise rules.gone(run_id, info.base, after + 1)
    rows = select(connection, "read_chain", run_id=encode_text(run_id), after=after, until=last)
    return [(decode_text(key), begin, end) for key, begin, end in rows]


def read_page(connection: sqlite3.Connection, segment: Segment) -> list[Commit]:
    """The first commits of a segment, not all where they are many. Raises: RunKept where they are gone meanwhile."""
    run_id, after, until = segment
    values = {"run_id": encode_text(run_id), "after": after, "until": until}
    commits: list[Commit] = []
    size = 0
    with closing(connection.execute(load_sql("sqlite")["read_commits"], values)) as rows:
        for row in rows:
            commits.append(to_commit(run_id, row, after, until))
            size += len(row[-1])
            if size > PAGE_BYTES:
                break
    if not commits or commits[0].first != after + 1:
        get_run(connection, run_id)
        raise rules.gone(run_id, commits[0].first - 1 if commits else until, after + 1)
    return commits


def read_version(connection: sqlite3.Connection) -> int:
    """A number that is another one once another connection has written."""
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    return int(version)

"""Rows of the SQLite tables, and the nouns that they stand for."""

import sqlite3
from typing import Any

from agent_brain.core.errors import RunUnknown
from agent_brain.core.record_json import decode_records
from agent_brain.core.records import Status
from agent_brain.core.store import Commit, Parent, RunInfo
from agent_brain.stores.columns import decode_json, decode_text, encode_text
from agent_brain.stores.named_sql import load_sql

Row = tuple[Any, ...]


def select(connection: sqlite3.Connection, name: str, **values: Any) -> list[Row]:
    """The rows of a named statement."""
    return connection.execute(load_sql("sqlite")[name], values).fetchall()


def change(connection: sqlite3.Connection, name: str, **values: Any) -> int:
    """Run a named statement; how many rows it changed."""
    return connection.execute(load_sql("sqlite")[name], values).rowcount


def find_run(connection: sqlite3.Connection, run_id: str) -> RunInfo | None:
    """A run's row."""
    rows = select(connection, "get", run_id=encode_text(run_id))
    return to_info(rows[0]) if rows else None


def get_run(connection: sqlite3.Connection, run_id: str) -> RunInfo:
    """A run's row. Raises: RunUnknown."""
    info = find_run(connection, run_id)
    if info is None:
        raise RunUnknown(run_id)
    return info


def to_info(row: Row) -> RunInfo:
    """The run of a row of the view `info`."""
    run_id, net, fingerprint, goal, status, state, head, base, parent_id, parent_head, labels, epoch, owner, *rest = row
    return RunInfo(
        decode_text(run_id), decode_text(net), decode_text(fingerprint), decode_text(goal), Status(status),
        decode_text(state), head, base, None if parent_id is None else Parent(decode_text(parent_id), parent_head),
        decode_json(labels), epoch, decode_text(owner), *rest,
    )  # fmt: skip


def to_commit(run_id: str, row: Row, after: int, until: int) -> Commit:
    """The commit of a row of `commits`, cut to the records `after` + 1 to `until`. Raises: StoreBroken."""
    first, _, at, epoch, version, text = row
    begin = max(first, after + 1)
    records = decode_records(text, version)[begin - first : until - first + 1]
    return Commit(run_id, begin, records, at, epoch)

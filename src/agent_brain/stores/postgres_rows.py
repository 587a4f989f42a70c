"""Rows of the Postgres store as nouns of the port, and back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent_brain.core.record_json import decode_records
from agent_brain.core.records import Status
from agent_brain.core.store import Commit, Parent, RunInfo
from agent_brain.stores.columns import decode_json, decode_text

Row = Mapping[str, Any]


def read_info(row: Row) -> RunInfo:
    """A run's row."""
    parent = None if row["parent_id"] is None else Parent(decode_text(row["parent_id"]), row["parent_head"])
    return RunInfo(
        run_id=decode_text(row["run_id"]),
        net=decode_text(row["net"]),
        fingerprint=decode_text(row["fingerprint"]),
        goal=decode_text(row["goal"]),
        status=Status(row["status"]),
        state=decode_text(row["state"]),
        head=row["head"],
        base=row["base"],
        parent=parent,
        labels=decode_json(row["labels"]),
        epoch=row["epoch"],
        owner=decode_text(row["owner"]),
        lease_until=row["lease_until"],
        attempts=row["attempts"],
        wake_at=row["wake_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def read_commit(row: Row) -> Commit:
    """A commit's row."""
    records = decode_records(row["records"], row["version"])
    return Commit(decode_text(row["run_id"]), row["first"], records, row["at"], row["epoch"])


def cut(commit: Commit, first: int, last: int) -> Commit:
    """The commit without its records before `first` and behind `last`."""
    if commit.first >= first and commit.last <= last:
        return commit
    start = max(first, commit.first)
    records = commit.records[start - commit.first : last - commit.first + 1]
    return replace(commit, first=start, records=records)

"""Everything that changes the tables: each function is one job inside a transaction."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent_brain.core.errors import Fenced, RunExists
from agent_brain.core.record_json import RECORDS_VERSION
from agent_brain.core.records import Status
from agent_brain.core.store import Commit, Lease, NewRun, Parent, Position, RunInfo
from agent_brain.stores import rules
from agent_brain.stores.columns import encode_json, encode_text
from agent_brain.stores.sqlite_rows import change, find_run, get_run, select


@dataclass(frozen=True, slots=True)
class Batch:
    """Records on their way to the table, encoded by whoever brings them."""

    count: int
    text: str
    replied: Sequence[str]
    """The ids of pauses that they reply to."""


class SqliteWrites:
    """The writes of one store, with its clock and the length of its leases."""

    def __init__(self, clock: Callable[[], float], lease_seconds: float) -> None:
        self._clock = clock
        self._lease_seconds = lease_seconds

    def create(
        self, connection: sqlite3.Connection, run: NewRun, batch: Batch, position: Position, owner: str
    ) -> Lease:
        """As the port says."""
        if find_run(connection, run.run_id) is not None:
            raise RunExists(run.run_id)
        head, base = _find_start(connection, run.parent)
        now, is_driven = self._clock(), position.status is Status.RUNNING
        info = RunInfo(
            run.run_id, run.net, run.fingerprint, run.goal, position.status, position.state, head + batch.count, base,
            run.parent, run.labels, int(is_driven), owner if is_driven else "",
            now + self._lease_seconds if is_driven else None, 0, position.wake_at, now, now,
        )  # fmt: skip
        _insert(connection, info)
        _insert_commit(connection, encode_text(run.run_id), head, batch, now, info.epoch)
        _mark_read(connection, encode_text(run.run_id), batch.replied)
        return Lease(run.run_id, owner, info.epoch)

    def claim(
        self, connection: sqlite3.Connection, run_id: str, owner: str, statuses: Collection[Status]
    ) -> tuple[Lease, RunInfo]:
        """As the port says."""
        info, now = get_run(connection, run_id), self._clock()
        has_died = info.status is Status.RUNNING and not _is_driven(info, now)
        if not has_died and (info.status is Status.RUNNING or info.status not in statuses):
            raise rules.busy(run_id, info.status, info.owner, statuses)
        taken = replace(
            info, epoch=info.epoch + 1, owner=owner, lease_until=now + self._lease_seconds,
            attempts=info.attempts + has_died, updated_at=now,
        )  # fmt: skip
        change(
            connection, "claim", run_id=encode_text(run_id), epoch=taken.epoch, owner=encode_text(owner),
            lease_until=taken.lease_until, attempts=taken.attempts, now=now,
        )  # fmt: skip
        return Lease(run_id, owner, taken.epoch), taken

    def append(
        self, connection: sqlite3.Connection, lease: Lease, head: int, batch: Batch, position: Position | None
    ) -> None:
        """As the port says."""
        now = self._clock()
        values: dict[str, Any] = {
            "run_id": encode_text(lease.run_id), "head": head, "last": head + batch.count, "epoch": lease.epoch,
            "owner": encode_text(lease.owner), "lease_until": now + self._lease_seconds, "now": now,
        }  # fmt: skip
        if batch.replied:
            get_run(connection, lease.run_id)
            _mark_read(connection, values["run_id"], batch.replied)
        if position is None:
            changed = change(connection, "extend", **values)
        else:
            status = _choose_status(connection, values["run_id"], position.status)
            if status is not Status.RUNNING:
                values["lease_until"] = None
            values |= {"status": status, "state": encode_text(position.state), "wake_at": position.wake_at}
            changed = change(connection, "place", **values)
        if changed:
            _insert_commit(connection, values["run_id"], head, batch, now, lease.epoch)
        elif _has_written(connection, lease, head, batch, position):
            change(connection, "keep", run_id=values["run_id"], lease_until=now + self._lease_seconds)
        else:
            get_run(connection, lease.run_id)
            raise Fenced(lease.run_id)

    def beat(self, connection: sqlite3.Connection, owner: str) -> None:
        """As the port says."""
        change(connection, "beat", owner=encode_text(owner), lease_until=self._clock() + self._lease_seconds)

    def set_status(
        self, connection: sqlite3.Connection, run_id: str, status: Status, expected: Collection[Status]
    ) -> bool:
        """As the port says; mail that nobody has read wakes a run that is set to wait."""
        info, now = get_run(connection, run_id), self._clock()
        if info.status not in expected or _is_driven(info, now):
            return False
        key = encode_text(run_id)
        change(connection, "set_status", run_id=key, status=_choose_status(connection, key, status), now=now)
        return True

    def post(self, connection: sqlite3.Connection, run_id: str, replies: Mapping[str, str]) -> None:
        """As the port says; the replies are encoded."""
        get_run(connection, run_id)
        key = encode_text(run_id)
        for pause_id, reply in replies.items():
            change(connection, "post", run_id=key, pause_id=encode_text(pause_id), reply=reply)
        change(connection, "wake", run_id=key, now=self._clock())

    def put_snapshot(self, connection: sqlite3.Connection, run_id: str, head: int, packed: bytes) -> None:
        """As the port says. Raises: RunKept where the run has fewer records."""
        info = get_run(connection, run_id)
        if head > info.head:
            raise rules.too_short(run_id, info.head, head)
        change(connection, "put_snapshot", run_id=encode_text(run_id), head=head, env=packed)

    def delete(self, connection: sqlite3.Connection, run_ids: Collection[str]) -> None:
        """As the port says."""
        for info in [get_run(connection, run_id) for run_id in run_ids]:
            self._check_free(info)
            _check_forks(connection, info.run_id, run_ids)
        for run_id in run_ids:
            change(connection, "delete", run_id=encode_text(run_id))

    def compact(self, connection: sqlite3.Connection, run_id: str) -> int:
        """As the port says."""
        info, key = get_run(connection, run_id), encode_text(run_id)
        self._check_free(info)
        found = select(connection, "read_snapshot", run_id=key, until=info.head)
        if not found or found[0][0] != info.head:
            raise rules.without_snapshot(run_id, info.head)
        if info.base < info.head:
            _check_forks(connection, run_id, ())
        change(connection, "put_snapshot", run_id=key, head=info.head, env=found[0][1])
        for name in ("drop_records", "set_base", "leave_parent"):
            change(connection, name, run_id=key)
        change(connection, "drop_snapshots", run_id=key, head=info.head)
        return info.head - max(info.base, 0 if info.parent is None else info.parent.head)

    def restore(
        self,
        connection: sqlite3.Connection,
        info: RunInfo,
        commits: Sequence[tuple[Commit, Batch]],
        snapshot: tuple[int, bytes] | None,
    ) -> None:
        """As the port says."""
        if find_run(connection, info.run_id) is not None:
            raise RunExists(info.run_id)
        rules.check_export(info, [commit for commit, _ in commits])
        _insert(connection, rules.as_restored(info))
        for commit, batch in commits:
            _insert_commit(connection, encode_text(info.run_id), commit.first - 1, batch, commit.at, commit.epoch)
            _mark_read(connection, encode_text(info.run_id), batch.replied)
        if snapshot is not None:
            head, packed = snapshot
            change(connection, "put_snapshot", run_id=encode_text(info.run_id), head=head, env=packed)

    def _check_free(self, info: RunInfo) -> None:
        if _is_driven(info, self._clock()):
            raise rules.busy(info.run_id, info.status, info.owner)


def _is_driven(info: RunInfo, now: float) -> bool:
    return info.status is Status.RUNNING and info.lease_until is not None and info.lease_until > now


def _find_start(connection: sqlite3.Connection, parent: Parent | None) -> tuple[int, int]:
    """With how many records a run begins, and how many of them are gone. Raises: RunUnknown; RunKept."""
    if parent is None:
        return 0, 0
    info = get_run(connection, parent.run_id)
    rules.check_parent(parent, info.head, info.base)
    return parent.head, info.base


def _insert(connection: sqlite3.Connection, info: RunInfo) -> None:
    change(
        connection, "create_run", run_id=encode_text(info.run_id), status=info.status, state=encode_text(info.state),
        head=info.head, base=info.base, epoch=info.epoch, owner=encode_text(info.owner), lease_until=info.lease_until,
        attempts=info.attempts, wake_at=info.wake_at, updated_at=info.updated_at,
    )  # fmt: skip
    parent = info.parent
    change(
        connection, "create_about", run_id=encode_text(info.run_id), net=encode_text(info.net),
        fingerprint=encode_text(info.fingerprint), goal=encode_text(info.goal),
        parent_id=None if parent is None else encode_text(parent.run_id),
        parent_head=None if parent is None else parent.head, labels=encode_json(dict(info.labels)),
        created_at=info.created_at,
    )  # fmt: skip


def _insert_commit(connection: sqlite3.Connection, key: str, head: int, batch: Batch, at: float, epoch: int) -> None:
    if batch.count:
        change(
            connection, "commit", run_id=key, first=head + 1, last=head + batch.count, at=at, epoch=epoch,
            version=RECORDS_VERSION, records=batch.text,
        )  # fmt: skip


def _mark_read(connection: sqlite3.Connection, key: str, pause_ids: Sequence[str]) -> None:
    for pause_id in pause_ids:
        change(connection, "mark_read", run_id=key, pause_id=encode_text(pause_id))


def _choose_status(connection: sqlite3.Connection, key: str, status: Status) -> Status:
    """The status itself; but nobody waits whose mail is unread."""
    if status is Status.WAITING and select(connection, "has_mail", run_id=key)[0][0]:
        return Status.READY
    return status


def _has_written(
    connection: sqlite3.Connection, lease: Lease, head: int, batch: Batch, position: Position | None
) -> bool:
    """True where this very append was the last one: its acknowledgement was lost."""
    info = find_run(connection, lease.run_id)
    if info is None or info.epoch != lease.epoch or info.owner not in ("", lease.owner):
        return False
    if info.head != head + batch.count or not rules.is_at(position, info.status, info.state):
        return False
    if not batch.count:
        return True
    rows = select(connection, "find_commit", run_id=encode_text(lease.run_id), first=head + 1)
    return rows == [(info.head, lease.epoch, RECORDS_VERSION, batch.text)]


def _check_forks(connection: sqlite3.Connection, run_id: str, besides: Collection[str]) -> None:
    """Let a run pass that none but these read."""
    keys = encode_json([encode_text(one) for one in besides])
    if forks := select(connection, "find_forks", run_id=encode_text(run_id), besides=keys):
        raise rules.read_by_forks(run_id, [row[0] for row in forks])

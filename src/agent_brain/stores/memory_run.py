"""One run of the store in memory: its row, its commits, its mail and its snapshots, as plain objects."""

import copy
import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

from agent_brain.core.records import Record, Replied, Status
from agent_brain.core.store import Commit, Lease, NewRun, Position, RunInfo
from agent_brain.stores import rules

Entry = tuple[int, tuple[Record, ...], float, int]
"""A commit, as cheap as it can be made: its first record's number, its records, when, in which epoch."""


class MemoryRun:
    """A run's row, its own commits, its mail and its snapshots."""

    __slots__ = (
        "attempts", "base", "created_at", "entries", "epoch", "head", "labels", "mail", "new", "owner", "parent",
        "replied", "snapshots", "start", "state", "status", "updated_at", "wake_at",
    )  # fmt: skip

    def __init__(self, new: NewRun, parent: "MemoryRun | None", now: float) -> None:
        self.new = new
        self.labels = copy.deepcopy(new.labels) if new.labels else {}
        self.parent = parent
        self.start = self.head = 0 if new.parent is None else new.parent.head
        self.base: int = 0 if parent is None else parent.base
        self.status = Status.READY
        self.state = self.owner = ""
        self.epoch = self.attempts = 0
        self.wake_at: float | None = None
        self.created_at = self.updated_at = now
        self.entries: list[Entry] = []
        self.mail: dict[str, Any] = {}
        self.replied: set[str] = set()
        self.snapshots: dict[int, bytes] = {}

    @classmethod
    def restored(cls, info: RunInfo, commits: Sequence[Commit]) -> "MemoryRun":
        """The run of an export."""
        run = cls(NewRun(info.run_id, info.net, info.fingerprint, info.goal, None, info.labels), None, info.created_at)
        run.base = run.head = info.base
        for commit in commits:
            run.epoch = commit.epoch
            run.write(commit.records, commit.at)
        run.status, run.state, run.epoch, run.attempts = info.status, info.state, info.epoch, info.attempts
        run.wake_at, run.updated_at = info.wake_at, info.updated_at
        return run

    def is_due(self, now: float) -> bool:
        """True where a driver should take it."""
        has_waited = self.status is Status.WAITING and self.wake_at is not None and self.wake_at <= now
        return has_waited or self.status is Status.READY

    def write(self, records: Sequence[Record], now: float) -> None:
        """Add one commit; mail for what it replies to, also such that is still to come, counts as read."""
        head = self.head
        self.entries.append((head + 1, tuple(records), now, self.epoch))
        self.head = head + len(records)
        for record in records:
            if type(record) is Replied:
                self.replied.add(record.pause_id)
                self.mail.pop(record.pause_id, None)

    def has_written(self, lease: Lease, head: int, records: Sequence[Record], position: Position | None) -> bool:
        """True where this very append was the last one."""
        if lease.epoch != self.epoch or self.owner not in ("", lease.owner) or self.head != head + len(records):
            return False
        if records and (not self.entries or self.entries[-1][1] != tuple(records)):
            return False
        return rules.is_at(position, self.status, self.state)

    def walk(self, until: int) -> Iterator[tuple["MemoryRun", int]]:
        """This run and its parents, each with the number of the last record that is read of it."""
        run: MemoryRun | None = self
        while run is not None:
            until = min(until, run.head)
            yield run, until
            until = min(until, run.start)
            run = run.parent

    def find_snapshot(self, until: int | None) -> tuple[int, bytes] | None:
        """The newest one up to there, its head first."""
        chain = self.walk(self.head if until is None else until)
        heads = [(head, run) for run, last in chain for head in run.snapshots if head <= last]
        if not heads:
            return None
        head, run = max(heads, key=itemgetter(0))
        return head, run.snapshots[head]

    @property
    def info(self) -> RunInfo:
        """Its row, as it is at this moment."""
        new, is_driven = self.new, self.status is Status.RUNNING
        return RunInfo(
            new.run_id, new.net, new.fingerprint, new.goal, self.status, self.state, self.head, self.base,
            None if self.parent is None else new.parent, self.labels, self.epoch, self.owner,
            math.inf if is_driven else None, self.attempts, self.wake_at, self.created_at, self.updated_at,
        )  # fmt: skip

    def compact(self, env: bytes) -> None:
        """Let go of all records for the snapshot that stands for them, and of the parent."""
        self.base = self.start = self.head
        self.parent = None
        self.snapshots = {self.head: env}
        self.entries.clear()

    def read(self, after: int, until: int) -> Iterator[Commit]:
        """Its own commits, cut to the records `after` + 1 to `until`."""
        place = max(0, bisect_right(self.entries, after + 1, key=itemgetter(0)) - 1)
        for first, records, at, epoch in self.entries[place:]:
            if first > until:
                return
            cut = records[max(0, after + 1 - first) : until - first + 1]
            if cut:
                yield Commit(self.new.run_id, max(first, after + 1), cut, at, epoch)

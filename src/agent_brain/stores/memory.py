"""Runs as plain objects, for as long as the process lives: the store of whoever names none."""

import copy
import threading
import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

from agent_brain.core.errors import Fenced, RunExists, RunUnknown
from agent_brain.core.records import Record, Status
from agent_brain.core.store import Commit, Lease, NewRun, Position, RunInfo
from agent_brain.stores import rules
from agent_brain.stores.memory_run import MemoryRun
from agent_brain.stores.waiters import Waiters

FOUND_MAX = 10
_NEEDED = frozenset({Status.READY, Status.RUNNING, Status.WAITING})


class MemoryStore:
    """Keeps runs in this process; its leases have no end, for no other process can see it.

    At most `keep` runs are kept that have ended, or were left in the middle: the last ones. Those that are driven, that
    wait, or that are to be driven are never let go. A fork holds on to what it reads.
    `clock` gives seconds since the epoch.
    """

    lease_seconds: float | None = None
    is_private = True

    def __init__(self, *, keep: int = 100, clock: Callable[[], float] = time.time) -> None:
        self._keep = keep
        self._clock = clock
        self._runs: dict[str, MemoryRun] = {}
        self._over: dict[str, None] = {}
        self._lock = threading.Lock()  # event loops in several threads may share one brain
        self._waiters = Waiters()

    async def create(self, run: NewRun, records: Sequence[Record], position: Position, owner: str) -> Lease:
        """As the port says."""
        with self._lock:
            made = self._make(run)
            if position.status is Status.RUNNING:
                made.epoch, made.owner = 1, owner
            if records:
                made.write(records, made.created_at)
            self._place(made, position)
            self._runs[run.run_id] = made
        self._tell()
        return Lease(run.run_id, owner, made.epoch)

    async def claim(self, run_id: str, owner: str, statuses: Collection[Status]) -> tuple[Lease, RunInfo]:
        """As the port says."""
        with self._lock:
            run = self._find(run_id)
            before = run.status
            if before is Status.RUNNING or before not in statuses:
                raise rules.busy(run_id, before, run.owner, statuses)
            run.epoch, run.owner, run.updated_at = run.epoch + 1, owner, self._clock()
            self._set_status(run, Status.RUNNING)
            info = run.info
        self._tell()
        return Lease(run_id, owner, info.epoch), replace(info, status=before)

    async def append(
        self,
        lease: Lease,
        head: int,
        records: Sequence[Record],
        position: Position | None = None,
        *,
        is_barrier: bool = False,
    ) -> None:
        """As the port says; nothing here survives a loss of power."""
        with self._lock:
            run = self._find(lease.run_id)
            if (
                run.head != head
                or run.epoch != lease.epoch
                or run.status is not Status.RUNNING
                or run.owner != lease.owner
            ):
                if run.has_written(lease, head, records, position):
                    return
                raise Fenced(lease.run_id)
            now = run.updated_at = self._clock()
            if records:
                run.write(records, now)
            if position is not None:
                self._place(run, position)
        if self._waiters.are_there:
            self._waiters.tell()

    async def beat(self, owner: str) -> None:
        """Nothing: leases have no end."""

    async def set_status(self, run_id: str, status: Status, *, expected: Collection[Status]) -> bool:
        """As the port says."""
        with self._lock:
            run = self._find(run_id)
            if run.status is Status.RUNNING or run.status not in expected:
                return False
            run.updated_at = self._clock()
            self._set_status(run, status)
        self._tell()
        return True

    async def get(self, run_id: str) -> RunInfo:
        """As the port says."""
        with self._lock:
            return self._find(run_id).info

    async def find(self, prefix: str) -> list[str]:
        """As the port says."""
        with self._lock:
            return sorted(run_id for run_id in self._runs if run_id.startswith(prefix))[:FOUND_MAX]

    async def list_runs(
        self, *, statuses: Collection[Status] = (), before: float | None = None, limit: int = 100
    ) -> list[RunInfo]:
        """As the port says."""
        with self._lock:
            found = [
                run
                for run in self._runs.values()
                if (not statuses or run.status in statuses) and (before is None or run.updated_at < before)
            ]
            return [run.info for run in sorted(found, key=attrgetter("updated_at"), reverse=True)[:limit]]

    async def list_due(self, limit: int = 100) -> list[RunInfo]:
        """As the port says."""
        now = self._clock()
        with self._lock:
            due = [run for run in self._runs.values() if run.is_due(now)]
            return [run.info for run in sorted(due, key=attrgetter("updated_at"))[:limit]]

    async def list_children(self, run_id: str) -> list[RunInfo]:
        """As the port says."""
        with self._lock:
            parent = self._find(run_id)
            return [run.info for run in self._runs.values() if run.parent is parent]

    async def read(self, run_id: str, after: int = 0, until: int | None = None) -> AsyncGenerator[Commit, None]:
        """As the port says; what is written after it was begun is not read."""
        with self._lock:
            run = self._find(run_id)
            last = run.head if until is None else min(until, run.head)
            if after < min(run.base, last):
                raise rules.gone(run_id, run.base, after + 1)
            parts = [list(one.read(max(after, one.start), end)) for one, end in run.walk(last)]
        for part in reversed(parts):
            for commit in part:
                yield commit

    async def post(self, run_id: str, replies: Mapping[str, Any]) -> None:
        """As the port says."""
        with self._lock:
            run = self._find(run_id)
            for pause_id, reply in replies.items():
                if pause_id not in run.replied:
                    run.mail.setdefault(pause_id, copy.deepcopy(reply))
            if run.mail and run.status is Status.WAITING:
                run.status, run.updated_at = Status.READY, self._clock()
        self._tell()

    async def read_mail(self, run_id: str) -> dict[str, Any]:
        """As the port says."""
        with self._lock:
            return copy.deepcopy(self._find(run_id).mail)

    async def put_snapshot(self, run_id: str, head: int, env: bytes) -> None:
        """As the port says. Raises: RunKept where the run has fewer records."""
        with self._lock:
            run = self._find(run_id)
            if head > run.head:
                raise rules.too_short(run_id, run.head, head)
            run.snapshots[head] = env

    async def read_snapshot(self, run_id: str, until: int | None = None) -> tuple[int, bytes] | None:
        """As the port says."""
        with self._lock:
            return self._find(run_id).find_snapshot(until)

    async def delete(self, run_ids: Collection[str]) -> None:
        """As the port says."""
        with self._lock:
            runs = {run_id: self._find(run_id) for run_id in run_ids}
            for run_id, run in runs.items():
                self._check_free(run)
                if forks := self._find_forks(run) - runs.keys():
                    raise rules.read_by_forks(run_id, forks)
            for run_id in runs:
                del self._runs[run_id]
                self._over.pop(run_id, None)
        self._tell()

    async def compact(self, run_id: str) -> int:
        """As the port says."""
        with self._lock:
            run = self._find(run_id)
            self._check_free(run)
            found = run.find_snapshot(None)
            if found is None or found[0] != run.head:
                raise rules.without_snapshot(run_id, run.head)
            if run.base < run.head and (forks := self._find_forks(run)):
                raise rules.read_by_forks(run_id, forks)
            removed = run.head - max(run.base, run.start)
            run.compact(found[1])
        self._tell()
        return removed

    async def restore(self, info: RunInfo, commits: Sequence[Commit], snapshot: tuple[int, bytes] | None) -> None:
        """As the port says."""
        with self._lock:
            if info.run_id in self._runs:
                raise RunExists(info.run_id)
            rules.check_export(info, commits)
            run = MemoryRun.restored(rules.as_restored(info), commits)
            if snapshot is not None:
                run.snapshots[snapshot[0]] = snapshot[1]
            self._runs[info.run_id] = run
            self._set_status(run, run.status)
        self._tell()

    async def wait(self, seconds: float) -> None:
        """As the port says."""
        await self._waiters.wait(seconds)

    async def aclose(self) -> None:
        """Nothing: nothing was opened."""

    def _make(self, run: NewRun) -> MemoryRun:
        if run.run_id in self._runs:
            raise RunExists(run.run_id)
        if run.parent is None:
            return MemoryRun(run, None, self._clock())
        parent = self._find(run.parent.run_id)
        rules.check_parent(run.parent, parent.head, parent.base)
        return MemoryRun(run, parent, self._clock())

    def _find(self, run_id: str) -> MemoryRun:
        run = self._runs.get(run_id)
        if run is None:
            raise RunUnknown(run_id)
        return run

    def _find_forks(self, parent: MemoryRun) -> set[str]:
        return {run_id for run_id, run in self._runs.items() if run.parent is parent}

    def _check_free(self, run: MemoryRun) -> None:
        if run.status is Status.RUNNING:
            raise rules.busy(run.new.run_id, run.status, run.owner)

    def _place(self, run: MemoryRun, position: Position) -> None:
        """Write down where a run stands; any status but RUNNING gives the lease back."""
        run.state = position.state
        run.wake_at = position.wake_at
        run.attempts = 0
        status = position.status
        if status is not Status.RUNNING or run.status is not status:
            self._set_status(run, status)

    def _set_status(self, run: MemoryRun, status: Status) -> None:
        if status is not Status.RUNNING:
            run.owner = ""
        run.status = Status.READY if status is Status.WAITING and run.mail else status
        if status not in _NEEDED:
            self._over[run.new.run_id] = None
            self._drop_oldest()
        elif self._over:
            self._over.pop(run.new.run_id, None)

    def _drop_oldest(self) -> None:
        """Let go of runs that ended or were left long ago; forks of them hold on to what they read."""
        while len(self._over) > self._keep:
            oldest = next(iter(self._over))
            del self._over[oldest]
            del self._runs[oldest]

    def _tell(self) -> None:
        if self._waiters.are_there:
            self._waiters.tell()

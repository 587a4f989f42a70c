"""What the stores decide alike, whatever they keep runs in: who may write, and what they say where they refuse."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from agent_brain.core.errors import RunBusy, RunKept, StoreBroken
from agent_brain.core.records import Status
from agent_brain.core.store import Commit, Parent, Position, RunInfo


def is_at(position: Position | None, status: Status, state: str) -> bool:
    """True where a run of this status and state is as an append with this position leaves it.

    Mail makes a waiting run ready, in the same commit or later.
    """
    if position is None:
        return status is Status.RUNNING
    woken = Status.READY if position.status is Status.WAITING else position.status
    return state == position.state and status in (position.status, woken)


def as_restored(info: RunInfo) -> RunInfo:
    """The row of an export as it is written: whole in itself and driven by nobody.

    A run that was being driven is stopped and not ready: its driver may still be at work where the export was made.
    """
    status = Status.STOPPED if info.status is Status.RUNNING else info.status
    return replace(info, status=status, parent=None, owner="", lease_until=None)


def busy(run_id: str, status: Status, owner: str, wanted: Collection[Status] = ()) -> RunBusy:
    """A run that cannot be had."""
    if status is Status.RUNNING:
        return RunBusy(f"run {run_id!r} is driven by {owner or 'somebody'}; wait until it stops, or stop that driver")
    return RunBusy(f"run {run_id!r} is {status}; wanted one that is {' or '.join(sorted(wanted)) or 'abandoned'}")


def read_by_forks(run_id: str, forks: Iterable[str]) -> RunKept:
    """A run that others begin with."""
    return RunKept(f"run {run_id!r} is read by its forks: {', '.join(sorted(forks))}; remove or compact those first")


def too_short(run_id: str, head: int, wanted: int) -> RunKept:
    """More records than a run has."""
    return RunKept(f"run {run_id!r} has {head} records; wanted at least {wanted}")


def gone(run_id: str, base: int, wanted: int) -> RunKept:
    """Records that were compacted away."""
    return RunKept(
        f"the first {base} records of run {run_id!r} were compacted away; it can be read from its snapshot there on, "
        f"not from record {wanted}"
    )


def without_snapshot(run_id: str, head: int) -> RunKept:
    """A run that cannot be compacted."""
    return RunKept(f"run {run_id!r} has no snapshot at its head, record {head}, that could stand for its records")


def check_parent(parent: Parent, head: int, base: int) -> None:
    """Let a fork pass that can read all that it begins with. Raises: RunKept."""
    if parent.head > head:
        raise too_short(parent.run_id, head, parent.head)
    if parent.head < base:
        raise gone(parent.run_id, base, parent.head)


def check_export(info: RunInfo, commits: Sequence[Commit]) -> None:
    """Let an export pass that holds all records it says it has. Raises: StoreBroken."""
    head = info.base
    for commit in commits:
        if commit.first != head + 1 or not commit.records:
            break
        head = commit.last
    else:
        if head == info.head:
            return
    raise StoreBroken(
        f"the export of run {info.run_id!r} has no whole journal: record {head + 1} is missing or doubled; wanted "
        f"records {info.base + 1} to {info.head}"
    )

"""The port of stores, and its nouns: a run's row, a commit, a lease.

A store keeps what it is given and decides who may write; it never looks into records, but for the ids of pauses that
were replied to. Policies (when a run is stuck, what may be deleted) are the engine's.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from agent_brain.core.records import Record, Status

OPEN = frozenset({Status.READY, Status.RUNNING, Status.WAITING, Status.STOPPED, Status.STUCK})
"""What a run that has not ended can be."""


@dataclass(frozen=True, slots=True)
class Commit:
    """Records that became durable together."""

    run_id: str
    """The run that wrote them: a fork's first commits are those of its parent."""
    first: int
    """The number of its first record; a run's records are counted from 1."""
    records: tuple[Record, ...]
    at: float
    """Seconds since the epoch."""
    epoch: int
    """Which of the run's drivers wrote it."""

    @property
    def last(self) -> int:
        """The number of its last record."""
        return self.first + len(self.records) - 1


@dataclass(frozen=True, slots=True)
class Parent:
    """Where a run's journal begins: with the first `head` records of another one."""

    run_id: str
    head: int


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a run is created with."""

    run_id: str
    net: str
    fingerprint: str
    goal: str
    parent: Parent | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    """What its maker wants to know again of it; JSON only."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run's row: what can be known of it without reading its journal."""

    run_id: str
    net: str
    fingerprint: str
    goal: str
    status: Status
    state: str
    head: int
    """How many records it has, those of its parent included."""
    base: int
    """How many of them are gone: a compacted run can be read from its snapshot on only."""
    parent: Parent | None
    labels: Mapping[str, Any]
    epoch: int
    """How often it was claimed."""
    owner: str
    lease_until: float | None
    """Seconds since the epoch; None while nobody drives it."""
    attempts: int
    """How many drivers died on it since it last finished a step."""
    wake_at: float | None
    """When the first of its pauses expires."""
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to append to one run, until another driver claims it."""

    run_id: str
    owner: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands after a commit."""

    state: str
    status: Status
    """RUNNING keeps the lease; any other gives it back in the same transaction.

    A run that is to be WAITING and has unread mail becomes READY instead.
    """
    wake_at: float | None = None


@runtime_checkable
class Store(Protocol):
    """Keeps the journals of runs.

    Times are the store's own clock (the database's, where there is one). What is acknowledged survives the death of the
    process, and what was appended with `is_barrier`, and all before it, a loss of power too.
    Raises, all of them StoreErrors: RunUnknown; RunExists; RunBusy; Fenced; RunKept; StoreDown where the file or server
    cannot be used for now (locked, full, stopped) and StoreBroken where it never will (corrupted, newer schema).
    """

    @property
    def lease_seconds(self) -> float | None:
        """How long a lease lasts without a beat; None where no other process can see the store."""

    @property
    def is_private(self) -> bool:
        """True where nobody but this user can have written what it holds."""

    async def create(self, run: NewRun, records: Sequence[Record], position: Position, owner: str) -> Lease:
        """A new run with its first records; with status RUNNING its maker holds the lease.

        Raises: RunExists; RunUnknown for a parent; RunKept where the parent has fewer records.
        """

    async def claim(self, run_id: str, owner: str, statuses: Collection[Status]) -> tuple[Lease, RunInfo]:
        """Take the lease, epoch + 1, of a run that has one of these statuses or whose driver's lease is over.

        The row handed back has the status from before the claim; where a lease was over, its `attempts` are one more
        than before, in the store too.
        Raises: RunUnknown; RunBusy where another driver holds it or its status is none of these.
        """

    async def append(
        self,
        lease: Lease,
        head: int,
        records: Sequence[Record],
        position: Position | None = None,
        *,
        is_barrier: bool = False,
    ) -> None:
        """Make records durable behind the first `head` ones and extend the lease; no records at all is allowed.

        With a position the step has ended: the row's state and status are set and its `attempts` become 0. Without one
        they stay. `is_barrier`: against loss of power too. Mail for pauses that these records reply to counts as read.
        Repeating a call whose acknowledgement was lost does no harm.
        Raises: Fenced where another driver has claimed the run meanwhile, or where its head is another one.
        """

    async def beat(self, owner: str) -> None:
        """Extend all leases of this owner."""

    async def set_status(self, run_id: str, status: Status, *, expected: Collection[Status]) -> bool:
        """Move a run that nobody drives from one of the expected statuses to another; False where it was elsewhere."""

    async def get(self, run_id: str) -> RunInfo:
        """A run's row. Raises: RunUnknown."""

    async def find(self, prefix: str) -> list[str]:
        """The ids that begin so, up to ten of them; an id that is exactly this stands first."""

    async def list_runs(
        self, *, statuses: Collection[Status] = (), before: float | None = None, limit: int = 100
    ) -> list[RunInfo]:
        """Runs, the last updated first; `before`: only those updated before this time."""

    async def list_due(self, limit: int = 100) -> list[RunInfo]:
        """Runs for a driver to take: READY ones, those whose lease is over, WAITING ones whose `wake_at` has passed."""

    async def list_children(self, run_id: str) -> list[RunInfo]:
        """The runs whose parent this one is."""

    def read(self, run_id: str, after: int = 0, until: int | None = None) -> AsyncGenerator[Commit, None]:
        """The commits that hold records `after` + 1 to `until`, in order, cut to these records; parents are followed.

        Raises: RunUnknown; RunKept where records asked for were compacted away.
        """

    async def post(self, run_id: str, replies: Mapping[str, Any]) -> None:
        """Put replies into the run's mailbox, by pause id, the first one for each id; a WAITING run becomes READY."""

    async def read_mail(self, run_id: str) -> dict[str, Any]:
        """Replies that no commit has taken up."""

    async def put_snapshot(self, run_id: str, head: int, env: bytes) -> None:
        """Keep the env of the first `head` records, so that reading back need not start at the first one."""

    async def read_snapshot(self, run_id: str, until: int | None = None) -> tuple[int, bytes] | None:
        """The newest snapshot up to there, its head first; parents are followed."""

    async def delete(self, run_ids: Collection[str]) -> None:
        """Remove these runs, all or none; where one has open pauses is for the caller to know.

        Raises: RunUnknown; RunKept where a fork outside of them reads one; RunBusy where a driver holds one.
        """

    async def compact(self, run_id: str) -> int:
        """Remove the records that the snapshot at the run's head stands for, and its need of a parent; how many.

        Raises: RunUnknown; RunKept where there is no snapshot at its head, or where a fork reads what would go; RunBusy
        while a driver holds it.
        """

    async def restore(self, info: RunInfo, commits: Sequence[Commit], snapshot: tuple[int, bytes] | None) -> None:
        """Write a whole run as an export holds it, whole in itself (`parent` is None). Raises: RunExists."""

    async def wait(self, seconds: float) -> None:
        """Return after this time, or sooner when something in the store may have changed."""

    async def aclose(self) -> None:
        """Close what was opened for the running event loop; the store can be used again afterwards."""

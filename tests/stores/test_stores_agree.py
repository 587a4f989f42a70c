"""Whatever is asked of the stores, in whatever order: the one in memory and the one on disk say the same."""

import asyncio
import itertools
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from agent_brain.core.errors import StoreError
from agent_brain.core.records import Replied, SlotPut, Status
from agent_brain.core.store import Lease, Parent, Position, RunInfo, Store
from agent_brain.stores.memory import MemoryStore
from agent_brain.stores.sqlite import SqliteStore
from stores.journals import flat, new_run, read_all

RUN_IDS = st.sampled_from(["a", "ab", "b", "c"])
HEADS = st.integers(0, 9)
STATUSES = st.sampled_from(list(Status))
SETS = st.frozensets(STATUSES, max_size=4)
PAUSES = st.sampled_from(["p1", "p2"])
RECORDS = st.lists(
    st.builds(SlotPut, st.just("note"), st.text(max_size=3)) | st.builds(Replied, PAUSES, HEADS), max_size=3
)
POSITIONS = st.builds(Position, st.sampled_from("xyz"), STATUSES, st.none() | st.sampled_from([1.0, 4e12]))

Call = Callable[[Store], Awaitable[Any]]


class Stores(RuleBasedStateMachine):
    """Both stores, each with a clock that ticks alike; the leases on disk last for ever, as those in memory do."""

    leases: Bundle[Lease] = Bundle("leases")

    @initialize()
    def open(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        memory, disk = itertools.count(1000), itertools.count(1000)
        self.restored = itertools.count(1.0)
        self.memory = MemoryStore(clock=lambda: float(next(memory)))
        self.disk = SqliteStore(Path(self.folder.name) / "runs.db", lease_seconds=1e12, clock=lambda: float(next(disk)))

    def teardown(self) -> None:
        self.runner.run(self.disk.aclose())
        self.runner.close()
        self.folder.cleanup()

    def same(self, call: Call) -> Any:
        """What both give, or the kind of error that both raise."""
        memory, disk = (self.runner.run(outcome(call, store)) for store in (self.memory, self.disk))
        assert memory == disk
        return memory

    @rule(
        target=leases,
        run_id=RUN_IDS,
        parent=st.none() | st.builds(Parent, RUN_IDS, HEADS),
        records=RECORDS,
        position=POSITIONS,
    )
    def create(self, run_id: str, parent: Parent | None, records: list[Any], position: Position) -> Any:
        came = self.same(lambda store: store.create(new_run(run_id, parent), records, position, "ann"))
        return came if isinstance(came, Lease) else multiple()

    @rule(target=leases, run_id=RUN_IDS, statuses=SETS)
    def claim(self, run_id: str, statuses: frozenset[Status]) -> Any:
        came = self.same(lambda store: store.claim(run_id, "bob", statuses))
        return came[0] if isinstance(came, tuple) else multiple()

    @rule(
        lease=leases,
        head=st.none() | HEADS,
        records=RECORDS,
        position=st.none() | POSITIONS,
        times=st.sampled_from([1, 1, 2]),
    )
    def append(self, lease: Lease, head: int | None, records: list[Any], position: Position | None, times: int) -> None:
        info = self.same(lambda store: store.get(lease.run_id))
        start = info.head if head is None and isinstance(info, RunInfo) else head or 0
        for _ in range(times):
            self.same(lambda store: store.append(lease, start, records, position))

    @rule(run_id=RUN_IDS, status=STATUSES.filter(lambda status: status is not Status.RUNNING), expected=SETS)
    def set_status(self, run_id: str, status: Status, expected: frozenset[Status]) -> None:
        self.same(lambda store: store.set_status(run_id, status, expected=expected))

    @rule(run_id=RUN_IDS, replies=st.dictionaries(PAUSES, HEADS))
    def post(self, run_id: str, replies: dict[str, int]) -> None:
        self.same(lambda store: store.post(run_id, replies))

    @rule(run_id=RUN_IDS, head=st.none() | HEADS, env=st.binary(max_size=3))
    def put_snapshot(self, run_id: str, head: int | None, env: bytes) -> None:
        info = self.same(lambda store: store.get(run_id))
        place = info.head if head is None and isinstance(info, RunInfo) else head or 0
        self.same(lambda store: store.put_snapshot(run_id, place, env))

    @rule(run_ids=st.lists(RUN_IDS, max_size=3))
    def delete(self, run_ids: list[str]) -> None:
        self.same(lambda store: store.delete(run_ids))

    @rule(run_id=RUN_IDS)
    def compact(self, run_id: str) -> None:
        self.same(lambda store: store.compact(run_id))

    @rule(run_id=RUN_IDS)
    def export_delete_and_restore(self, run_id: str) -> None:
        info = self.same(lambda store: store.get(run_id))
        if not isinstance(info, RunInfo):
            return
        snapshot = self.same(lambda store: store.read_snapshot(run_id))
        commits = self.runner.run(read_all(self.memory, run_id, info.base))
        self.same(lambda store: store.delete([run_id]))
        self.same(lambda store: store.restore(replace(info, updated_at=next(self.restored)), commits, snapshot))

    @rule(run_id=RUN_IDS, after=HEADS, until=st.none() | HEADS)
    def read(self, run_id: str, after: int, until: int | None) -> None:
        self.same(lambda store: read_flat(store, run_id, after, until))
        self.same(lambda store: store.read_snapshot(run_id, until))

    @rule(statuses=SETS, limit=st.integers(1, 3))
    def list(self, statuses: frozenset[Status], limit: int) -> None:
        self.same(lambda store: store.list_runs(statuses=statuses, limit=limit))
        self.same(lambda store: store.list_due(limit))
        self.same(lambda store: store.find("a"))

    @invariant()
    def rows_mail_and_children_are_equal(self) -> None:
        if not hasattr(self, "runner"):
            return
        for info in self.same(lambda store: store.list_runs()):
            self.same(lambda store, run_id=info.run_id: store.read_mail(run_id))  # type: ignore[misc]  # bound at once
            self.same(lambda store, run_id=info.run_id: find_children(store, run_id))  # type: ignore[misc]  # as above


async def outcome(call: Call, store: Store) -> Any:
    try:
        return comparable(await call(store))
    except StoreError as error:
        return f"{type(error).__name__}: {error}"


def comparable(value: Any) -> Any:
    """Without the end of a lease and with the clocks' ticks left out, which differ where a call is refused."""
    match value:
        case RunInfo():
            return replace(value, lease_until=None, created_at=0.0, updated_at=0.0)
        case list() | tuple():
            return type(value)(map(comparable, value))
    return value


async def read_flat(store: Store, run_id: str, after: int, until: int | None) -> list[Any]:
    return flat(await read_all(store, run_id, after, until))


async def find_children(store: Store, run_id: str) -> list[str]:
    return sorted(info.run_id for info in await store.list_children(run_id))


Stores.TestCase.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
TestStoresAgree = Stores.TestCase

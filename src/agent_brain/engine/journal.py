"""A run's journal in the hands of the driver that holds its lease: what is committed, and when a snapshot is due."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress

from agent_brain.core.errors import Fenced, RunError, StoreBroken, StoreError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import URGENT, ActionStarted, Record, Status, find_innermost
from agent_brain.core.store import Lease, Position, Store
from agent_brain.engine.secrets import Secrets
from agent_brain.engine.see_through import see_off

SNAPSHOT_RECORDS_MIN = 256
RECORDS_PER_NOUN = 4
"""A snapshot is due when the records since the last one are this many times what the env holds.

So reading back takes time in proportion to what the run knows, whatever was overwritten on the way, and snapshots stay
a small part of all that is kept.
"""


class Journal:
    """Appends what an env has fresh, under one lease."""

    def __init__(
        self,
        store: Store,
        lease: Lease,
        secrets: Secrets,
        env: MemoryEnv,
        *,
        snapshot: int = 0,
        is_held: bool = True,
    ) -> None:
        self.store = store
        self.is_held = is_held
        """False once the lease was given back."""
        self.cancelled_as = Status.STOPPED
        """How a run is left whose driver is cancelled: STOPPED by whoever watched it, or READY for another driver."""
        self._lease = lease
        self._secrets = secrets
        self._head = env.head
        self._state = env.state
        self._snapshot = snapshot

    @property
    def secrets(self) -> Secrets:
        """What no record may hold; more of it is learnt while the run goes on."""
        return self._secrets

    async def commit_urgent(self, env: MemoryEnv) -> Sequence[Record]:
        """Make intents, outcomes and pauses durable in the middle of a step.

        Raises: RunError where the step has written other things before them, which have to wait for its end.
        """
        early = next((record for record in env.fresh if not isinstance(record, URGENT)), None)
        if early is not None:
            raise RunError(
                f"state {env.state!r} wrote {type(early).__name__} and then started or ended an action; wanted the "
                "actions first, or in a step of their own: what else a step writes becomes durable when it has ended"
            )
        fresh = env.take_fresh()
        is_barrier = any(isinstance(find_innermost(record)[1], ActionStarted) for record in fresh)
        return await self._append(fresh, None, is_barrier=is_barrier)

    async def commit(self, env: MemoryEnv, status: Status | None = None) -> Sequence[Record]:
        """Make all that is fresh durable, with where the run stands; any status but RUNNING ends the lease."""
        position = Position(env.state, status or env.status, find_wake(env))
        records = await self._append(env.take_fresh(), position)
        self.is_held, self._state = position.status is Status.RUNNING, env.state
        if self._is_snapshot_due(env):
            from agent_brain.core.env_json import encode_env  # on first use: an import need not wait for it

            await self.store.put_snapshot(env.run_id, env.head, encode_env(self._secrets.redact_env(env)))
            self._snapshot = env.head
        return records

    async def take_up(self, env: MemoryEnv) -> Sequence[Record]:
        """Make durable what has come in for a run that was claimed; how often its step was tried stays counted."""
        return await self._append(env.take_fresh(), None)

    @asynccontextmanager
    async def held(self, env: MemoryEnv) -> AsyncGenerator[None, None]:
        """Give the lease back at the end of the block, whatever happens in it."""
        try:
            yield
        except asyncio.CancelledError:
            await self._leave(env, self.cancelled_as)
            raise
        finally:
            await self._leave(env, Status.STOPPED)

    async def _leave(self, env: MemoryEnv, left_as: Status) -> None:
        """Give the lease back where a run still has it: one that waits or has ended stays so, any other is left so.

        What its step has not committed is lost.
        """
        if self.is_held:
            self.is_held = False
            is_settled = env.status is not Status.RUNNING and env.head == self._head
            status = env.status if is_settled else left_as
            with suppress(StoreError):  # taken over, or the store is down: then the lease ends by itself
                await see_off(self._give_back(Position(self._state, status, find_wake(env))))

    async def _give_back(self, position: Position) -> None:
        try:
            await self.store.append(self._lease, self._head, (), position)
        except Fenced:
            await self._leave_behind(position.status)

    async def _leave_behind(self, status: Status) -> None:
        """Give the lease back where a commit that was cancelled has been made all the same."""
        info = await self.store.get(self._lease.run_id)
        if (info.status, info.owner, info.epoch) == (Status.RUNNING, self._lease.owner, self._lease.epoch):
            await self.store.append(self._lease, info.head, (), Position(info.state, status, info.wake_at))

    def renew(self, lease: Lease) -> None:
        """Go on under another lease."""
        self._lease, self.is_held = lease, True

    async def _append(
        self, fresh: list[Record], position: Position | None, *, is_barrier: bool = False
    ) -> Sequence[Record]:
        self._secrets = self._secrets.learn(fresh)
        records = self._secrets.redact(fresh)
        await self.store.append(self._lease, self._head, records, position, is_barrier=is_barrier)
        self._head += len(records)
        return records

    def _is_snapshot_due(self, env: MemoryEnv) -> bool:
        since = env.head - self._snapshot
        if since < SNAPSHOT_RECORDS_MIN or self.store.lease_seconds is None:
            return False
        return since >= RECORDS_PER_NOUN * (len(env.log) + len(env.slots) + len(env.board) + len(env.pauses))


def find_wake(env: MemoryEnv) -> float | None:
    """When the first of its pauses expires."""
    return min((pause.expires_at for pause in env.open_pauses if pause.expires_at is not None), default=None)


async def read_env(store: Store, run_id: str, at: int | None = None) -> tuple[MemoryEnv, int]:
    """The env of a run's first `at` records, None: of all; and the head of the snapshot that it was read back from.

    Raises: RunUnknown; RunKept where these records were compacted away; StoreBroken where one does not fit the others.
    """
    from agent_brain.core.env_json import decode_env  # as above

    kept = await store.read_snapshot(run_id, at)
    after, env = (0, MemoryEnv()) if kept is None else (kept[0], decode_env(kept[1]))
    async with aclosing(store.read(run_id, after, at)) as commits:
        async for commit in commits:
            try:
                env.replay(commit.records)
            except KeyError as error:
                raise StoreBroken(
                    f"record {env.head + 1} of run {run_id!r} is about {error}, which no earlier record began"
                ) from error
    return env, after

"""The journals in a store: begun, claimed, read back, replied to and forked, whatever net drives them."""

import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from agent_brain.core.errors import RunBusy, RunKept, RunUnknown, SetupError, StoreBroken, StoreError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.pauses import ReplySource, check_json, check_reply
from agent_brain.core.records import Record, Status
from agent_brain.core.store import Commit, Lease, NewRun, Parent, Position, RunInfo, Store
from agent_brain.core.tooling import Tools
from agent_brain.engine.heart import Heart
from agent_brain.engine.journal import Journal, find_wake, read_env
from agent_brain.engine.secrets import Secrets
from agent_brain.engine.see_through import see_through


@dataclass(frozen=True, slots=True)
class Taken:
    """A run that was claimed: its env, its journal, and its row as it was before."""

    env: MemoryEnv
    journal: Journal
    info: RunInfo


class Journals:
    """What can be done to runs without knowing their net; raises what the store raises."""

    def __init__(
        self,
        store: Store,
        secrets: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
        tools: Tools | None = None,
    ) -> None:
        self.store = store
        self.heart = Heart(store)
        self.secrets = Secrets(secrets, tools)
        self._clock = clock

    async def create(
        self, env: MemoryEnv, labels: Mapping[str, Any], status: Status, after: MemoryEnv | None = None
    ) -> tuple[Journal, Sequence[Record]]:
        """The journal of a run that begins, and its first records; `after`: the env that its own was forked from.

        Raises: RunExists; SetupError for labels that JSON cannot say, and for a secret in the run's name.
        """
        check_json(labels, "labels")
        secrets = self.secrets if after is None else self.secrets.learn_env(after)
        secrets.check_name(env.run_id)
        parent = None if after is None or not after.run_id else Parent(after.run_id, after.head)
        goal, labels = secrets.redact_value(env.goal), secrets.redact_value(labels)
        run = NewRun(env.run_id, env.net, env.fingerprint, goal, parent, labels)
        records = secrets.redact(env.take_fresh())
        position = Position(env.state, status)

        async def leave(lease: Lease) -> None:
            if status is Status.RUNNING:
                await self._give_back(lease, env.head, Position(env.state, Status.STOPPED))

        lease = await see_through(self._create(run, records, position, after, secrets), leave)
        snapshot = 0 if after is None else after.head  # a conversation of short runs writes none for each of them
        is_held = status is Status.RUNNING
        return Journal(self.store, lease, secrets, env, snapshot=snapshot, is_held=is_held), records

    async def _create(
        self, run: NewRun, records: Sequence[Record], position: Position, after: MemoryEnv | None, secrets: Secrets
    ) -> Lease:
        owner = self.heart.owner
        try:
            return await self.store.create(run, records, position, owner)
        except (RunUnknown, RunKept):
            if after is None:
                raise
        await self._adopt(run, secrets.redact_env(after))
        lease, _ = await self.store.claim(run.run_id, owner, {Status.STOPPED})
        await self.store.append(lease, after.head, records, position)
        return lease

    async def _adopt(self, run: NewRun, after: MemoryEnv) -> None:
        """Begin a run with what an env from elsewhere holds: its own records are in another store, or gone."""
        from agent_brain.core.env_json import encode_env  # on first use: an import need not wait for it

        now, head = self._clock(), after.head
        info = RunInfo(
            run.run_id, run.net, run.fingerprint, run.goal, Status.STOPPED, after.state, head, head, None, run.labels,
            0, "", None, 0, None, now, now,
        )  # fmt: skip
        await self.store.restore(info, (), (head, encode_env(after)))

    async def claim(self, run_id: str, statuses: Collection[Status]) -> Taken:
        """Take the lease of a run that has one of these statuses, or whose driver has died. Raises: RunBusy."""
        lease, info = await self._take(run_id, statuses)
        try:
            env, snapshot = await read_env(self.store, run_id)
        except BaseException as error:  # a cancellation too: a run without a driver must not keep its lease
            await see_through(self._put_back(lease, info, is_broken=isinstance(error, StoreBroken)))
            raise
        return Taken(env, Journal(self.store, lease, self.secrets, env, snapshot=snapshot), info)

    async def _take(self, run_id: str, statuses: Collection[Status]) -> tuple[Lease, RunInfo]:
        """A run's lease; it is given back where nobody waits for it any more."""
        claim = self.store.claim(run_id, self.heart.owner, statuses)
        return await see_through(claim, lambda taken: self._put_back(*taken))

    async def _put_back(self, lease: Lease, info: RunInfo, *, is_broken: bool = False) -> None:
        """Leave a run that could not be read back as it was; one that never can be is no work for any driver."""
        status = Status.READY if info.status is Status.RUNNING else info.status
        await self._give_back(
            lease, info.head, Position(info.state, Status.STUCK if is_broken else status, info.wake_at)
        )

    async def _give_back(self, lease: Lease, head: int, position: Position) -> None:
        with suppress(StoreError):  # the store is down: then the lease ends by itself
            await self.store.append(lease, head, (), position)

    async def take_mail(self, env: MemoryEnv) -> bool:
        """Write replies that have come in, and the defaults of pauses that have expired, into env; False for none."""
        if not env.open_pauses:
            return False
        waiting = len(env.open_pauses)
        for pause_id, reply in (await self.store.read_mail(env.run_id)).items():
            env.reply(pause_id, reply)
        now = self._clock()
        for pause in env.open_pauses:
            if pause.expires_at is not None and pause.expires_at <= now:
                env.reply(pause.pause_id, pause.default, ReplySource.EXPIRY)
        return len(env.open_pauses) < waiting

    async def take_back(self, env: MemoryEnv, journal: Journal) -> bool:
        """Claim a run that has just begun to wait, where a reply came while its last step was being committed."""
        if env.status is not Status.WAITING or not await self.store.read_mail(env.run_id):
            return False
        try:
            lease, _ = await self._take(env.run_id, {Status.READY, Status.WAITING})
        except RunBusy:
            return False  # whoever holds it now has the reply
        journal.renew(lease)
        has_news = await self.take_mail(env)
        await journal.commit(env, Status.RUNNING)
        return has_news

    async def reply(self, run_id: str, replies: Mapping[str, Any]) -> None:
        """Put replies into a run's mailbox; one in time counts, however late the run is taken on.

        Raises: SetupError for what was never asked, for what is no reply to it, and for one that comes too late.
        """
        if not replies:
            return
        env = await self.read(run_id)
        for pause_id, reply in replies.items():
            pause = env.pauses.get(pause_id)
            if pause is None:
                waits = ", ".join(pause.pause_id for pause in env.open_pauses) or "nothing"
                raise SetupError(f"run {run_id!r} has no pause called {pause_id!r}; it waits for: {waits}")
            check_reply(pause, reply)
            if pause.is_open and pause.expires_at is not None and pause.expires_at <= self._clock():
                late = self._clock() - pause.expires_at
                raise SetupError(
                    f"pause {pause_id!r} of run {run_id!r} expired {late:.0f} s ago; its default counts: "
                    f"{pause.default!r:.100}"
                )
        is_open = {pause.pause_id: pause for pause in env.open_pauses}
        safe = {key: self.secrets.redact_reply(env, is_open[key], replies[key]) for key in replies if key in is_open}
        await self.store.post(run_id, safe)

    async def read(self, run_id: str, at: int | None = None) -> MemoryEnv:
        """The env of a run's first `at` records; None: of all. Raises: RunUnknown; RunKept."""
        return (await read_env(self.store, run_id, at))[0]

    async def read_commits(self, run_id: str) -> list[Commit]:
        """A run's whole journal. Raises: RunUnknown; RunKept where a part was compacted away."""
        return [commit async for commit in self.store.read(run_id)]

    async def fork(
        self, run_id: str, at: int | None, fork_id: str, labels: Mapping[str, Any] | None, net: Net | None = None
    ) -> str:
        """A new run with the first `at` records of another one and a future of its own, with `net` where one is given.

        Raises: RunKept; SetupError for no such record, and for a net that has not the state which it stands at.
        """
        info = await self.store.get(run_id)
        head = info.head if at is None else at
        if not 1 <= head <= info.head:
            raise SetupError(f"run {run_id!r} has records 1 to {info.head}; a fork at {at} was asked for")
        env = await self.read(run_id, head)
        self.secrets.check_name(fork_id)
        if net is None or net.fingerprint == env.fingerprint:
            env.fork_to(fork_id or make_name())
        else:
            check_state(run_id, env, net)
            env.fork_to(fork_id or make_name(), net.name, net.fingerprint, net.shape)
        status = Status.STOPPED if env.status is Status.RUNNING else env.status
        given = info.labels if labels is None else self.secrets.redact_value(labels)
        run = NewRun(env.run_id, env.net, env.fingerprint, info.goal, Parent(run_id, head), given)
        first = self.secrets.redact(env.take_fresh())
        await self.store.create(run, first, Position(env.state, status, find_wake(env)), "")
        return env.run_id


def check_state(run_id: str, env: MemoryEnv, net: Net) -> None:
    """Let a run pass that this net can take on from where it stands. Raises: SetupError with the states it has."""
    if env.state not in net.states:
        raise SetupError(
            f"after {env.head} records run {run_id!r} stands at state {str(env.state)!r}, which the net {net.name!r} "
            f"does not have; its states: {', '.join(sorted(net.states))}"
        )


def make_name() -> str:
    """A name that no other run has."""
    return os.urandom(8).hex()

"""A run inside another one: walked as any run, with the outer run's journal in place of a store."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, nullcontext

from agent_brain.core.errors import RunError
from agent_brain.core.events import PASSING, Ended, HandedOver, SubEvent
from agent_brain.core.items import Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.ports import Nest
from agent_brain.core.records import Record, Status, make_failed
from agent_brain.core.store import Lease, Position
from agent_brain.core.tooling import GIVEN_SLOTS, Inside
from agent_brain.engine.ahead import run_ahead
from agent_brain.engine.allowance import Allowance
from agent_brain.engine.journal import Journal
from agent_brain.engine.limits import Limits
from agent_brain.engine.secrets import Secrets
from agent_brain.engine.walk import Walk
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.result_text import to_text

Passed = SubEvent | HandedOver
_OVER = (Status.ANSWERED, Status.LIMITED, Status.FAILED)


class SubRun:
    """One run inside another; begun with its goal, or taken on where it was.

    It has limits of its own, and spends what the run that it is inside of may spend: that is asked before each step,
    and where it says no, this run finishes with what it knows. What it fails with is its outcome.
    """

    def __init__(
        self,
        net: Net,
        limits: Limits,
        secrets: Secrets,
        goal: str,
        inside: Inside,
        slots: Mapping[str, str] | None = None,
    ) -> None:
        self._net = net
        self._limits = limits
        self._secrets = secrets
        self._above = inside.allowance if isinstance(inside.allowance, Allowance) else None
        self._outbox: asyncio.Queue[Passed | None] = asyncio.Queue()
        self._refused = ""
        self._is_new = inside.env is None
        self.env = _begin(net, goal, inside.run_id, slots or {}) if inside.env is None else inside.env.fork()
        """What it knows, as far as it has come."""

    async def go(self, open_tools: Callable[[], Awaitable[None]]) -> AsyncGenerator[Passed, None]:
        """What happens, and what has to be durable before it goes on, until it has ended or waits for a person."""
        if self.env.status in _OVER:  # its driver died before the outcome was written
            return
        reserve = self._net[self._net.finish].model_calls
        self._refused = self._above.find_met(reserve) if self._above is not None and self._is_new else ""
        if self._refused:
            return
        with nullcontext() if self._above is None else self._above.taking(reserve):
            async with aclosing(run_ahead(self._walk(open_tools), self._outbox)) as pieces:
                async for piece in pieces:
                    yield piece

    def find_outcome(self) -> Observation | None:
        """What came of it, where it has ended; no secret of its own is handed out."""
        env = self.env
        if self._refused:
            return Observation(f"it was not begun: {self._refused}", OutcomeStatus.FAILED)
        match env.status:
            case Status.ANSWERED:
                return self._secrets.redact_value(Observation(to_text(env.answer)))
            case Status.LIMITED:
                stopped = f"(it was stopped: {env.limit})\n{env.answer}"
                return self._secrets.redact_value(Observation(to_text(stopped)))
            case Status.FAILED:
                failed = Observation(to_text(f"it failed: {env.error}"), OutcomeStatus.FAILED)
                return self._secrets.redact_value(failed)
        return None

    async def _walk(self, open_tools: Callable[[], Awaitable[None]]) -> AsyncGenerator[Passed, None]:
        """Its steps; its records go into the outbox, and are events where they become durable."""
        env = self.env
        journal = Journal(_Outbox(self._outbox), Lease(env.run_id, "", 0), self._secrets, env)
        await journal.take_up(env)
        walk = Walk(self._net, self._limits, journal, above=self._above)
        error: RunError | None = None
        try:
            await open_tools()
            async with aclosing(walk.go(env)) as events:
                async for event in events:
                    if isinstance(event, PASSING):
                        yield SubEvent("", event)
                    elif isinstance(event, SubEvent) and isinstance(event.event, PASSING):
                        yield event
        except RunError as caught:
            error = caught
            env.withdraw("the run failed")
            env.update(make_failed(caught))
            await journal.commit(env)
        self._secrets = journal.secrets  # it has learnt those that it gave to its tools
        env.drop_derived()
        yield SubEvent("", Ended(env.run_id, env.status, env.answer, error, env))


class _Outbox(MemoryStore):
    """Hands records over to the run outside, and waits until they are durable there."""

    def __init__(self, outbox: "asyncio.Queue[Passed | None]") -> None:
        super().__init__()
        self._outbox = outbox

    async def append(
        self,
        lease: Lease,
        head: int,
        records: Sequence[Record],
        position: Position | None = None,
        *,
        is_barrier: bool = False,
    ) -> None:
        """Come back when they are durable."""
        if records:
            durable = asyncio.Event()
            self._outbox.put_nowait(HandedOver(records, durable.set))
            await durable.wait()


def _begin(net: Net, goal: str, run_id: str, slots: Mapping[str, str]) -> MemoryEnv:
    env = MemoryEnv.begin(run_id, net.name, net.fingerprint, net.start, goal, net.shape)
    for slot, text in slots.items():
        env.put_slot(slot, text)
    if slots:
        env.put_board(GIVEN_SLOTS, sorted(slots))
    return env


def make_nest(limits: Limits) -> Nest:
    """How the states of a brain with these limits have nets walked inside its runs.

    A sub-run that had failed goes on from its last step: what it failed with has failed the run outside too.
    """

    def nest(
        net: Net, question: str, slots: Mapping[str, str], inside: Inside
    ) -> tuple[MemoryEnv, AsyncGenerator[Passed, None]]:
        run = SubRun(net, limits, Secrets(), question, inside, slots)
        if run.env.status is Status.FAILED:
            run.env.resume()
        return run.env, run.go(_open_nothing)

    return nest


async def _open_nothing() -> None:
    """The tools are the outer run's, which has opened them."""

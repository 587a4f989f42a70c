"""A walk: one env taken through one net, step by step, each step committed before the next one begins."""

import time
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import dataclass

from agent_brain.core.errors import RunError, TimeUp
from agent_brain.core.events import (
    Chunk,
    ChunkKind,
    Entered,
    Event,
    HandedOver,
    Moved,
    Partial,
    Piece,
    Retracted,
    SubEvent,
)
from agent_brain.core.items import find_key
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.pauses import PauseKind
from agent_brain.core.ports import Allowing
from agent_brain.core.records import Record, StateSet, Status, SubRecord, find_innermost
from agent_brain.core.state import END
from agent_brain.core.usage import Usage
from agent_brain.engine.ahead import run_ahead
from agent_brain.engine.allowance import Allowance
from agent_brain.engine.deadline import Deadline
from agent_brain.engine.journal import Journal
from agent_brain.engine.limits import Limits
from agent_brain.engine.live_text import Live, LiveText
from agent_brain.engine.mending import check_mending, is_mending

ABOVE = "above"
"""The limit of a sub-run that is one of the run which it is inside of."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Takes one run on until it has ended or waits; holds what the steps of this run need, and no run data."""

    net: Net
    limits: Limits
    journal: Journal
    asks_for_more: bool = False
    above: Allowance | None = None
    """For a sub-run: what the run that it is inside of lets it spend."""
    told: Allowing | None = None
    """What states are told of what may be spent, where a journal knows that better than the limits."""

    async def go(self, env: MemoryEnv) -> AsyncGenerator[Event, None]:
        """Steps under the time limit; when it is met, the finishing state gets a time of its own.

        Raises: RunError, with nothing committed of what came before it in its step but urgent records.
        """
        env.allowance = self.told or Allowance(self.limits, self.net, env, self.above)
        was_met = self.limits.find_past(env)
        if was_met != "seconds":
            seconds = self.limits.find_seconds(env)
            deadline = Deadline(None if seconds is None else seconds - env.usage.seconds)
            try:
                with deadline:
                    async with aclosing(self._go(env, deadline, is_finishing=bool(was_met))) as events:
                        async for event in events:
                            yield event
                return
            except TimeUp as error:
                if not deadline.is_over:  # a state let through what another brain's run has raised
                    raise
                yield Retracted(str(error), env.state)
            left = round((seconds or 0.0) - env.usage.seconds, 6)
            if left > 0:  # not where it was over before the first step
                env.charge(Usage(seconds=left))
            async with aclosing(self._meet(env, "seconds", self.limits.describe(env, "seconds"))) as events:
                async for event in events:
                    yield event
            if env.status is not Status.RUNNING:
                return
        with Deadline(self.limits.answer_seconds) as deadline:
            async with aclosing(self._go(env, deadline, is_finishing=True)) as events:
                async for event in events:
                    yield event

    async def _go(
        self, env: MemoryEnv, deadline: Deadline, *, is_finishing: bool = False
    ) -> AsyncGenerator[Event, None]:
        """Step after step until the run has ended or waits; a limit that is met is a move to the finishing state.

        From there no limit but the time stops it any more, and it has as many steps as the net has states. The first
        step is made even where the run waits: a reply may have come.
        """
        steps_left = len(self.net.states)
        is_due = True
        while is_due:
            met = None if is_finishing else self._find_met(env)
            if met is not None:
                async with aclosing(self._meet(env, *met)) as events:
                    async for event in events:
                        yield event
                if env.status is not Status.RUNNING:
                    return
                is_finishing = True
            is_mended = is_mending(env, self.net)
            if is_mended:
                check_mending(env, self.net, self.limits, self._find_spent_above())
            if is_finishing and steps_left == 0 and not is_mended:
                raise RunError(
                    f"{env.limit}, and {self.net.finish} did not lead to the end in as many steps as there are states"
                )
            steps_left -= is_finishing and not is_mended
            step = self._step(env, deadline)
            waiting = len(env.next_actions) + len(env.in_flight) + len(env.held)
            has_several = waiting > 1 or self.net[env.state].begins_more
            with self._taking(env, is_finishing=is_finishing):
                async with aclosing(run_ahead(step) if has_several else step) as events:
                    async for event in events:
                        yield event
            is_due = env.status is Status.RUNNING

    def _find_met(self, env: MemoryEnv) -> tuple[str, str] | None:
        """The limit that forbids the next step, of this run or of one that it is inside of.

        None where the step had begun already: its runs inside ask for each step of their own, and what they have found
        must not be lost.
        """
        if env.sub_runs and not (env.next_actions or env.in_flight or env.held):
            return None
        met = self.limits.find_met(env, self.net)
        if met is not None or self.above is None or env.state == self.net.finish:
            return met
        reason = self.above.find_met(self.net[env.state].model_calls, env.next_actions)
        return (ABOVE, f"{reason} by the run that this one is inside of") if reason else None

    def _find_spent_above(self) -> str:
        """The limit of a run that this one is inside of that forbids one more visit of the finishing state."""
        return "" if self.above is None else self.above.find_met(self.net[self.net.finish].model_calls)

    def _taking(self, env: MemoryEnv, *, is_finishing: bool) -> AbstractContextManager[None]:
        """Meanwhile what the next step does counts as done above; the calls of the finishing state were kept back."""
        if self.above is None or is_finishing or env.state == self.net.finish:
            return nullcontext()
        return self.above.taking(self.net[env.state].model_calls, (find_key(env.run_id),))

    async def _step(self, env: MemoryEnv, deadline: Deadline) -> AsyncGenerator[Event, None]:
        """One visit of one state: what it streams, what has to be durable at once, and its move."""
        source, step = env.state, env.steps
        state = self.net[source]
        began, live = time.monotonic(), LiveText()
        yield Entered(source, step)
        async with aclosing(state.run(env)) as pieces:
            while True:
                try:
                    piece = await deadline.next(pieces)
                except StopAsyncIteration:
                    break
                except Exception as error:
                    error.add_note(f"in run {env.run_id}, state {str(source)!r}, step {step}")
                    _move_back(env, source)
                    raise
                if env.is_urgent:
                    for record in await self.journal.commit_urgent(env):
                        yield _show(record)
                if isinstance(piece, HandedOver):
                    piece.acknowledge()
                    continue
                for shown in live.show(_name(piece, state.kind, source), self.journal.secrets):
                    yield shown
        for shown in live.release(self.journal.secrets):
            yield shown
        env.charge(Usage(seconds=round(time.monotonic() - began, 6)))
        async with aclosing(self._leave(env, source, step)) as events:
            async for event in events:
                yield event

    async def _leave(self, env: MemoryEnv, source: str, step: int) -> AsyncGenerator[Event, None]:
        """The end of a step: its move is checked, its records are committed; one that waits makes no move yet."""
        if env.open_pauses and env.steps == step and not env.done:
            for record in await self.journal.commit(env):
                yield _show(record)
            return
        try:
            target = self._find_target(env, step)
            self.net.check_move(source, target)
        except RunError:
            _move_back(env, source)
            raise
        reason = ""
        for record in await self.journal.commit(env):
            reason = record.reason if isinstance(record, StateSet) else reason
            yield _show(record)
        yield Moved(source, target, reason)

    def _find_target(self, env: MemoryEnv, step: int) -> str:
        """Where the step that has just ended goes. Raises: RunError where it named no state, or several, or waits."""
        if env.open_pauses:
            raise RunError(
                "a step that asks a person must not move; it is visited again with the reply, and moves then"
            )
        if env.done:
            return END
        if env.state == END:
            raise RunError(f"a step moved to {END!r}; a run is ended by env.done = True")
        moves = env.steps - step
        if moves != 1:
            raise RunError(f"a step must name one next state or set env.done; this one named {moves}")
        return env.state

    async def _meet(self, env: MemoryEnv, limit: str, reason: str) -> AsyncGenerator[Event, None]:
        """What a limit does: ask a person for more where the limits say so, else move to the finishing state."""
        if self.asks_for_more and self.limits.is_worth_asking(env, limit):
            if not any(pause.token == limit for pause in env.open_pauses if pause.kind is PauseKind.BUDGET):
                env.ask(
                    f"{reason}: how much more? (0: it finishes with what it knows)",
                    kind=PauseKind.BUDGET,
                    default=0,
                    token=limit,
                )
            for record in await self.journal.commit(env):
                yield _show(record)
            return
        source = env.state
        env.withdraw(reason)
        env.choose(())
        env.meet_limit(limit, reason)
        env.set_state(self.net.finish, reason)
        for record in await self.journal.commit(env):
            yield _show(record)
        yield Moved(source, env.state, reason)


def _show(record: Record) -> Event:
    """A record as an event: that of a sub-run with its path."""
    if not isinstance(record, SubRecord):
        return record
    path, innermost = find_innermost(record)
    return SubEvent(path, innermost)


def _name(piece: Piece, kind: ChunkKind, state: str) -> Live:
    """What a state has streamed, as an event. Raises: RunError for what is none."""
    if isinstance(piece, str):
        return Chunk(piece, kind, state)
    if not isinstance(piece, (Chunk, Retracted, Partial, SubEvent)):
        raise RunError(f"state {state!r} yielded {piece!r:.100}; wanted text, a Chunk or a Retracted")
    return piece


def _move_back(env: MemoryEnv, source: str) -> None:
    """Undo the move of a step that went wrong: a run that failed is tried again from its last step."""
    if env.state != source:
        env.set_state(source, "its move does not count")

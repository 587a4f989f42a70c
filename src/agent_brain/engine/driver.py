"""The driver: takes an env through a net, step by step, and streams what happens."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import aclosing

from agent_brain.core.errors import RunError, SetupError, TimeUp
from agent_brain.core.events import Chunk, ChunkKind, Ended, Entered, Event, Moved, Retracted
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.records import Asked, Failed, StateSet, Status
from agent_brain.core.state import END
from agent_brain.core.usage import Usage
from agent_brain.engine.deadline import Deadline
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result


class Driver:
    """Drives any number of runs at once through one net; holds no run data.

    Raises: SetupError for an empty question. What goes wrong in a run is its result (`stream`, `run`), or raised where
    only text is handed out (`answer`). An exception that is no RunError is a bug of a state, model or memory: it comes
    through as it is, with a note that names the run, the state and the step.
    """

    def __init__(self, net: Net, limits: Limits) -> None:
        self.net = net
        self.limits = limits

    async def answer(
        self, question: str, *, after: MemoryEnv | None = None, kinds: Collection[ChunkKind] | None = None
    ) -> AsyncGenerator[str, None]:
        """The text of every state, as it comes; with `kinds`, only these voices: `{ChunkKind.ANSWER}` for the answer.

        Raises: RunError where the run failed.
        """
        async with aclosing(self.stream(question, after=after)) as events:
            async for event in events:
                match event:
                    case Ended(error=RunError() as error):
                        raise error
                    case Chunk() if kinds is not None:
                        if event.kind in kinds:
                            yield event.text
                    case _ if kinds is not None:
                        pass
                    case Chunk(kind=ChunkKind.ACTION | ChunkKind.PROGRESS | ChunkKind.OBSERVATION):
                        yield event.text + "\n"
                    case Chunk():
                        yield event.text
                    case Retracted():
                        yield f"\n[this step begins again: {event.reason}]\n"
                    case Moved():
                        yield "\n"
                    case _:
                        pass

    async def stream(
        self, question: str, *, after: MemoryEnv | None = None, run_id: str = ""
    ) -> AsyncGenerator[Event, None]:
        """Everything that happens, as typed events; the last one is `Ended`.

        With `after`, the env of an earlier run, the question goes on with that conversation.
        """
        async with aclosing(self._drive(self._begin(question, after, run_id))) as events:
            async for event in events:
                yield event

    async def run(self, question: str, *, after: MemoryEnv | None = None, run_id: str = "") -> Result:
        """The result of a whole run."""
        env = self._begin(question, after, run_id)
        error: RunError | None = None
        async with aclosing(self._drive(env)) as events:
            async for event in events:
                if isinstance(event, Ended):
                    error = event.error
        return Result(env, error)

    def run_sync(self, question: str, *, after: MemoryEnv | None = None, run_id: str = "") -> Result:
        """As `run`, for code without an event loop. Raises: SetupError inside a running one."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(self._run_and_close(question, after, run_id))
        raise SetupError("run_sync was called inside a running event loop; there use: await brain.run(question)")

    async def aclose(self) -> None:
        """Close what was opened for the running event loop; the driver itself opens nothing."""

    async def _run_and_close(self, question: str, after: MemoryEnv | None, run_id: str) -> Result:
        try:
            return await self.run(question, after=after, run_id=run_id)
        finally:
            await self.aclose()

    def _begin(self, question: str, after: MemoryEnv | None, run_id: str) -> MemoryEnv:
        if not isinstance(question, str) or not question.strip():  # type: ignore[redundant-expr]  # callers may be untyped
            raise SetupError(f"the question is {question!r:.100}; wanted some text")
        if after is not None and not isinstance(after, MemoryEnv):
            raise SetupError(f"after is {after!r:.100}; wanted the env of an earlier run, as result.env or Ended.env")
        run_id = run_id or os.urandom(8).hex()
        if after is None:
            return MemoryEnv.begin(run_id, self.net.name, self.net.fingerprint, self.net.start, question)
        env = after.fork()
        env.settle("the conversation went on before there was an outcome")
        env.update(Asked(run_id, self.net.start, question))
        return env

    async def _drive(self, env: MemoryEnv) -> AsyncGenerator[Event, None]:
        """The whole run, its errors turned into its end."""
        error: RunError | None = None
        try:
            async with aclosing(self._walk_in_time(env)) as events:
                async for event in events:
                    yield event
        except RunError as caught:
            error = caught
            env.settle("the run failed before there was an outcome")
            env.update(Failed(type(caught).__name__, str(caught)))
        for record in env.take_fresh():
            yield record
        yield Ended(env.run_id, env.status, env.answer, error, env)

    async def _walk_in_time(self, env: MemoryEnv) -> AsyncGenerator[Event, None]:
        """Steps under the time limit; when it is met, the finishing state gets a time of its own."""
        seconds = self.limits.seconds
        deadline = Deadline(None if seconds is None else seconds - env.usage.seconds)
        try:
            with deadline:
                async with aclosing(self._walk(env, deadline)) as events:
                    async for event in events:
                        yield event
            return
        except TimeUp as error:
            if not deadline.is_over:  # a state let through what another brain's run has raised
                raise
            reason = f"the limit of {seconds:g} seconds was reached"
            yield Retracted(str(error), env.state)
        env.charge(Usage(seconds=(seconds or 0.0) - env.usage.seconds))
        env.settle(f"{reason} before there was an outcome: it may have taken effect")
        for event in self._go_to_finish(env, "seconds", reason):
            yield event
        with Deadline(self.limits.answer_seconds) as deadline:
            async with aclosing(self._walk(env, deadline, is_finishing=True)) as events:
                async for event in events:
                    yield event

    async def _walk(
        self, env: MemoryEnv, deadline: Deadline, *, is_finishing: bool = False
    ) -> AsyncGenerator[Event, None]:
        """Step after step until the run has ended; a limit that is met is a move to the finishing state.

        From there no limit but the time stops it any more, and it has as many steps as the net has states.
        """
        steps_left = len(self.net.states)
        while env.status is Status.RUNNING:
            met = None if is_finishing else self.limits.find_met(env, self.net)
            if met is not None:
                is_finishing = True
                for event in self._go_to_finish(env, *met):
                    yield event
            if is_finishing and steps_left == 0:
                raise RunError(
                    f"{env.limit}, and {self.net.finish} did not lead to the end in as many steps as there are states"
                )
            steps_left -= is_finishing
            async with aclosing(self._step(env, deadline)) as events:
                async for event in events:
                    yield event

    async def _step(self, env: MemoryEnv, deadline: Deadline) -> AsyncGenerator[Event, None]:
        """One visit of one state: stream it, check its move, hand its records on, say where it went."""
        source, step = env.state, env.steps
        state = self.net[source]
        began = time.monotonic()
        for record in env.take_fresh():
            yield record
        yield Entered(source, step)
        async with aclosing(state.run(env)) as pieces:
            while True:
                try:
                    piece = await deadline.next(pieces)
                except StopAsyncIteration:
                    break
                except Exception as error:
                    error.add_note(f"in run {env.run_id}, state {str(source)!r}, step {step}")
                    raise
                if env.is_urgent:
                    for record in env.take_fresh():
                        yield record
                if isinstance(piece, str):
                    yield Chunk(piece, state.kind, source)
                elif isinstance(piece, (Chunk, Retracted)):
                    yield piece
                else:
                    raise RunError(f"state {source!r} yielded {piece!r:.100}; wanted text, a Chunk or a Retracted")
        env.charge(Usage(seconds=time.monotonic() - began))
        target = self._find_target(env, step)
        self.net.check_move(source, target)
        reason = ""
        for record in env.take_fresh():
            reason = record.reason if isinstance(record, StateSet) else reason
            yield record
        yield Moved(source, target, reason)

    def _find_target(self, env: MemoryEnv, step: int) -> str:
        """Where the step that has just ended goes. Raises: RunError where it named no state, or several."""
        if env.done:
            return END
        if env.state == END:
            raise RunError(f"a step moved to {END!r}; a run is ended by env.done = True")
        moves = env.steps - step
        if moves != 1:
            raise RunError(f"a step must name one next state or set env.done; this one named {moves}")
        return env.state

    def _go_to_finish(self, env: MemoryEnv, limit: str, reason: str) -> Iterator[Event]:
        """The move that a limit makes."""
        source = env.state
        env.choose(())
        env.meet_limit(limit, reason)
        env.set_state(self.net.finish, reason)
        yield from env.take_fresh()
        yield Moved(source, env.state, reason)

"""The driver: begins runs, takes them on where they were left, and streams what happens."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from itertools import takewhile
from typing import Any, Generic

from agent_brain.core.answer_type import AnswerType
from agent_brain.core.errors import NetChanged, RunBusy, RunError, SetupError, StillWaiting, WrongAnswer
from agent_brain.core.events import Chunk, ChunkKind, Ended, Event, Moved, Retracted, SubEvent
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.offers import offers
from agent_brain.core.records import Asked, Record, Status, Worded, make_failed
from agent_brain.core.store import OPEN, RunInfo, Store
from agent_brain.core.tooling import FOUND_TOOLS, Inside, Openable, Recalling, Tools
from agent_brain.engine.journal import Journal
from agent_brain.engine.journals import Journals, Taken, make_name
from agent_brain.engine.keeper import Kept
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result, T
from agent_brain.engine.sub_run import SubRun
from agent_brain.engine.walk import Walk
from agent_brain.tools.toolbox import Toolbox

QUOTE_CHARACTERS_MAX = 100
ATTEMPTS_MAX = 5
"""How many drivers in a row may die in one step before the run is `stuck`."""


class Driver(Generic[T]):
    """Drives any number of runs at once through one net; holds no run data.

    Raises: SetupError for an empty question; StoreError where the journal cannot be written: the run stays as it was
    last committed. What goes wrong in a run is its result (`stream`, `run`), or raised where only text is handed out
    (`answer`). An exception that is no RunError is a bug of a state, model or memory: it comes through as it is, with a
    note that names the run, the state and the step, and the run can be resumed from its last step.
    """

    def __init__(  # noqa: PLR0913  # one keyword for each part
        self,
        net: Net,
        limits: Limits,
        store: Store,
        *,
        secrets: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
        attempts_max: int = ATTEMPTS_MAX,
        asks_for_more: bool = False,
        tools: Tools | None = None,
        answer_type: AnswerType | None = None,
    ) -> None:
        self.net = net
        self.answer_type = answer_type
        """What answers are; None: words."""
        self.limits = limits
        self.attempts_max = attempts_max
        self.asks_for_more = asks_for_more
        """A limit of calls, steps, tokens or seconds that is met asks a person for more, before the run must finish."""
        self._journals = Journals(store, secrets, clock, tools)
        self.tools: Tools = Toolbox() if tools is None else tools
        self._openable = _find_openable(tools)
        self._recalling = _find_recalling(tools)

    @property
    def store(self) -> Store:
        """Where the journals are."""
        return self._journals.store

    async def answer(
        self, question: str, *, after: MemoryEnv | None = None, kinds: Collection[ChunkKind] | None = None
    ) -> AsyncGenerator[str, None]:
        """The text of every state, as it comes; with `kinds`, only these voices: `{ChunkKind.ANSWER}` for the answer.

        Raises: RunError where the run failed; StillWaiting where it waits for a person.
        """
        async with aclosing(self.stream(question, after=after)) as events:
            async for event in events:
                match event:
                    case Ended(error=RunError() as error):
                        raise error
                    case Ended(status=Status.WAITING, env=env):
                        raise StillWaiting(env.run_id, {pause.pause_id: pause.text for pause in env.open_pauses})
                    case Chunk() if kinds is None or event.kind in kinds:
                        yield event.text if kinds is not None else _show(event)
                    case Chunk() | Retracted() | Moved() if kinds is None:
                        yield _show(event)
                    case SubEvent(event=Chunk() | Retracted() | Moved() as inner) if kinds is None:
                        yield _show(inner)
                    case _:
                        pass

    async def stream(
        self,
        question: str,
        *,
        after: MemoryEnv | None = None,
        run_id: str = "",
        labels: Mapping[str, Any] | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Everything that happens, as typed events; the last one is `Ended`.

        With `after`, the env of an earlier run, the question goes on with that conversation. `labels` are kept with the
        run. A run that is left before its end is `stopped`, and can be resumed.
        Raises: RunExists where the store has a run of this name.
        """
        env = self._begin(question, after, run_id)
        journal, records = await self._journals.create(env, labels or {}, Status.RUNNING, after)
        async with Kept(self._drive(env, journal, records)) as events:
            async for event in events:
                yield event

    async def run(
        self,
        question: str,
        *,
        after: MemoryEnv | None = None,
        run_id: str = "",
        labels: Mapping[str, Any] | None = None,
    ) -> Result[T]:
        """The result of a whole run."""
        async with aclosing(self.stream(question, after=after, run_id=run_id, labels=labels)) as events:
            return await self._find_result(events)

    def run_sync(self, question: str, *, after: MemoryEnv | None = None, run_id: str = "") -> Result[T]:
        """As `run`, for code without an event loop. Raises: SetupError inside a running one."""
        if _is_in_loop():
            raise SetupError("run_sync was called inside a running event loop; there use: await brain.run(question)")
        return asyncio.run(self._run_and_close(question, after, run_id))

    async def submit(self, question: str, *, run_id: str = "", labels: Mapping[str, Any] | None = None) -> str:
        """Write down a run for any driver to take, and give its name. Raises: RunExists."""
        env = self._begin(question, None, run_id)
        await self._journals.create(env, labels or {}, Status.READY)
        return env.run_id

    async def resume(
        self,
        run_id: str,
        replies: Mapping[str, Any] | None = None,
        *,
        is_net_change_allowed: bool = False,
    ) -> AsyncGenerator[Event, None]:
        """Take a run on from its last step, with replies to its pauses, and stream what happens.

        Replies come in any order, a part of them at a time, or twice: the first one counts. A run that has ended ends
        once more at once; one that failed is tried again. A process may die anywhere and the run be resumed: no action
        that has an outcome runs twice.
        Raises: RunUnknown; RunBusy while another driver holds it, which takes the replies up; NetChanged; SetupError
        for a reply to what was never asked, or that is no reply to it.
        """
        await self.reply(run_id, replies or {})
        info = await self.store.get(run_id)
        if info.status in (Status.ANSWERED, Status.LIMITED):
            env = await self.load(run_id)
            yield self._end(env, None)
            return
        if not is_net_change_allowed:
            await self._check_net(info)
        taken = await self._journals.claim(run_id, (OPEN | {Status.FAILED}) - {Status.RUNNING})
        async with Kept(self._go_on(taken)) as events:
            async for event in events:
                yield event

    async def go_on(
        self, run_id: str, replies: Mapping[str, Any] | None = None, *, is_net_change_allowed: bool = False
    ) -> Result[T]:
        """As `resume`, for who wants the result of the whole run alone."""
        events = self.resume(run_id, replies, is_net_change_allowed=is_net_change_allowed)
        async with aclosing(events):
            return await self._find_result(events)

    async def drive(self, run_id: str) -> Result[T]:
        """Take a run on if it needs a driver: what a worker or an engine calls, at least once, in any process.

        One that has ended, waits, or was stopped by hand is left as it is. One on which too many drivers have died
        becomes `stuck`; one whose drive is cancelled becomes `ready`, for another driver.
        Raises: RunUnknown; RunBusy while another driver holds it; NetChanged; Fenced where another one takes over.
        """
        info = await self.store.get(run_id)
        if info.status not in (Status.READY, Status.RUNNING, Status.WAITING):
            env = await self.load(run_id)
            return Result(env, RunError(env.error) if env.error else None, self.answer_type)
        await self._check_net(info)
        taken = await self._journals.claim(run_id, {Status.READY, Status.WAITING})
        taken.journal.cancelled_as = Status.READY
        if taken.info.attempts >= self.attempts_max:
            await taken.journal.commit(taken.env, Status.STUCK)
            raise RunBusy(f"run {run_id!r} is stuck: {taken.info.attempts} drivers died in its last step")
        async with aclosing(self._go_on(taken)) as events:
            return await self._find_result(events)

    async def reply(self, run_id: str, replies: Mapping[str, Any]) -> None:
        """Put replies to a run's pauses into its mailbox, for whoever drives it next.

        Raises: RunUnknown; SetupError for a reply to what was never asked, or that is no reply to it.
        """
        await self._journals.reply(run_id, replies)

    async def load(self, run_id: str, at: int | None = None) -> MemoryEnv:
        """All that a run knew after its first `at` records; None: what it knows. Raises: RunUnknown; RunKept."""
        return await self._journals.read(run_id, at)

    async def fork(
        self,
        run_id: str,
        at: int | None = None,
        *,
        fork_id: str = "",
        labels: Mapping[str, Any] | None = None,
        takes_net: bool = False,
    ) -> str:
        """A new run with the first `at` records of another one (None: all) and a future of its own; gives its name.

        Nothing is copied, and nothing is driven: resume it. With `takes_net` it goes on with this brain's net, whatever
        net began it, so that no `NetChanged` meets it.
        Raises: RunUnknown; RunExists; RunKept where these records were compacted away; SetupError for no such record,
        and for a net that does not have the state at which it would go on.
        """
        return await self._journals.fork(run_id, at, fork_id, labels, self.net if takes_net else None)

    @property
    def secrets(self) -> frozenset[str]:
        """What no journal of its runs may hold."""
        return self._journals.secrets.values

    def begin_inside(self, question: str, inside: Inside) -> SubRun:
        """A run of this net inside another run, or such a run where it was; its journal is that other run's."""
        return SubRun(self.net, self.limits, self._journals.secrets, question, inside)

    async def open(self) -> None:
        """Get the tools ready that have to reach something; done too whenever a run is begun or taken up.

        Raises: RunError.
        """
        if self._openable is not None:
            await self._openable.open()

    def recall(self, words: Mapping[str, str]) -> Sequence[str]:
        """Know unreached tools by what a journal kept of them; gives the names of the places where they are."""
        told = words.get(FOUND_TOOLS, "")
        return self._recalling.recall(told) if told and self._recalling is not None else ()

    async def aclose(self) -> None:
        """Close what was opened for the running event loop."""
        await self.store.aclose()

    async def _run_and_close(self, question: str, after: MemoryEnv | None, run_id: str) -> Result[T]:
        try:
            return await self.run(question, after=after, run_id=run_id)
        finally:
            await self.aclose()

    def _begin(self, question: str, after: MemoryEnv | None, run_id: str) -> MemoryEnv:
        if not isinstance(question, str) or not question.strip():  # type: ignore[redundant-expr]  # callers may be untyped
            raise SetupError(f"the question is {question!r:.100}; wanted some text")
        if after is not None and not isinstance(after, MemoryEnv):
            raise SetupError(f"after is {after!r:.100}; wanted the env of an earlier run, as result.env or Ended.env")
        run_id, net = run_id or make_name(), self.net
        if after is None:
            return MemoryEnv.begin(run_id, net.name, net.fingerprint, net.start, question, net.shape)
        env = after.fork()
        env.withdraw("the conversation went on")
        for slot in sorted(net.slots & env.slots.keys()):  # plans, drafts and lessons of the question before
            env.put_slot(slot, None)
        if env.fingerprint == net.fingerprint:
            env.update(Asked(run_id, net.start, question))
        else:
            env.update(Asked(run_id, net.start, question, net.name, net.fingerprint, net.shape))
        return env

    async def _check_net(self, info: RunInfo) -> None:
        """Let a run pass that this net began. Raises: NetChanged, which names each difference."""
        if info.fingerprint != self.net.fingerprint:
            before = (await self.load(info.run_id)).shape
            now = self._journals.secrets.redact_value(self.net.shape)
            names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
            raise NetChanged(
                info.run_id,
                [_differ(name, before.get(name), now.get(name)) for name in names],
            )

    async def _go_on(self, taken: Taken) -> AsyncGenerator[Event, None]:
        """A claimed run, taken on with what has come in for it."""
        env, journal, before = taken.env, taken.journal, taken.info.status
        async with journal.held(env):
            has_news = await self._journals.take_mail(env)
            if before is Status.FAILED:
                env.resume()
            news: list[Event] = list(await journal.take_up(env))
            if before in (Status.RUNNING, Status.STOPPED, Status.FAILED):
                news.append(Retracted("the run goes on from its last step", env.state))
            is_waiting = env.status is Status.WAITING and before is Status.WAITING and not has_news
            is_idle = is_waiting or env.status not in (Status.RUNNING, Status.WAITING)
            async with aclosing(self._drive(env, journal, news, is_idle=is_idle)) as events:
                async for event in events:
                    yield event

    async def _drive(
        self, env: MemoryEnv, journal: Journal, news: Sequence[Event], *, is_idle: bool = False
    ) -> AsyncGenerator[Event, None]:
        """What has been committed already, then the whole run, its errors turned into its end.

        The lease is given back whatever happens.
        """
        error: RunError | None = None
        walk = Walk(self.net, self.limits, journal, self.asks_for_more)
        async with journal.held(env):
            with self._journals.heart.beating():
                for event in news:
                    yield event
                while not is_idle:
                    try:
                        await self.open()
                        for record in await self._note_found(env, journal):
                            yield record
                        async with aclosing(walk.go(env)) as events:
                            async for event in events:
                                yield event
                    except RunError as caught:
                        error = caught
                        env.withdraw("the run failed")
                        env.update(make_failed(caught))
                        for record in await journal.commit(env):
                            yield record
                    is_idle = not await self._journals.take_back(env, journal)
        yield self._end(env, error)

    async def _note_found(self, env: MemoryEnv, journal: Journal) -> Sequence[Record]:
        """Keep what the tools were found to be, so that a replay has to reach nothing."""
        told = "" if self._recalling is None else self._recalling.tell_found()
        if not told or env.words.get(FOUND_TOOLS) in (told, journal.secrets.redact_value(told)):
            return ()
        env.update(Worded(FOUND_TOOLS, told))
        return await journal.take_up(env)

    def _end(self, env: MemoryEnv, error: RunError | None) -> Ended:
        env.drop_derived()
        value = None
        if self.answer_type is not None and env.done:
            with suppress(WrongAnswer):  # of a state that answers in its own way; `Result.value` says so
                value = self.answer_type.load(env.answer)
        return Ended(env.run_id, env.status, env.answer, error, env, value)

    async def _find_result(self, events: AsyncGenerator[Event, None]) -> Result[T]:
        """What the last event says."""
        async for event in events:
            if isinstance(event, Ended):
                return Result(event.env, event.error, self.answer_type)
        raise AssertionError("a run that is over without an Ended")


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _find_recalling(tools: object) -> Recalling | None:
    return tools if offers(tools, Recalling) else None


def _find_openable(tools: object) -> Openable | None:
    return tools if offers(tools, Openable) else None


def _differ(name: str, before: str | None, now: str | None) -> str:
    """How two texts of one name differ, from a little before they part."""
    if before is None or now is None:
        return f"{name} was {'not there' if before is None else 'there'}, is {'gone' if now is None else 'there'}"
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, now, strict=False)))
    start = max(0, alike - QUOTE_CHARACTERS_MAX // 4)
    old, new = (text[start : start + QUOTE_CHARACTERS_MAX] for text in (before, now))
    return f"{name} was {'...' if start else ''}{old!r}, is {'...' if start else ''}{new!r}"


def _show(event: Chunk | Retracted | Moved) -> str:
    """An event as text among other texts."""
    match event:
        case Chunk(kind=ChunkKind.ACTION | ChunkKind.PROGRESS | ChunkKind.OBSERVATION):
            return event.text + "\n"
        case Chunk():
            return event.text
        case Retracted():
            return f"\n[this step begins again: {event.reason}]\n"
        case Moved():
            return "\n"

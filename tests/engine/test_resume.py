"""A run goes on from wherever its journal ends, and no action that has an outcome runs twice."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import Fenced, ModelError, ModelErrorKind, NetChanged, RunBusy, RunExists, RunUnknown
from agent_brain.core.events import Ended, Moved, Retracted
from agent_brain.core.items import ItemKind, Message, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import ActionFinished, ActionStarted, Record, Status
from agent_brain.core.store import Commit, Store
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.react import react
from agent_brain.stores.memory import MemoryStore
from agent_brain.stores.sqlite import SqliteStore
from agent_brain.tools.function_tool import tool

LOOK = '{"name": "look", "args": {"at": 1}}'
LOOK_AGAIN = '{"name": "look", "args": {"at": 2}}'
ALL = f'[{LOOK_AGAIN}, {{"name": "pay", "args": {{"eur": 3}}}}, {{"name": "note", "args": {{"text": "x"}}}}]'


def speak(messages: Sequence[Message]) -> str:
    """A pure function of what is shown, so that a run that goes on elsewhere hears the same."""
    shown = "\n".join(message["content"] for message in messages)
    if "Now give the final answer" in shown:
        return "The end."
    return "Enough." if "<observation tool=pay" in shown.replace('"', "") else ALL if "saw 1" in shown else LOOK


class Deeds:
    """Tools that remember what they were made to do."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def build(self, store: Store, **options: Any) -> Brain:
        @tool(read_only=True)
        async def look(at: int) -> str:
            self.done.append(f"look {at}")
            return f"saw {at}"

        @tool
        async def pay(eur: int) -> str:
            self.done.append(f"pay {eur}")
            return f"paid {eur}"

        @tool(idempotent=True)
        async def note(text: str) -> str:
            self.done.append(f"note {text}")
            return "noted"

        return Brain(model=ScriptedModel(speak), tools=[look, pay, note], store=store, **options)


async def finish(brain: Brain, run_id: str, **options: Any) -> Result:
    events = [event async for event in brain.resume(run_id, **options)]
    last = events[-1]
    assert isinstance(last, Ended)
    return Result(last.env, last.error)


async def read(store: MemoryStore, run_id: str) -> list[Commit]:
    return [commit async for commit in store.read(run_id)]


def unsettled(records: Sequence[Record]) -> set[str]:
    ended = {record.action_id for record in records if isinstance(record, ActionFinished)}
    return {record.action_id for record in records if isinstance(record, ActionStarted)} - ended


async def cut(whole: MemoryStore, commits: Sequence[Commit], status: Status = Status.STOPPED) -> MemoryStore:
    """A store in which the run has come as far as these commits, and its driver has died."""
    store = MemoryStore()
    await store.restore(replace(await whole.get("r"), head=commits[-1].last, status=status), commits, None)
    return store


async def test_a_run_cut_after_any_commit_comes_to_the_same_end() -> None:
    whole = MemoryStore()
    undisturbed = await Deeds().build(whole).run("Do it.", run_id="r")
    commits = await read(whole, "r")
    assert len(commits) == 13

    for kept in range(1, len(commits) + 1):
        store, again = await cut(whole, commits[:kept]), Deeds()
        done = await finish(again.build(store), "r")

        records = [record for commit in commits[:kept] for record in commit.records]
        is_started = any(isinstance(record, ActionStarted) and record.action.name == "pay" for record in records)
        unknown = [item.action_id for item in done.env.log if item.outcome and item.outcome.status == "unknown"]
        assert done.answer == undisturbed.answer
        assert [item.action for item in done.env.log] == [item.action for item in undisturbed.env.log]
        assert again.done.count("pay 3") == (not is_started)
        assert unknown == [item for item in unsettled(records) if item == "r:5"]
        assert MemoryEnv.fold([r for commit in await read(store, "r") for r in commit.records]) == done.env


async def test_what_is_in_doubt_is_run_again_only_where_that_does_no_harm() -> None:
    whole = MemoryStore()
    await Deeds().build(whole).run("Do it.", run_id="r")
    store, again = await cut(whole, (await read(whole, "r"))[:7]), Deeds()

    done = await finish(again.build(store), "r")

    assert sorted(again.done) == ["look 2", "note x"]
    outcomes = {item.action_id: item.outcome for item in done.env.log if item.outcome}
    assert [outcomes[f"r:{place}"].status for place in (4, 5, 6)] == ["finished", "unknown", "finished"]
    records = [record for commit in await read(store, "r") for record in commit.records]
    assert [r.action_id for r in records if isinstance(r, ActionStarted)].count("r:4") == 2


async def test_a_person_decides_on_an_approved_action_in_doubt() -> None:
    store, paid = MemoryStore(), list[int]()

    @tool(needs_approval=True)
    async def pay(eur: int) -> str:
        paid.append(eur)
        if len(paid) == 1:
            await asyncio.Event().wait()
        return "paid"

    def build(*replies: str) -> Brain:
        return Brain(model=ScriptedModel(replies), tools=[pay], store=store)

    await build('{"name": "pay", "args": {"eur": 3}}').run("Pay.", run_id="r")
    async with aclosing(build().resume("r", {"q1": True})) as events:
        async for event in events:
            if isinstance(event, ActionStarted):
                break
    doubt = await finish(build(), "r")
    assert [(pause.pause_id, pause.kind) for pause in doubt.pauses] == [("q2", "doubt")]
    paid.append(0)

    done = await finish(build("Enough.", "The end."), "r", replies={"q2": True})

    assert (done.answer, [item.outcome.text for item in done.env.log if item.outcome]) == ("The end.", ["paid"])


async def test_leaving_a_stream_stops_the_run_and_it_can_be_resumed() -> None:
    store, deeds = MemoryStore(), Deeds()
    brain = deeds.build(store)
    async with aclosing(brain.stream("Do it.", run_id="r")) as events:
        async for event in events:
            if isinstance(event, Moved) and event.target == "action":
                break

    assert (await store.get("r")).status is Status.STOPPED
    resumed = [event async for event in brain.resume("r")]
    assert any(isinstance(event, Retracted) for event in resumed)
    assert isinstance(resumed[-1], Ended)
    assert resumed[-1].answer == "The end."


async def test_a_stopped_run_is_not_driven_by_workers() -> None:
    store = MemoryStore()
    brain = Deeds().build(store)
    async with aclosing(brain.stream("Do it.", run_id="r")) as events:
        await anext(events)

    assert (await brain.drive("r")).status is Status.RUNNING
    assert (await store.get("r")).status is Status.STOPPED


async def test_a_submitted_run_is_driven_once_and_then_only_read() -> None:
    store, deeds = MemoryStore(), Deeds()
    brain = deeds.build(store)
    run_id = await brain.submit("Do it.", labels={"arm": "a"})

    assert (await brain.drive(run_id)).answer == "The end."
    assert (await brain.drive(run_id)).answer == "The end."
    assert deeds.done.count("pay 3") == 1
    assert (await store.get(run_id)).labels == {"arm": "a"}


async def test_a_second_driver_is_refused_and_a_name_is_taken_once() -> None:
    brain = Deeds().build(MemoryStore())
    async with aclosing(brain.stream("Do it.", run_id="r")) as events:
        await anext(events)
        with pytest.raises(RunBusy):
            await finish(brain, "r")
        with pytest.raises(RunExists):
            await brain.run("Do it.", run_id="r")
    with pytest.raises(RunUnknown):
        await finish(brain, "nobody")


async def test_a_driver_that_was_overtaken_is_fenced_at_its_next_step(tmp_path: Path) -> None:
    now = 1_000_000.0
    store = SqliteStore(tmp_path / "runs.db", clock=lambda: now)
    async with aclosing(Deeds().build(store).stream("Do it.", run_id="r")) as events:
        async for event in events:
            if isinstance(event, Moved):
                break
        now += 16
        assert (await Deeds().build(store).drive("r")).answer == "The end."

        with pytest.raises(Fenced, match="'r' was taken over"):
            await anext(event async for event in events if isinstance(event, Moved))
    assert (await store.get("r")).status is Status.ANSWERED
    await store.aclose()


async def test_a_changed_net_is_refused_with_what_changed_unless_told_to_go_on() -> None:
    whole = MemoryStore()
    await Deeds().build(whole).run("Do it.", run_id="r")
    store = await cut(whole, (await read(whole, "r"))[:2])
    other = react.extend("react", {"reasoning": react["reasoning"].changed(steps_max=7)})

    with pytest.raises(NetChanged, match=r"state reasoning was .*steps_max=20.*, is .*steps_max=7"):
        await finish(Deeds().build(store, net=other), "r")
    with pytest.raises(NetChanged, match="instructions was"):
        await finish(Deeds().build(store, instructions="Be brief."), "r")
    done = await finish(Deeds().build(store, net=other), "r", is_net_change_allowed=True)

    assert done.answer == "The end."


async def test_a_run_that_failed_is_tried_again_from_its_last_step() -> None:
    store, is_down = MemoryStore(), True

    def speak_or_fail(messages: Sequence[Message]) -> str | ModelError:
        is_first = len(messages) < 4
        return speak(messages) if is_first or not is_down else ModelError(ModelErrorKind.SERVER, "down")

    brain = Brain(model=ScriptedModel(speak_or_fail), tools=Deeds().build(store).tools, store=store)
    assert (await brain.run("Do it.", run_id="r")).status is Status.FAILED
    is_down = False

    done = await finish(brain, "r")

    assert (done.answer, done.env.error) == ("The end.", "")


async def test_a_run_that_kills_its_drivers_is_stuck_until_it_is_resumed_by_name(tmp_path: Path) -> None:
    now = 1_000_000.0
    store = SqliteStore(tmp_path / "runs.db", clock=lambda: now)
    brain = Deeds().build(store)
    run_id = await brain.submit("Do it.")
    for _ in range(6):
        await store.claim(run_id, "one that dies", {Status.READY})
        now += 16

    with pytest.raises(RunBusy, match="is stuck: 6 drivers died"):
        await brain.drive(run_id)
    assert (await store.get(run_id)).status is Status.STUCK
    assert (await brain.drive(run_id)).status is Status.RUNNING
    assert (await finish(brain, run_id)).answer == "The end."
    await store.aclose()


async def test_a_fork_shares_the_past_and_has_a_future_and_action_ids_of_its_own() -> None:
    store, deeds = MemoryStore(), Deeds()
    brain = deeds.build(store)
    first = await brain.run("Do it.", run_id="r")
    for at in range(1, first.env.head + 1):
        fork_id = await brain.fork("r", at)
        before = await brain.load("r", at)
        done = await finish(brain, fork_id)

        assert done.answer == "The end."
        assert done.env.log[0] == first.env.log[0]
        own = [item.action_id for item in done.env.log[len(before.log) :] if item.action]
        assert all(action_id.startswith(f"{fork_id}:") for action_id in own)
    assert (await brain.load("r")) == first.env


async def test_a_conversation_goes_on_from_an_env_that_another_store_made() -> None:
    first = await Deeds().build(MemoryStore()).run("Do it.")
    store = MemoryStore()
    second = await Deeds().build(store).run("And again?", after=first.env, run_id="second")

    assert second.answer == "The end."
    assert await Deeds().build(store).load("second") == second.env
    assert [item.text for item in second.env.log if item.kind is ItemKind.GOAL] == ["Do it.", "And again?"]


async def test_the_records_handed_out_are_those_in_the_journal() -> None:
    store = MemoryStore()
    events = [event async for event in Deeds().build(store).stream("Do it.", run_id="r")]

    told = [event for event in events if isinstance(event, Record)]
    assert told == [record for commit in await read(store, "r") for record in commit.records]
    assert (await store.get("r")).status is Status.ANSWERED


async def test_an_early_write_before_an_action_is_refused_with_its_remedy() -> None:
    store = MemoryStore()
    brain = Deeds().build(store)

    class Hasty(type(react["action"])):  # type: ignore[misc]  # the class of a shipped state
        async def _run(self, env: MemoryEnv) -> Any:
            env.put_slot("plan", "written too soon")
            async for piece in super()._run(env):
                yield piece

    net = react.extend("react", {"action": Hasty()})
    result = await Brain(net, model=ScriptedModel(speak), tools=brain.tools, store=store).run("Do it.")

    assert "wrote SlotPut and then started or ended an action" in result.env.error
    assert [item.outcome.status for item in result.env.log if item.outcome] == [OutcomeStatus.UNKNOWN]
    assert await brain.load(result.run_id) == result.env


async def test_outcomes_of_several_actions_do_not_wait_for_a_slow_watcher() -> None:
    store, both = MemoryStore(), asyncio.Event()

    @tool
    async def look(at: int) -> str:
        return f"saw {at}"

    @tool
    async def wait_for_it() -> str:
        await both.wait()
        return "it came"

    calls = f'[{LOOK}, {{"name": "wait_for_it", "args": {{}}}}]'
    brain = Brain(model=ScriptedModel([calls, "Ok.", "The end."]), tools=[look, wait_for_it], store=store)
    async with aclosing(brain.stream("Do it.", run_id="r")) as events:
        async for event in events:
            if isinstance(event, ActionFinished):
                break
        both.set()  # and the watcher does not come back for a while
        async with asyncio.timeout(5):
            while (await brain.load("r")).in_flight:
                await store.wait(0.05)

        assert [item.outcome.text for item in (await brain.load("r")).log if item.outcome] == ["saw 1", "it came"]
        rest = [event async for event in events]
    assert isinstance(rest[-1], Ended)
    assert rest[-1].answer == "The end."

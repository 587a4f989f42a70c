"""Runs inside runs: a brain as a tool, a net inside a state."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent_brain import Brain, Limits, ScriptedModel, Status, tool
from agent_brain.core.env_json import decode_env, encode_env
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.core.events import Chunk, Ended, Event, SubEvent
from agent_brain.core.hidden import HIDDEN
from agent_brain.core.items import Item, ItemKind, OutcomeStatus
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.record_json import decode_records, encode_records
from agent_brain.core.records import ActionFinished, ActionStarted, Started, find_innermost
from agent_brain.memories.whole import Whole
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.react import react, react_brief
from agent_brain.nets.sub_run import SubRunState
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.asking import ask_person
from engine.nested import Till, ask, call, make_boss, make_chief, make_payer, plan, read_commits

NO_KEY = ModelError(ModelErrorKind.AUTHENTICATION, "no key")


def nest(net: Net) -> Net:
    """A net whose first state has another one answer."""
    return Net("outer", {"reasoning": SubRunState(net, then="answer"), "answer": AnswerState()})


async def collect(events: AsyncGenerator[Event, None]) -> list[Event]:
    async with aclosing(events):
        return [event async for event in events]


def find_end(events: Sequence[Event]) -> Ended:
    [end] = [event for event in events if isinstance(event, Ended)]
    return end


async def test_what_happens_inside_comes_with_its_path() -> None:
    events = await collect(make_chief(Till()).stream("Have Ann paid."))

    inside = [event for event in events if isinstance(event, SubEvent)]
    assert {event.path for event in inside} == {"2", "2.2"}
    begun = {event.path: event.event.goal for event in inside if isinstance(event.event, Started)}
    assert begun == {"2": "Well?", "2.2": "Well?"}
    assert [event.event.outcome.text for event in inside if isinstance(event.event, ActionFinished)] == [
        "paid Ann",
        "Ann was paid.",
    ]
    assert "".join(e.event.text for e in inside if isinstance(e.event, Chunk) and e.path == "2.2").count("It is paid.")


async def test_what_was_worked_out_inside_on_the_way_is_not_kept_with_its_end() -> None:
    class Looking(Whole):
        def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
            seen.append(env.derive(list))
            return super().render(env, lens)

    seen: list[list[str]] = []
    worker = Brain(memory=Looking(), model=plan(thought="It is done."))
    events = await collect(make_boss(worker).stream("Do it."))
    inside = [event.event for event in events if isinstance(event, SubEvent) and isinstance(event.event, Ended)]
    assert len(inside) == 1
    assert seen
    assert all(inside[0].env.derive(list) is not kept for kept in seen)


async def test_what_is_spent_inside_counts_outside() -> None:
    result = await make_chief(Till()).run("Have Ann paid.")

    assert result.answer == "Well done."
    assert result.usage.model_calls == 9
    assert result.usage.tool_calls == 3
    assert result.env.called_inside == {"work": 1, "pay": 1}


async def test_the_time_of_what_is_inside_is_not_counted_twice() -> None:
    @tool
    async def wait() -> str:
        """Wait."""
        await asyncio.sleep(0.2)
        return "waited"

    worker = Brain(model=ScriptedModel([call(("wait", {})), "Done.", "Done."]), tools=[wait])
    began = time.monotonic()
    result = await make_boss(worker).run("Wait.")
    assert 0.2 <= result.usage.seconds <= time.monotonic() - began


async def test_an_env_with_runs_inside_is_its_records() -> None:
    store = MemoryStore()
    result = await make_chief(Till(), store, needs_approval=True).run("Have Ann paid.", run_id="r")

    records = [record for commit in await read_commits(store) for record in commit]

    assert result.status is Status.WAITING
    assert MemoryEnv.fold(decode_records(encode_records(records))) == result.env
    assert decode_env(encode_env(result.env)) == result.env == result.env.fork()


async def test_a_pause_inside_is_a_pause_of_the_run(tmp_path: Path) -> None:
    till = Till()
    result = await make_chief(till, tmp_path / "runs.db", needs_approval=True).run("Have Ann paid.", run_id="r")
    [pause] = result.pauses
    assert (pause.pause_id, pause.text, till.paid) == ("2.2.q1", "May it run pay(to='Ann')?", [])

    chief = make_chief(till, tmp_path / "runs.db", needs_approval=True)
    result = await chief.go_on("r", {"2.2.q1": True})

    assert (result.answer, till.paid) == ("Well done.", ["Ann"])
    assert await chief.go_on("r", {"2.2.q1": False}) == result


async def test_a_reply_to_what_is_inside_is_checked_and_the_second_one_ignored() -> None:
    chief = make_chief(till := Till(), MemoryStore(), needs_approval=True)
    await chief.run("Have Ann paid.", run_id="r")

    with pytest.raises(SetupError, match="wanted true, false"):
        await chief.reply("r", {"2.2.q1": "perhaps"})
    with pytest.raises(SetupError, match=r"waits for: 2\.2\.q1"):
        await chief.reply("r", {"2.q1": True})
    await chief.reply("r", {"2.2.q1": False})
    await chief.reply("r", {"2.2.q1": True})
    result = await chief.go_on("r")

    assert (result.status, till.paid) == (Status.ANSWERED, [])


@pytest.mark.parametrize("order", [("2.q1", "3.q1"), ("3.q1", "2.q1")])
async def test_two_that_wait_inside_are_replied_to_in_any_order(order: tuple[str, str]) -> None:
    store = MemoryStore()

    def make() -> Brain:
        def asker(name: str) -> Brain:
            asking = call(("ask_person", {"question": f"Who is {name}?"}))
            return Brain(model=plan(asking, answer=f"{name} it is."), tools=[ask_person])

        both = call(("one", {"question": "?"}), ("two", {"question": "?"}))
        tools = [asker("one").as_tool("one", "Finds one."), asker("two").as_tool("two", "Finds two.")]
        return Brain(model=plan(both, answer="So it is."), tools=tools, store=store)

    brain = make()
    first = await brain.run("Who?", run_id="r")
    second = await brain.go_on("r", {order[0]: "Ann"})
    third = await brain.go_on("r", {order[1]: "Bob"})

    assert {pause.pause_id for pause in first.pauses} == {"2.q1", "3.q1"}
    assert [pause.pause_id for pause in second.pauses] == [order[1]]
    assert third.answer == "So it is."
    outcomes = [item.outcome.text for item in third.env.log if item.outcome]
    assert outcomes == ["one it is.", "two it is."]


async def test_a_run_left_after_any_commit_comes_to_the_same_end_and_pays_once() -> None:
    store = MemoryStore()
    whole = await make_chief(Till(), store).run("Have Ann paid.", run_id="r")
    commits = await read_commits(store)

    for place in range(1, len(commits)):
        head = sum(map(len, commits[:place]))
        chief = make_chief(till := Till(), store)
        before = await chief.load("r", head)
        result = await chief.go_on(await chief.fork("r", head))
        assert len(till.paid) == (0 if before.called_inside.get("pay") else 1), head
        assert (result.answer, result.usage.tool_calls) == (whole.answer, 3), head


async def test_what_is_inside_waits_until_its_intent_is_durable() -> None:
    store = MemoryStore()
    seen: list[int] = []

    @tool
    async def look() -> str:
        """Look at the journal."""
        records = [find_innermost(record)[1] for commit in await read_commits(store) for record in commit]
        seen.append(sum(isinstance(record, ActionStarted) and record.action.name == "look" for record in records))
        return "looked"

    worker = Brain(model=ScriptedModel([call(("look", {}), ("look", {"again": 1})), "Seen.", "Seen."]), tools=[look])
    await make_boss(worker, store).run("Look.", run_id="r")
    assert seen == [2]


async def test_a_run_inside_that_fails_is_an_outcome() -> None:
    boss = make_boss(Brain(model=ScriptedModel([NO_KEY])))
    result = await boss.run("Do it.")
    [outcome] = [item.outcome for item in result.env.log if item.outcome]
    assert outcome.status is OutcomeStatus.FAILED
    assert outcome.text.startswith("it failed: ")
    assert result.answer == "All is done."


@pytest.mark.parametrize("most", range(2, 12))
async def test_the_budget_of_calls_is_kept_with_what_is_inside(most: int) -> None:
    def worker() -> Brain:
        return Brain(model=plan(*(call(("note", {"n": n})) for n in range(20))), tools=[note])

    @tool
    def note(n: int) -> str:
        """Note."""
        return str(n)

    boss = Brain(
        model=plan(call(("one", {"question": "?"}), ("two", {"question": "?"}))),
        tools=[worker().as_tool("one", "One."), worker().as_tool("two", "Two.")],
        limits=Limits(model_calls=most),
    )
    result = await boss.run("Go.")
    assert result.usage.model_calls <= most
    assert result.status in (Status.ANSWERED, Status.LIMITED)


async def test_limits_of_single_tools_hold_inside() -> None:
    till = Till()
    worker = Brain(model=plan(*(call(("pay", {"to": str(n)})) for n in range(9))), tools=[tool(till.pay)])
    result = await make_boss(worker, limits=Limits(calls_of={"pay": 2})).run("Pay.")
    [outcome] = [item.outcome for item in result.env.log if item.outcome]
    assert till.paid == ["0", "1"]
    assert "limit of 2 calls of pay was reached by the run that this one is inside of" in outcome.text


async def test_leaving_the_run_closes_what_is_inside_of_what_is_inside() -> None:
    closed: list[str] = []

    @tool
    async def wait() -> AsyncGenerator[str, None]:
        """Wait for ever."""
        try:
            yield "waiting"
            await asyncio.Event().wait()
        finally:
            closed.append("wait")

    worker = Brain(model=ScriptedModel([call(("wait", {}))]), tools=[wait])
    boss = make_boss(worker)
    chief = Brain(model=ScriptedModel([ask("manage")]), tools=[boss.as_tool("manage", "Manages.")])
    async with aclosing(chief.stream("Wait.")) as events:
        async for event in events:
            if isinstance(event, SubEvent) and isinstance(event.event, Chunk) and event.event.text == "waiting":
                break
    assert closed == ["wait"]
    assert len(asyncio.all_tasks()) == 1


def make_endless() -> Brain:
    """A brain whose worker waits for ever, and is stopped."""

    @tool
    async def wait() -> str:
        """Wait for ever."""
        await asyncio.Event().wait()
        return ""

    worker = Brain(model=ScriptedModel([call(("wait", {}))]), tools=[wait])
    tools = [worker.as_tool("work", "Works.")]
    return Brain(model=ScriptedModel([ask("work"), "I was stopped."]), tools=tools, limits=Limits(seconds=0.2))


async def test_the_time_limit_outside_ends_what_is_inside() -> None:
    boss = make_endless()
    result = await boss.run("Wait.", run_id="r")
    [outcome] = [item.outcome for item in result.env.log if item.outcome]
    assert (result.status, result.answer) == (Status.LIMITED, "I was stopped.")
    assert outcome.status is OutcomeStatus.UNKNOWN
    step = (await boss.story("r")).steps[1]
    assert [(story.run_id, story.status) for story in step.inside] == [("r:2", Status.FAILED)]


async def test_a_replay_of_what_was_ended_from_outside_is_the_same() -> None:
    boss = make_endless()
    await boss.run("Wait.", run_id="r")
    replay = await boss.replay("r")
    replay.check()
    assert "what its step had not finished then was not played" in replay.text()


async def test_a_replay_of_a_run_with_runs_inside_is_the_same() -> None:
    chief = make_chief(Till(), MemoryStore())
    await chief.run("Have Ann paid.", run_id="r")
    (await chief.replay("r")).check()


async def test_a_replay_tells_what_differs_inside() -> None:
    store = MemoryStore()
    await make_chief(Till(), store).run("Have Ann paid.", run_id="r")
    other = Brain(model=plan(), tools=[tool(Till().pay)], instructions="Be quick.")
    boss = make_boss(other)
    chief = Brain(model=plan(), tools=[boss.as_tool("manage", "Manages.")], store=store)

    replay = await chief.replay("r")

    assert (replay.difference, replay.is_same) == (None, False)
    [manager] = replay.inside
    [worker] = manager.inside
    assert (manager.difference, worker.run_id) == (None, "r:2:2")
    assert worker.difference is not None
    assert worker.difference.what == "prompt"
    assert "r:2:2" in replay.text()


async def test_a_replay_without_the_brain_that_was_a_tool_says_so() -> None:
    chief = make_chief(Till(), store := MemoryStore())
    await chief.run("Have Ann paid.", run_id="r")
    spec = chief.tools.specs[0]

    @tool(name="manage", description=spec.description)
    def manage(question: str) -> str:
        """Manage."""
        return question

    replay = await Brain(model=plan(), tools=[manage], store=store).replay("r")

    assert replay.notes[-1] == "run r:2 inside was not played: manage is no brain now"


async def test_a_replay_of_a_run_that_waited_inside_is_the_same() -> None:
    chief = make_chief(Till(), MemoryStore(), needs_approval=True)
    await chief.run("Have Ann paid.", run_id="r")
    (await chief.replay("r")).check()
    await chief.go_on("r", {"2.2.q1": True})
    (await chief.replay("r")).check()


async def test_the_story_holds_the_stories_inside() -> None:
    chief = make_chief(Till(), MemoryStore())
    result = await chief.run("Have Ann paid.", run_id="r")
    story = await chief.story("r")

    [boss] = story.steps[1].inside
    [worker] = boss.steps[1].inside
    assert (boss.run_id, worker.run_id) == ("r:2", "r:2:2")
    assert [deed.outcome for deed in worker.steps[1].actions] == ["paid Ann"]
    assert story.usage == result.usage


async def test_no_secret_of_what_is_inside_is_kept() -> None:
    store = MemoryStore()
    worker = Brain(model=ScriptedModel(["hunter22 it is", "hunter22 it is"]), secrets=["hunter22"])
    await make_boss(worker, store).run("Which?", run_id="r")
    assert "hunter22" not in encode_records([record for commit in await read_commits(store) for record in commit])


async def test_what_is_handed_out_holds_no_secret_that_was_learnt_inside() -> None:
    @tool
    async def log_in(password: SecretStr) -> str:
        """Log in."""
        return "logged in"

    turn = call(("log_in", {"password": "hunter22"}))
    worker = Brain(model=plan(turn, answer="It was hunter22."), tools=[log_in])
    store = MemoryStore()
    result = await make_boss(worker, store).run("Which?", run_id="r")
    assert [item.outcome.text for item in result.env.log if item.outcome] == [f"It was {HIDDEN}."]
    assert "hunter22" not in encode_records([record for commit in await read_commits(store) for record in commit])


async def test_a_further_question_leaves_what_was_inside_behind() -> None:
    brain = make_boss(make_payer(Till()))
    first = await brain.run("Pay.")
    env = brain._begin("And now?", first.env, "r2")
    assert not env.sub_runs
    assert not env.called_inside


async def test_a_net_inside_a_state_answers_as_a_thought() -> None:
    brain = Brain(net=nest(react), model=ScriptedModel(["I think: four.", "Four.", "It was four."]))

    events = await collect(brain.stream("What is 2 + 2?", run_id="r"))

    end = find_end(events)
    assert end.answer == "It was four."
    assert [(item.kind, item.text) for item in end.env.log][1:] == [
        (ItemKind.THOUGHT, "Four."),
        (ItemKind.ANSWER, "It was four."),
    ]
    assert {event.path for event in events if isinstance(event, SubEvent)} == {"s1-0"}
    (await brain.replay("r")).check()


async def test_a_net_inside_a_state_that_waits_goes_on_with_the_reply() -> None:
    replies = [call(("ask_person", {"question": "Who?"})), "Ann it is.", "Ann.", "It is Ann."]
    brain = Brain(net=nest(react), model=ScriptedModel(replies), tools=[ask_person])

    first = await brain.run("Who is it?", run_id="r")
    second = await brain.go_on("r", {"s1-0.q1": "Ann"})

    assert [pause.pause_id for pause in first.pauses] == ["s1-0.q1"]
    assert second.answer == "It is Ann."
    (await brain.replay("r")).check()


async def test_a_net_inside_that_failed_goes_on_when_the_run_is_tried_again() -> None:
    net, store = nest(react), MemoryStore()
    failed = await Brain(net=net, model=ScriptedModel(["A thought.", NO_KEY]), store=store).run("Why?", run_id="r")
    result = await Brain(net=net, model=ScriptedModel(["Because.", "Just so."]), store=store).go_on("r")
    assert failed.status is Status.FAILED
    assert result.answer == "Just so."


def test_a_net_inside_is_part_of_the_fingerprint() -> None:
    assert nest(react).fingerprint != nest(react_brief).fingerprint


@pytest.mark.parametrize("args", [{}, {"question": 3}, {"question": " "}, {"question": "?", "more": 1}])
async def test_wrong_arguments_are_told_to_the_model(args: dict[str, object]) -> None:
    boss = Brain(
        model=ScriptedModel([call(("work", args)), "So be it.", "So be it."]),
        tools=[make_payer(Till()).as_tool("work", "Works.")],
    )
    result = await boss.run("Go.")
    [outcome] = [item.outcome for item in result.env.log if item.outcome]
    assert "wanted one argument, question" in outcome.text
    assert result.env.faults


@pytest.mark.parametrize(("name", "description"), [("no name", "Works."), ("work", " ")])
def test_a_tool_that_no_model_could_call_is_refused(name: str, description: str) -> None:
    with pytest.raises(SetupError, match="wanted"):
        make_payer(Till()).as_tool(name, description)

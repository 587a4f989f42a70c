"""A pause is an entry with an id in env: asked in one brain, answered in another, in any order, no code run twice."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import RunBusy, SetupError, StillWaiting
from agent_brain.core.events import Ended, Event, Piece
from agent_brain.core.items import Action, ItemKind, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.pauses import PauseKind, ReplySource
from agent_brain.core.records import ActionStarted, Record, Replied, Status
from agent_brain.core.state import END, State
from agent_brain.core.tooling import ActionId
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.asking import AskState
from agent_brain.nets.reasoning import ReasoningState
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.asking import ask_person
from agent_brain.tools.function_tool import tool

PAY = '{"name": "pay", "args": {"eur": 50}}'
ASK = '{"name": "ask_person", "args": {"question": "Which colour?", "choices": ["red", "blue"]}}'
LOOK = '{"name": "look", "args": {}}'
THREE = f"[{PAY}, {ASK}, {LOOK}, {PAY.replace('50', '70')}]"


class Till:
    """Tools that count what they did."""

    def __init__(self) -> None:
        self.paid: list[int] = []
        self.looks = 0
        self.asked: list[int] = []

    def build(self, store: MemoryStore, *replies: str, **options: Any) -> Brain:
        @tool(needs_approval=self.is_dear)
        def pay(eur: int) -> str:
            self.paid.append(eur)
            return f"paid {eur}"

        @tool
        def look() -> str:
            self.looks += 1
            return "seen"

        model = ScriptedModel(list(replies))
        return Brain(model=model, tools=[pay, look, ask_person], store=store, **options)

    def is_dear(self, args: Any) -> bool:
        self.asked.append(args["eur"])
        return bool(args["eur"] >= 20)


async def finish(brain: Brain, run_id: str, replies: Any = None) -> Result:
    events = [event async for event in brain.resume(run_id, replies)]
    last = events[-1]
    assert isinstance(last, Ended)
    return Result(last.env, last.error)


async def test_a_run_waits_for_leave_and_goes_on_in_another_brain() -> None:
    till, store = Till(), MemoryStore()
    waiting = await till.build(store, PAY).run("Pay.")

    assert (waiting.status, till.paid) == (Status.WAITING, [])
    assert [(pause.pause_id, pause.kind) for pause in waiting.pauses] == [("q1", PauseKind.APPROVAL)]
    with pytest.raises(StillWaiting, match=r"q1: May it run pay\(eur=50\)"):
        _ = waiting.answer

    done = await finish(till.build(store, "Done.", "Paid."), waiting.run_id, {"q1": True})

    assert (done.answer, till.paid, till.asked) == ("Paid.", [50], [50])


@pytest.mark.parametrize("order", [("q1", "q2", "q3"), ("q3", "q2", "q1"), ("q2", "q3", "q1")])
async def test_three_pauses_are_answered_in_any_order_and_no_code_runs_twice(order: tuple[str, ...]) -> None:
    till, store = Till(), MemoryStore()
    replies = {"q1": True, "q2": {"approve": False, "reason": "too dear"}, "q3": "blue"}
    waiting = await till.build(store, THREE).run("Do all.")
    assert {pause.pause_id for pause in waiting.pauses} == set(order)

    for pause_id in order[:2]:
        waiting = await finish(till.build(store), waiting.run_id, {pause_id: replies[pause_id]})
        assert waiting.status is Status.WAITING
    done = await finish(till.build(store, "Ok.", "All done."), waiting.run_id, {order[2]: replies[order[2]]})

    assert (done.answer, till.paid, till.looks, till.asked) == ("All done.", [50], 1, [50, 70])
    outcomes = [item.outcome.text for item in done.env.log if item.outcome]
    assert outcomes == ["paid 50", "blue", "seen", "a person refused to let it run: too dear"]


async def test_the_first_reply_counts_and_a_later_one_is_ignored() -> None:
    till, store = Till(), MemoryStore()
    brain = till.build(store, PAY, "Ok.", "No.")
    waiting = await brain.run("Pay.")
    await brain.reply(waiting.run_id, {"q1": False})
    await brain.reply(waiting.run_id, {"q1": True})

    done = await finish(brain, waiting.run_id, {"q1": True})
    again = await finish(brain, waiting.run_id, {"q1": True})

    assert (done.answer, again.answer, till.paid) == ("No.", "No.", [])


async def test_a_person_may_change_the_arguments_and_the_model_is_told() -> None:
    till, store = Till(), MemoryStore()
    brain = till.build(store, PAY, "Ok.", "Paid.")
    waiting = await brain.run("Pay.")

    done = await finish(brain, waiting.run_id, {"q1": {"approve": True, "args": {"eur": 5}}})

    [item] = [item for item in done.env.log if item.kind is ItemKind.ACTION]
    assert (till.paid, item.action) == ([5], Action(name="pay", args={"eur": 5}))
    assert item.outcome == Observation("(a person had it run with eur=5 instead)\npaid 5")


async def test_nobody_in_time_is_a_refusal_and_days_may_pass() -> None:
    store, now = MemoryStore(), 1_000_000.0

    @tool(needs_approval=True, approval_seconds=86_400)
    def pay(eur: int) -> str:
        raise AssertionError("nobody allowed it")

    def build(*replies: str) -> Brain:
        return Brain(model=ScriptedModel(list(replies)), tools=[pay], store=store, clock=lambda: now)

    waiting = await build(PAY).run("Pay.")
    now += 86_399
    assert (await build().drive(waiting.run_id)).status is Status.WAITING
    now += 3 * 86_400
    done = await build("Ok.", "Not paid.").drive(waiting.run_id)

    assert (done.answer, done.env.pauses["q1"].source) == ("Not paid.", ReplySource.EXPIRY)


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        ({"q9": True}, "no pause called 'q9'; it waits for: q1, q2, q3"),
        ({"q1": "yes"}, "wanted true, false, or an object"),
        ({"q1": {"approve": True, "colour": 1}}, "wanted true, false, or an object"),
        ({"q3": "green"}, "wanted one of: red, blue"),
        ({"q3": 7}, "wanted a string"),
    ],
)
async def test_what_is_no_reply_is_refused_and_nothing_is_kept_of_it(replies: dict[str, Any], said: str) -> None:
    till, store = Till(), MemoryStore()
    brain = till.build(store, THREE)
    waiting = await brain.run("Do all.")

    with pytest.raises(SetupError, match=said):
        await finish(brain, waiting.run_id, {"q2": True, **replies})

    assert await store.read_mail(waiting.run_id) == {}


async def test_resuming_without_a_reply_makes_no_step() -> None:
    till, store = Till(), MemoryStore()
    brain = till.build(store, PAY)
    waiting = await brain.run("Pay.")

    again = await finish(brain, waiting.run_id)

    assert (again.status, again.env.head) == (Status.WAITING, waiting.env.head)


async def test_a_state_asks_and_finds_the_reply_in_the_same_step() -> None:
    net = Net(
        "asking",
        {
            "reasoning": ReasoningState(otherwise="ask", then="answer"),
            "ask": AskState(then="answer"),
            "answer": AnswerState(),
        },
    )
    store = MemoryStore()
    waiting = await Brain(net, model=ScriptedModel(["Which colour?"]), store=store).run("Paint it.")
    assert [(pause.text, pause.state, pause.turn) for pause in waiting.pauses] == [("Which colour?", "ask", 2)]

    done = await finish(Brain(net, model=ScriptedModel(["Red it is."]), store=store), waiting.run_id, {"q1": "red"})

    said = [(item.kind, item.text, item.turn) for item in done.env.log if item.state == "ask"]
    assert said == [(ItemKind.QUESTION, "Which colour?", 2), (ItemKind.REPLY, "red", 2)]
    assert done.answer == "Red it is."


async def test_a_spent_budget_asks_for_more_and_goes_on_with_it() -> None:
    till, store = Till(), MemoryStore()
    options: dict[str, Any] = {"asks_for_more": True, "limits": Limits(model_calls=2)}
    waiting = await till.build(store, LOOK, **options).run("Look twice.")
    assert [(pause.kind, pause.token) for pause in waiting.pauses] == [(PauseKind.BUDGET, "model_calls")]

    more = await finish(till.build(store, LOOK, **options), waiting.run_id, {"q1": 1})
    assert [pause.pause_id for pause in more.pauses] == ["q2"]
    done = await finish(till.build(store, "Enough.", **options), waiting.run_id, {"q2": 0})

    assert (done.status, done.answer, till.looks) == (Status.LIMITED, "Enough.", 2)
    assert "limit of 3 model calls" in done.env.limit


async def test_a_reply_that_comes_while_the_run_is_driven_is_taken_up() -> None:
    store = MemoryStore()

    class Twice(State):
        @property
        def targets(self) -> frozenset[str]:
            return frozenset({END})

        async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
            if env.find_pause() is None:
                env.ask("first?")
                env.ask("second?")
            elif env.open_pauses:
                await store.post(env.run_id, {"q2": 2})
                with pytest.raises(RunBusy):
                    await finish(brain, env.run_id)
            yield "."

        async def _transition(self, env: MemoryEnv) -> None:
            env.add(ItemKind.ANSWER, f"{[pause.reply for pause in env.pauses.values()]}")
            env.done = True

    brain = Brain(Net("one", {"one": Twice()}, start="one", finish="one"), model=ScriptedModel([]), store=store)
    waiting = await brain.run("Both.")

    assert (await finish(brain, waiting.run_id, {"q1": 1})).answer == "[1, 2]"


async def test_a_further_question_withdraws_what_was_waited_for() -> None:
    till, store = Till(), MemoryStore()
    brain = till.build(store, PAY, "Nothing.", "Never mind.")
    waiting = await brain.run("Pay.")

    done = await brain.run("Forget it.", after=waiting.env)

    [item] = [item for item in done.env.log if item.kind is ItemKind.ACTION]
    assert done.answer == "Never mind."
    assert item.outcome == Observation("it was not run: the conversation went on", OutcomeStatus.FAILED)
    assert (await finish(brain, waiting.run_id)).status is Status.WAITING


async def test_the_stream_tells_what_was_replied_and_what_started() -> None:
    till, store = Till(), MemoryStore()
    brain = till.build(store, PAY, "Ok.", "Paid.")
    waiting = await brain.run("Pay.")

    events: list[Event] = [event async for event in brain.resume(waiting.run_id, {"q1": True})]

    kinds = [type(event) for event in events if isinstance(event, Record)]
    assert kinds[:2] == [Replied, ActionStarted]


async def test_a_tool_is_given_the_id_of_its_action_and_the_model_never_sees_it() -> None:
    seen: list[str] = []

    @tool
    def pay(eur: int, key: ActionId) -> str:
        """Pay."""
        seen.append(key)
        return "paid"

    done = await Brain(model=ScriptedModel([PAY, "Ok.", "Paid."]), tools=[pay]).run("Pay.")

    assert seen == [item.action_id for item in done.env.log if item.action]
    assert list(pay.spec.parameters["properties"]) == ["eur"]


async def test_a_reply_that_comes_too_late_is_refused_and_the_default_counts() -> None:
    store, now = MemoryStore(), 1_000_000.0

    @tool(needs_approval=True, approval_seconds=60)
    def pay(eur: int) -> str:
        raise AssertionError("nobody allowed it in time")

    def build(*replies: str) -> Brain:
        return Brain(model=ScriptedModel(list(replies)), tools=[pay], store=store, clock=lambda: now)

    waiting = await build(PAY).run("Pay.")
    now += 100
    with pytest.raises(SetupError, match="expired 40 s ago; its default counts: False"):
        await build().go_on(waiting.run_id, {"q1": True})
    done = await build("Ok.", "Not paid.").go_on(waiting.run_id)

    assert (done.answer, done.env.pauses["q1"].source) == ("Not paid.", ReplySource.EXPIRY)


async def test_a_reply_in_time_counts_however_late_the_run_is_taken_on() -> None:
    till, store, now = Till(), MemoryStore(), 1_000_000.0
    brain = till.build(store, PAY, "Ok.", "Paid.", clock=lambda: now)
    waiting = await brain.run("Pay.")
    await brain.reply(waiting.run_id, {"q1": True})
    now += 9e9

    assert (await brain.drive(waiting.run_id)).answer == "Paid."

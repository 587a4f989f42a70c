"""Nets put into each other: each is checked, runs, goes on after a kill at any commit, and replays the same."""

from collections.abc import Sequence
from typing import Any

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.items import Message
from agent_brain.core.net import Net
from agent_brain.core.store import Store
from agent_brain.wiring.nets import make_net
from agent_brain.wiring.tables import NETS
from nets.people import Person
from nets.planners import show
from nets.walking import check_resumes, find_path

COMPOSED = [
    "reflexion(plan_execute)",
    "reflexion(refact, trials=2)",
    "retry(refact, tries=2)",
    "retry(ask(react_brief), tries=2)",
    "ask(react)",
    "ask(reflexion)",
    "ask(plan_execute)",
    "ask(reflexion(plan_execute(react_brief)))",
    "plan_execute(reflexion)",
    "plan_execute(plan_execute)",
    "plan_execute(ask(react_brief))",
    "adapt(refact, levels=2)",
    "reflexion(adapt(levels=2), memory='both')",
    "self_consistency(plan_execute, samples=2)",
]
COLOUR = "The red one, please"
ROOM = Limits(model_calls=200, steps=400)


@tool(read_only=True)
def look() -> str:
    """Look what is there."""
    return "a book"


def answer(messages: Sequence[Message]) -> str:
    """Plays every part by what it is shown; right is only who was told by a person, by a lesson, or by who was."""
    last, shown = messages[-1]["content"], show(messages)
    found = "Right." if any(words in shown for words in ("Lesson", COLOUR, "Result: Right")) else "Wrong."
    for words, said in (
        ("Before you go on", "READY" if COLOUR in shown else "QUESTION: Which one?"),
        ("Write the plan", "1. Look\n2. Tell"),
        ("Look at what came", f"ANSWER: {found}"),
        ("was judged, and it failed", "Lesson: look first."),
        ("final answer", found),
    ):
        if words in last:
            return said
    if "<instruction>" in last and "Verdict" in last:
        return "Score: 5\nVerdict: accept"
    return found if "</observation>" in shown or "Result:" in shown else '{"name": "look", "args": {}}'


def make_brain(net: str, store: Store) -> Brain:
    def judge(question: str, answered: str) -> Any:
        return answered == "Right.", "It is not right."

    return Brain(net=net, model=ScriptedModel(answer), evaluator=judge, tools=[look], store=store, limits=ROOM)


@pytest.mark.parametrize("net", COMPOSED)
async def test_a_composed_net_runs_goes_on_after_a_kill_anywhere_and_replays(net: str) -> None:
    store, person = MemoryStore(), Person({"Which": COLOUR})
    whole = await person.talk(make_brain(net, store), "Fetch it.")
    assert whole.status is Status.ANSWERED
    if "reflexion" in net or "ask" in net:
        assert whole.answer == "Right."
    await check_resumes(lambda: make_brain(net, store), whole, person.go_on)


@pytest.mark.parametrize("inner", sorted(set(NETS) - {"escalation"}))  # which needs several models
@pytest.mark.parametrize("outer", ["reflexion", "plan_execute", "adapt", "ask"])
async def test_any_net_can_be_put_into_it(outer: str, inner: str) -> None:
    brain = make_brain(f"{outer}({inner})", MemoryStore())
    result = await Person({"": COLOUR}).talk(brain, "Fetch it.")
    assert result.status is Status.ANSWERED, result.env.limit
    (await brain.replay("r")).check()


@pytest.mark.parametrize(
    ("net", "replies", "calls"),
    [
        ("plan_execute", ["1. Add", "It is 4", "ANSWER: 4"], 3),
        ("ask(plan_execute)", ["READY", "1. Add", "It is 4", "ANSWER: 4"], 4),
        ("adapt", ["4"], 1),
        ("reflexion", ["5", "Add them.", "4"], 3),
        ("reflexion(direct)", ["about four", "4"], 2),
    ],
)
async def test_answers_may_be_values(net: str, replies: list[str], calls: int) -> None:
    brain = Brain(net, model=ScriptedModel(replies), answer_type=int, evaluator=lambda question, text: text == "4")
    result = await brain.run("What is 2 + 2?", run_id="r")
    assert (result.value, result.usage.model_calls) == (4, calls)
    (await brain.replay("r")).check()


def test_an_extended_net_can_be_put_into_others() -> None:
    refact = make_net("refact")
    asking = make_net("ask(refact)")
    assert set(asking.states) == {*refact.states, "ask", "clarify"}
    assert asking.finish == refact.finish
    assert asking.instructions == refact.instructions


def test_the_fingerprint_tells_what_is_inside() -> None:
    names = [*COMPOSED, "reflexion", "retry", "plan_execute", "adapt"]
    assert len({make_net(name).fingerprint for name in names}) == len(names)


def test_what_nets_inside_need_the_net_outside_needs() -> None:
    assert make_net("ask(reflexion)").needs == make_net("plan_execute(reflexion)").needs == make_net("reflexion").needs
    assert make_net("ask(reflexion(plan_execute))").shown_slots >= {"lessons", "last_attempt", "plan", "results"}


async def test_each_attempt_of_a_plan_plans_with_the_lessons() -> None:
    store = MemoryStore()
    brain = make_brain("reflexion(plan_execute)", store)
    result = await brain.run("Fetch it.", run_id="r")
    model = brain.models["default"]
    assert isinstance(model, ScriptedModel)
    plans = [show(messages) for messages in model.calls if "Write the plan" in messages[-1]["content"]]
    assert ["Lesson: look first." in shown for shown in plans] == [False, True]
    assert await find_path(store) == ["judge", "reflect", "reset", "attempt", "judge", "answer"]
    assert result.answer == "Right."


def test_the_states_of_a_net_made_of_nets_keep_nothing() -> None:
    def find_all(net: Net) -> list[Net]:
        return [
            net,
            *(found for state in net.states.values() for inner in state.inner_nets for found in find_all(inner)),
        ]

    for net in find_all(make_brain("ask(reflexion(plan_execute))", MemoryStore()).net):
        for state in net.states.values():
            with pytest.raises(AttributeError):
                state.kept = 1

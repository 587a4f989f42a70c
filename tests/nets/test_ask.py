"""Ask: a person is asked before a net begins or after one of its states, a bounded number of times."""

from collections.abc import Sequence
from typing import Any

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.items import ItemKind, Message
from agent_brain.nets.ask import make_ask, read_question
from agent_brain.nets.react import react
from agent_brain.nets.words import load_words
from nets.people import Person
from nets.planners import show
from nets.walking import check_resumes, find_path

CLARIFY, FINAL = "Before you go on", "final answer"


def travel(messages: Sequence[Message]) -> str:
    """Wants to know where, then when; then it thinks and answers with what it was told."""
    last, shown = messages[-1]["content"], show(messages)
    if CLARIFY in last:
        wanted = next((what for what, said in (("Where", "Rome"), ("When", "May")) if said not in shown), "")
        return f"QUESTION: {wanted} do you want to go?" if wanted else "READY"
    told = " in ".join(said for said in ("Rome", "May") if said in shown)
    return f"To {told}." if FINAL in last else "I see."


def make_brain(net: Any = "ask(react)", model: ScriptedModel | None = None, **parts: Any) -> Brain:
    parts.setdefault("store", MemoryStore())
    return Brain(net=net, model=model or ScriptedModel(travel), **parts)


def make_traveller() -> Person:
    return Person({"Where": "To Rome, please", "When": "In May"})


async def test_it_asks_what_only_a_person_knows_and_goes_on_with_the_replies() -> None:
    brain, person = make_brain(), make_traveller()

    result = await person.talk(brain, "Book a trip.")

    assert result.answer == "To Rome in May."
    assert person.was_asked == ["Where do you want to go?", "When do you want to go?"]
    assert [(item.kind, item.text) for item in result.env.log[1:5]] == [
        (ItemKind.QUESTION, "Where do you want to go?"),
        (ItemKind.REPLY, "To Rome, please"),
        (ItemKind.QUESTION, "When do you want to go?"),
        (ItemKind.REPLY, "In May"),
    ]
    assert await find_path(brain.store) == ["ask", "clarify", "ask", "clarify", "reasoning", "answer"]


@pytest.mark.parametrize(("most", "asked", "calls"), [(1, 1, 1), (2, 2, 2), (3, 2, 3), (9, 2, 3)])
async def test_it_asks_the_model_once_more_than_the_person_and_never_more_than_it_may(
    most: int, asked: int, calls: int
) -> None:
    person = make_traveller()
    result = await person.talk(make_brain(f"ask(react, max_questions={most})"), "Book a trip.")
    assert len(person.was_asked) == asked
    assert result.usage.model_calls == calls + 2  # of react: a thought and an answer


async def test_where_nothing_is_to_be_asked_it_takes_one_call_and_leaves_no_word() -> None:
    model = ScriptedModel(["READY", "Four.", "It is four."])
    result = await make_brain(model=model).run("What is 2 + 2?")
    assert (result.answer, result.usage.model_calls) == ("It is four.", 3)
    assert "READY" not in show(model.calls[1])


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_a_question_is_the_models_voice_and_a_reply_the_persons(wire: str) -> None:
    model = ScriptedModel(travel)
    await make_traveller().talk(make_brain(model=model, wire=wire), "Book a trip.")
    said = [(message["role"], message["content"]) for message in model.calls[-1] if message["role"] != "system"]
    assert said[:3] == [
        ("user", "Book a trip."),
        ("assistant", "Where do you want to go?"),
        ("user", "To Rome, please"),
    ]


async def test_a_run_inside_is_told_what_the_person_has_said() -> None:
    model = ScriptedModel(travel)
    brain = make_brain("ask(retry(react))", model, evaluator=lambda question, answer: True)
    result = await make_traveller().talk(brain, "Book a trip.")
    assert result.answer == "To Rome in May."
    [thought, _] = [show(messages) for messages in model.calls if CLARIFY not in messages[-1]["content"]]
    assert thought.startswith("Book a trip.\n\nIt was asked: Where do you want to go?\n\nA person has said: To Rome,")


async def test_after_a_state_it_asks_each_time_that_one_has_ended() -> None:
    @tool
    def look() -> str:
        """Look."""
        return "two of them"

    def reply(messages: Sequence[Message]) -> str:
        last, shown = messages[-1]["content"], show(messages)
        if CLARIFY in last:
            return "READY" if "The red one" in shown else "QUESTION: Which of the two?"
        if FINAL in last:
            return "Red it is."
        return "So be it." if "The red one" in shown else '{"name": "look", "args": {}}'

    brain, person = (
        make_brain("ask(react, after='action')", ScriptedModel(reply), tools=[look]),
        Person({"Which": "The red one"}),
    )
    result = await person.talk(brain, "Fetch the book.")
    assert result.answer == "Red it is."
    assert await find_path(brain.store) == ["action", "clarify", "ask", "clarify", "reasoning", "answer"]


def test_before_and_after_are_wrapped_one_around_the_other() -> None:
    net = make_brain("ask(ask(react), after='action')").net
    assert net.start == "clarify"
    assert net.table["action"] == {"clarify_2"}
    assert net.table["clarify_2"] == {"ask_2", "reasoning"}


def test_a_state_with_several_ways_out_is_refused() -> None:
    with pytest.raises(SetupError, match="reasoning has several ways out; wanted a state with one: action"):
        make_brain("ask(react, after='reasoning')")
    with pytest.raises(UnknownName, match="'acting'"):
        make_brain("ask(react, after='acting')")


def test_no_questions_at_all_is_refused() -> None:
    with pytest.raises(SetupError, match="max_questions is 0"):
        make_brain("ask(react, max_questions=0)")


async def test_a_reply_that_nobody_gives_is_not_waited_for_for_ever() -> None:
    now = [0.0]
    brain = make_brain("ask(react, max_questions=1, expires_seconds=60)", clock=lambda: now[0])
    first = await brain.run("Book a trip.", run_id="r")
    now[0] = 61.0
    second = await brain.go_on("r")
    assert first.status is Status.WAITING
    assert second.status is Status.ANSWERED
    assert second.env.log[2].text.startswith("(Nobody has replied.")


async def test_a_limit_while_it_asks_is_answered_from_what_is_known() -> None:
    result = await make_traveller().talk(make_brain(limits=Limits(model_calls=2)), "Book a trip.")
    assert (result.status, result.answer) == (Status.LIMITED, "To Rome.")


async def test_a_further_question_may_be_asked_about_anew() -> None:
    brain, person = make_brain("ask(react, max_questions=1)"), make_traveller()
    first = await person.talk(brain, "Book a trip.")
    second = await brain.run("And another one.", after=first.env)
    assert [pause.text for pause in second.pauses] == ["When do you want to go?"]


@pytest.mark.parametrize("memory", ["window(1)", "mask(1)", "budget(400)", "fold"])
async def test_what_was_said_stays_in_sight_whatever_a_memory_drops(memory: str) -> None:
    @tool(read_only=True)
    def look(at: int) -> str:
        """Look."""
        return "nothing there " * 10

    def reply(messages: Sequence[Message]) -> str:
        last = messages[-1]["content"]
        if CLARIFY in last:
            return "QUESTION: Where do you want to go?"
        looked = sum("nothing there" in message["content"] for call in model.calls for message in call[-1:])
        return "Enough." if looked > 6 or FINAL in last else f'{{"name": "look", "args": {{"at": {looked}}}}}'

    model = ScriptedModel(reply)
    person = Person({"Where": "To Rome, by train, and not before May"})
    await person.talk(make_brain("ask(react, max_questions=1)", model, memory=memory, tools=[look]), "Book a trip.")
    said = [show(messages) for messages in model.calls[1:]]
    assert len(said) > 6
    assert all("Book a trip." in shown and "To Rome, by train, and not before May" in shown for shown in said)


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_a_run_killed_anywhere_comes_to_the_same_end_and_replays(wire: str) -> None:
    store = MemoryStore()

    def make() -> Brain:
        return make_brain(store=store, wire=wire)

    person = make_traveller()
    await check_resumes(make, await person.talk(make(), "Book a trip."), person.go_on)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("QUESTION: Where?", "Where?"),
        ("**Question:** Where?\nIn Rome?", "Where?\nIn Rome?"),
        ("I do not know enough.\n\nQUESTION: Where?", "Where?"),
        ("READY", ""),
        ("There is no question: I am ready.", ""),
        ("QUESTION:", ""),
        ("", ""),
    ],
)
def test_a_question_stands_behind_its_word(text: str, question: str) -> None:
    assert read_question(text) == question


def test_its_moves_are_those_of_the_net_and_its_own() -> None:
    net = make_ask(load_words("ask"))
    assert {name: row for name, row in net.table.items() if name in react.table} == react.table
    assert net.table["ask"] == {"clarify"}

"""Guards see an answer before it is given: they change it, refuse it, or have a person decide."""

from typing import Any

import pytest

from agent_brain.core.errors import AnswerRefused, SetupError
from agent_brain.core.events import Chunk, ChunkKind
from agent_brain.core.guards import AskFirst, GuardContext, Refuse
from agent_brain.core.items import ItemKind
from agent_brain.core.net import Net
from agent_brain.core.records import Status
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.react import react
from agent_brain.nets.sub_run import SubRunState
from engine.guarded import PAY, Till, halve


async def test_an_answer_is_shown_when_the_guards_have_made_of_it_what_they_want() -> None:
    till = Till()
    brain = till.build("thought", "call 0123-4567", before_answer=lambda text, c: text.replace("4567", "****"))
    events = [event async for event in brain.stream("who?")]
    shown = [event.text for event in events if isinstance(event, Chunk) and event.kind is ChunkKind.ANSWER]
    assert shown == ["call 0123-****"]
    assert events[-1].answer == "call 0123-****"  # type: ignore[union-attr]  # the last event is Ended


async def test_a_refused_answer_goes_back_to_the_model_with_the_reason() -> None:
    till = Till()
    brain = till.build(
        "thought", "damn", "well", before_answer=lambda t, c: Refuse("no swearing") if t == "damn" else None
    )
    result = await brain.run("say")
    assert result.answer == "well"
    assert "<correction>\nThis answer was not given: no swearing." in till.model.calls[-1][-1]["content"]


async def test_a_quoted_answer_that_is_refused_is_written_anew() -> None:
    till = Till()
    brain = till.build(
        "damn", "well", net="react_brief", before_answer=lambda t, c: Refuse("no") if t == "damn" else None
    )
    result = await brain.run("say")
    assert (result.answer, result.usage.model_calls) == ("well", 2)


async def test_answers_that_are_refused_again_end_the_run_and_are_not_given() -> None:
    till = Till()
    result = await till.build("thought", "damn", "damn!", before_answer=lambda t, c: Refuse("no swearing")).run("say")
    assert (result.status, result.env.answer) == (Status.FAILED, "")
    with pytest.raises(AnswerRefused, match="no swearing"):
        _ = result.answer


async def test_a_guard_of_answers_that_raises_ends_the_run_and_a_mended_one_lets_it_go_on() -> None:
    def buggy(text: str, context: GuardContext) -> None:
        raise ValueError("too clever")

    till = Till()
    failed = await till.build("thought", "fine", before_answer=buggy).run("say", run_id="r")
    assert failed.env.error == "the guard buggy has failed: ValueError: too clever"
    result = await till.build("fine", before_answer=lambda t, c: None).go_on("r")
    assert result.answer == "fine"


@pytest.mark.parametrize(
    ("reply", "answer"), [(True, "fire them"), ({"approve": True, "args": {"text": "talk to them"}}, "talk to them")]
)
async def test_a_person_lets_an_answer_pass_or_gives_another_one(reply: Any, answer: str) -> None:
    till = Till()
    brain = till.build("thought", "fire them", before_answer=lambda t, c: AskFirst("May it say this?"))
    waiting = await brain.run("what now?", run_id="r")
    [pause] = waiting.env.open_pauses
    assert pause.text == "May it say this?\nfire them"
    result = await till.build(before_answer=lambda t, c: Refuse("never")).go_on("r", {pause.pause_id: reply})
    assert result.answer == answer


async def test_an_answer_that_a_person_refuses_is_written_anew() -> None:
    till = Till()
    guard = lambda t, c: AskFirst("Well?") if t == "fire them" else None  # noqa: E731  # one line says it
    waiting = await till.build("thought", "fire them", before_answer=guard).run("what now?", run_id="r")
    [pause] = waiting.env.open_pauses
    reply = {pause.pause_id: {"approve": False, "reason": "too harsh"}}
    result = await till.build("talk", before_answer=guard).go_on("r", reply)
    assert result.answer == "talk"
    assert "a person refused it: too harsh" in till.model.calls[0][-1]["content"]


@pytest.mark.parametrize(("reply", "answer"), [(True, "fire them"), (False, "talk")])
async def test_a_brain_without_the_guard_goes_on_with_what_a_person_said(reply: bool, answer: str) -> None:
    till = Till()
    brain = till.build("thought", "fire them", before_answer=lambda t, c: AskFirst("Well?"))
    waiting = await brain.run("what now?", run_id="r")
    result = await till.build("talk").go_on("r", {waiting.env.open_pauses[0].pause_id: reply})
    assert (result.answer, [item.text for item in result.env.log if item.kind is ItemKind.ANSWER]) == (answer, [answer])


async def test_a_reply_that_holds_no_answer_is_refused() -> None:
    till = Till()
    brain = till.build("thought", "fire them", before_answer=lambda t, c: AskFirst("Well?"))
    waiting = await brain.run("what now?", run_id="r")
    [pause] = waiting.env.open_pauses
    with pytest.raises(SetupError, match="an object with text"):
        await brain.reply("r", {pause.pause_id: {"approve": True, "args": {"answer": "talk"}}})


async def test_a_net_inside_a_state_has_the_guards_of_tools_and_not_those_of_answers() -> None:
    asked: list[str] = []
    net = Net("outer", {"reasoning": SubRunState(react, then="answer"), "answer": AnswerState()})
    till = Till()
    brain = till.build(
        PAY, "ok", "within", "done", net=net, before_tool=halve, before_answer=lambda text, c: asked.append(text)
    )
    result = await brain.run("pay")
    assert (till.paid, asked, result.answer) == ([25], ["done"], "done")

"""A brain whose answers are values: asked for, mended, streamed, kept, and made again from what was kept."""

import json
import random
from collections.abc import Sequence
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from agent_brain.brain import Brain
from agent_brain.core.answer_type import has_grown
from agent_brain.core.chat import Reply
from agent_brain.core.errors import NetChanged, SetupError, WrongAnswer
from agent_brain.core.events import Chunk, ChunkKind, Ended, Event, Partial, Retracted
from agent_brain.core.guards import AskFirst
from agent_brain.core.items import FaultKind, ItemKind, Message, ReplyCall
from agent_brain.core.records import Status
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result
from agent_brain.models.chaos import ChaosModel, Faults
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.react import react
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool
from mangle import WAYS

THOUGHT = "I know enough."


class Person(BaseModel):
    name: str
    age: Annotated[int, Field(ge=0)]


class Call(BaseModel):
    name: str
    args: dict[str, str]


ANN = '{"name": "Ann", "age": 31}'
OLD = '{"name": "Ann", "age": "old"}'


def make_brain(*replies: Line, answer_type: Any = Person, **parts: Any) -> Brain[Any]:
    model = ScriptedModel([THOUGHT, *replies], chunk_size=3)
    return Brain(model=parts.pop("model", model), answer_type=answer_type, **parts)


def be_wrong_once(messages: Sequence[Message]) -> str:
    """A model that is a function of what it is shown, so that any number of runs can ask it."""
    last = messages[-1]["content"]
    return THOUGHT if "JSON schema" not in last else ANN if "<correction>" in last else OLD


async def watch(brain: Brain[Any], question: str = "Who?") -> list[Event]:
    async with aclosing(brain.stream(question)) as events:
        return [event async for event in events]


def list_texts(result: Result[Any], kind: ItemKind) -> list[str]:
    return [item.text for item in result.env.log if item.kind is kind]


async def test_the_answer_is_json_and_the_value_what_it_says() -> None:
    result = await make_brain(f"Here: ```json\n{ANN}\n```").run("Who?")
    assert (result.status, result.answer, result.value) == (Status.ANSWERED, ANN, Person(name="Ann", age=31))


@pytest.mark.parametrize(
    ("said", "kept", "value"),
    [
        ('{"name": "Ann", "age": "31"}', '{"name": "Ann", "age": "31"}', Person(name="Ann", age=31)),
        ("{'name': 'Ann', 'age': 31,}", ANN, Person(name="Ann", age=31)),
    ],
)
async def test_the_answer_is_mended_json_as_the_model_has_said_it(said: str, kept: str, value: Person) -> None:
    result = await make_brain(said).run("Who?")
    assert (result.answer, result.value) == (kept, value)


async def test_a_value_that_is_no_object_is_wrapped_for_the_model_alone() -> None:
    brain = make_brain('{"value": [1, 2]}', answer_type=list[int])
    result = await brain.run("Which?")
    assert (result.answer, result.value) == ("[1, 2]", [1, 2])


async def test_a_json_schema_gives_plain_data() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert (await make_brain('{"n": 3}', answer_type=schema).run("How many?")).value == {"n": 3}


async def test_a_brain_without_a_type_answers_with_words() -> None:
    result = await make_brain("Ann.", answer_type=None).run("Who?")
    assert result.value == result.answer == "Ann."


async def test_a_wrong_answer_goes_back_with_what_is_wrong_and_is_counted() -> None:
    brain = make_brain(OLD, "Ann is 31.", ANN)
    result = await brain.run("Who?")
    assert result.value == Person(name="Ann", age=31)
    assert result.env.faults == {FaultKind.WRONG_ANSWER: 2}
    assert list_texts(result, ItemKind.THOUGHT) == [THOUGHT, OLD, "Ann is 31."]
    assert list_texts(result, ItemKind.OBSERVATION)[0].splitlines()[:2] == [
        "Your answer does not fit the schema:",
        "- age: found 'old', wanted a valid integer, unable to parse string as an integer",
    ]


async def test_the_correction_is_what_the_model_is_shown_next() -> None:
    model = ScriptedModel([THOUGHT, OLD, ANN])
    await Brain(model=model, answer_type=Person).run("Who?")
    last = model.calls[-1][-1]["content"]
    assert "<correction>\nYour answer does not fit" in last
    assert '"required":["name","age"]' in last


async def test_a_run_whose_answer_cannot_be_mended_fails_and_keeps_all_that_was_written() -> None:
    result = await make_brain(OLD, OLD, OLD).run("Who?")
    assert result.status is Status.FAILED
    assert isinstance(result.error, WrongAnswer)
    assert result.error.text == OLD
    assert "the answer is no Person: it was corrected 2 times, and still: Your answer does not fit" in str(result.error)
    assert list_texts(result, ItemKind.THOUGHT) == [THOUGHT, OLD, OLD, OLD]
    with pytest.raises(WrongAnswer):
        _ = result.value


@pytest.mark.parametrize("repairs", [0, 1, 4])
async def test_how_often_it_is_mended_is_a_bound(repairs: int) -> None:
    result = await make_brain(*[OLD] * 9, answer_repairs_max=repairs).run("Who?")
    assert result.usage.model_calls == 2 + repairs


async def test_a_failed_run_that_is_resumed_is_asked_once_more() -> None:
    brain = make_brain(OLD, OLD, ANN, answer_repairs_max=1)
    failed = await brain.run("Who?")
    result = await brain.go_on(failed.run_id)
    assert (failed.status, result.status, result.value) == (Status.FAILED, Status.ANSWERED, Person(name="Ann", age=31))


async def test_an_answer_that_the_token_limit_cut_is_told_so() -> None:
    result = await make_brain(Reply('{"name": "Ann", "age": 3', finish="length"), ANN).run("Who?")
    assert result.value == Person(name="Ann", age=31)
    assert result.env.faults == {FaultKind.CUT_SHORT: 1}
    assert list_texts(result, ItemKind.OBSERVATION)[0].startswith(
        "Your answer was cut off at its length limit, after 24"
    )


async def test_an_empty_answer_is_mended_too() -> None:
    result = await make_brain("", ANN).run("Who?")
    assert (result.value.name, result.env.faults) == ("Ann", {FaultKind.EMPTY: 1})


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(model_calls=3), "the limit of 3 model calls was reached, so it was not mended"),
        (Limits(tokens=1), "the limit of 1 token was reached, so it was not mended"),
    ],
)
async def test_no_answer_is_mended_beyond_a_limit(limits: Limits, words: str) -> None:
    result = await make_brain(OLD, OLD, OLD, limits=limits).run("Who?")
    assert result.status is Status.FAILED
    assert words in str(result.error)
    assert OLD in str(result.error)
    assert limits.model_calls is None or result.usage.model_calls <= limits.model_calls


async def test_where_a_limit_sent_the_run_to_its_answer_that_is_mended_while_others_allow() -> None:
    model = ScriptedModel(['{"name": "find_age", "args": {"name": "Ann"}}', OLD, OLD, ANN])
    result = await Brain(model=model, answer_type=Person, tools=[find_age], limits=Limits(steps=1)).run("Who?")
    assert (result.status, result.value) == (Status.LIMITED, Person(name="Ann", age=31))


async def test_react_brief_takes_a_thought_that_is_a_value_and_asks_for_any_other() -> None:
    quoted = await Brain(net="react_brief", model=ScriptedModel([ANN]), answer_type=Person).run("Who?")
    asked = await Brain(net="react_brief", model=ScriptedModel([f"So {ANN}", ANN]), answer_type=Person).run("Who?")
    assert quoted.value == asked.value == Person(name="Ann", age=31)
    assert (quoted.usage.model_calls, asked.usage.model_calls) == (1, 2)


async def test_partial_values_grow_up_to_the_whole() -> None:
    long = '{"name": "Ann ' + "of the hills " * 20 + '", "age": 31}'
    events = await watch(make_brain(long))
    values = [event.value for event in events if isinstance(event, Partial)]
    assert len(values) > 3
    assert all(has_grown(value, values[-1]) for value in values)
    assert isinstance(events[-1], Ended)
    assert events[-1].value == Person(**values[-1])


@pytest.mark.parametrize("way", sorted(WAYS))
@settings(max_examples=15, deadline=None)
@given(size=st.integers(1, 30), names=st.lists(st.text(max_size=40), max_size=3))
async def test_however_an_answer_is_mangled_and_cut_up_its_partial_values_only_grow(
    way: str, size: int, names: list[str]
) -> None:
    action = {"name": "add", "args": {str(place): name for place, name in enumerate(names)}}
    reply = WAYS[way](f"I know.\n```json\n{json.dumps(action)}\n```", random.Random(1))
    model = ScriptedModel([THOUGHT, reply, json.dumps(action)], chunk_size=size)
    events = await watch(Brain(model=model, answer_type=Call, answer_repairs_max=1))
    end = events[-1]
    assert isinstance(end, Ended)
    last = max((place for place, event in enumerate(events) if isinstance(event, Retracted)), default=-1)
    values = [event.value for event in events[last + 1 :] if isinstance(event, Partial)]
    assert all(has_grown(before, after) for before, after in pairwise(values))
    assert values[-1] == json.loads(end.answer) == end.value.model_dump()


async def test_what_was_streamed_of_a_wrong_answer_is_retracted() -> None:
    events = await watch(make_brain('{"name": "Annabel Lee, by the sea, in a kingdom", "age": "?"}', ANN))
    shown = [event for event in events if isinstance(event, Partial | Retracted)]
    place = shown.index(Retracted("the answer has to be mended", "answer"))
    assert all(isinstance(event, Partial) for event in [*shown[:place], *shown[place + 1 :]])
    assert shown[0] == Partial({"name": "Annabel Lee, by the sea, i"}, "answer")
    assert shown[-1] == Partial({"name": "Ann", "age": 31}, "answer")


async def test_an_answer_that_is_another_value_than_it_began_with_is_streamed_anew() -> None:
    draft = '{"name": "Bo, or is it somebody else who lives there?", "age": "?"}'
    events = await watch(make_brain(f"{draft}\nNo: {ANN}"))
    place = next(place for place, event in enumerate(events) if isinstance(event, Retracted))
    after = [event for event in events[place:] if isinstance(event, Partial | Chunk)]
    assert [event.text for event in after if isinstance(event, Chunk)] == [ANN]
    assert [event.value for event in after if isinstance(event, Partial)] == [{"name": "Ann", "age": 31}]


async def test_the_type_makes_the_value_again_from_a_stored_run_and_without_it_the_json_is_there(
    tmp_path: Path,
) -> None:
    store = tmp_path / "runs.db"
    async with make_brain(ANN, store=store) as brain:
        run_id = (await brain.run("Who?")).run_id
    async with make_brain(store=store) as brain:
        assert (await brain.go_on(run_id)).value == (await brain.drive(run_id)).value == Person(name="Ann", age=31)
    async with make_brain(store=store, answer_type=None) as brain:
        assert (await brain.go_on(run_id)).answer == (await brain.load(run_id)).answer == ANN


async def test_a_run_goes_on_in_the_middle_of_its_mending() -> None:
    store = MemoryStore()
    async with aclosing(make_brain(OLD, ANN, store=store).stream("Who?", run_id="a")) as events:
        async for event in events:
            if isinstance(event, Retracted):
                break
    result = await Brain(model=ScriptedModel([OLD, ANN]), answer_type=Person, store=store).go_on("a")
    assert (result.value, result.env.faults) == (Person(name="Ann", age=31), {FaultKind.WRONG_ANSWER: 1})


async def test_a_run_that_was_begun_with_words_is_not_taken_on_with_a_type() -> None:
    store = MemoryStore()
    run_id = await make_brain(answer_type=None, store=store).submit("Who?")
    with pytest.raises(NetChanged, match="moves of answer was 'end', is 'answer, end'"):
        await make_brain(store=store).drive(run_id)


@pytest.mark.parametrize("replies", [[ANN], [OLD, ANN], [OLD, OLD, OLD], ["", f"So {ANN}"]])
@pytest.mark.parametrize("wire", ["text", "native"])
async def test_it_is_played_back_as_it_was(replies: Sequence[str], wire: str) -> None:
    brain = make_brain(*replies, wire=wire, tools=["calculate"])
    run_id = (await brain.run("Who?")).run_id
    (await brain.replay(run_id)).check()


async def test_a_fork_has_the_value_too() -> None:
    brain = make_brain(OLD, ANN)
    run_id = (await brain.run("Who?")).run_id
    assert (await brain.go_on(await brain.fork(run_id))).value == Person(name="Ann", age=31)


async def test_from_any_of_its_records_a_run_goes_on_to_the_same_value() -> None:
    brain = make_brain(model=ScriptedModel(be_wrong_once))
    whole = await brain.run("Who?")
    for place in range(1, whole.env.head + 1):
        result = await brain.go_on(await brain.fork(whole.run_id, place))
        assert result.value == Person(name="Ann", age=31)
        assert result.env.faults[FaultKind.WRONG_ANSWER] <= 2  # a fork inside a step does that step again


async def test_each_question_of_a_conversation_has_its_corrections_and_its_value() -> None:
    brain = make_brain(model=ScriptedModel(be_wrong_once), answer_repairs_max=1)
    first = await brain.run("Who?")
    second = await brain.run("And who else?", after=first.env)
    assert second.value == first.value == Person(name="Ann", age=31)
    assert second.env.faults == {FaultKind.WRONG_ANSWER: 1}


async def test_a_person_who_is_asked_first_sees_the_json_and_may_put_another_in_its_place() -> None:
    brain = make_brain(OLD, ANN, before_answer=lambda text, context: AskFirst("May it go out?"))
    waiting = await brain.run("Who?")
    [pause] = waiting.pauses
    assert pause.text == f"May it go out?\n{ANN}"
    other = {"approve": True, "args": {"text": '{"name": "Bo", "age": 4}'}}
    assert (await brain.go_on(waiting.run_id, {pause.pause_id: other})).value == Person(name="Bo", age=4)


@tool
def find_age(name: str) -> int:
    """Find somebody's age."""
    return 31


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_it_works_with_tools_over_both_wires(wire: str) -> None:
    asks: Line = '{"name": "find_age", "args": {"name": "Ann"}}'
    if wire == "native":
        asks = Reply("", calls=(ReplyCall("find_age", '{"name": "Ann"}'),))
    model = ScriptedModel([asks, THOUGHT, OLD, ANN])
    result = await Brain(model=model, answer_type=Person, tools=[find_age], wire=wire).run("How old is Ann?")
    assert result.value == Person(name="Ann", age=31)
    assert [form.name for form in model.forms] == ["Person", "Person"]
    assert len(model.tools) == (4 if wire == "native" else 0)


async def test_a_model_that_knows_no_forms_is_asked_in_words() -> None:
    class Plain:
        name = "plain"
        inner = ScriptedModel([THOUGHT, ANN])
        stream = inner.stream

    assert (await Brain(model=Plain(), answer_type=Person).run("Who?")).value == Person(name="Ann", age=31)


async def test_fallback_models_are_asked_for_the_form_each_in_its_own_way() -> None:
    first, second = ScriptedModel([THOUGHT, *[ANN] * 3]), ScriptedModel([])
    broken = ChaosModel(first, Faults(error=1.0))
    second = ScriptedModel([THOUGHT, ANN])
    result = await Brain(model=FallbackModel([broken, second]), answer_type=Person).run("Who?")
    assert result.value == Person(name="Ann", age=31)
    assert [form.name for form in second.forms] == ["Person"]


async def test_whatever_a_model_gets_wrong_the_run_ends_with_a_value_or_an_error() -> None:
    faults = Faults(again=0.2, mangled=0.3, empty=0.2, wrong_action=0.2, resplit=0.5)
    ends = []
    for seed in range(60):
        model = ChaosModel(ScriptedModel(lambda _: ANN, chunk_size=2), faults, seed=seed)
        result = await Brain(model=model, answer_type=Person, net="react_brief").run("Who?")
        ends.append(result.status)
        assert result.status is Status.FAILED or isinstance(result.value, Person)
    assert set(ends) == {Status.ANSWERED, Status.FAILED}


async def test_a_state_of_ones_own_that_answers_is_made_typed_as_it_is() -> None:
    class Curt(AnswerState):
        def get_directive(self, env: Any) -> str:
            return "Be curt."

    model = ScriptedModel([THOUGHT, ANN])
    result = await Brain(net=react.extend("curt", {"answer": Curt()}), model=model, answer_type=Person).run("Who?")
    assert result.value == Person(name="Ann", age=31)
    assert "Be curt.\n\nWrite the answer as one JSON object" in model.calls[-1][-1]["content"]


async def test_a_guard_sees_the_json_and_what_it_puts_in_its_place_has_to_fit() -> None:
    seen: list[str] = []

    def grow_older(text: str, context: Any) -> str:
        seen.append(text)
        return text.replace("31", "32")

    result = await make_brain(OLD, f"So: {ANN}", before_answer=grow_older).run("Who?")
    assert (seen, result.value) == ([ANN], Person(name="Ann", age=32))
    spoilt = await make_brain(ANN, before_answer=lambda text, context: "no").run("Who?")
    assert "it was changed by a guard or a person" in str(spoilt.error)


async def test_secrets_are_hidden_in_partial_values() -> None:
    said = '{"name": "hunter2-secret, or so it is said by everybody here", "age": 31}'
    events = await watch(make_brain(said, secrets=["hunter2-secret"]))
    shown = [event.value.get("name", "") for event in events if isinstance(event, Partial)]
    assert any("or so it is said" in name for name in shown)
    assert not any("hunter" in name for name in shown)


async def test_only_the_answer_is_text_of_the_answer() -> None:
    events = await watch(make_brain(ANN))
    said = [event.text for event in events if isinstance(event, Chunk) and event.kind is ChunkKind.ANSWER]
    assert "".join(said) == ANN


@pytest.mark.parametrize("repairs", [-1, True, 1.5, None])
def test_a_number_of_corrections_that_is_none_is_refused(repairs: Any) -> None:
    with pytest.raises(SetupError, match=r"answer_repairs_max is .*; wanted a whole number of at least 0"):
        make_brain(answer_repairs_max=repairs)


def test_a_type_that_no_schema_says_is_refused_when_the_brain_is_built() -> None:
    with pytest.raises(SetupError, match="which no JSON schema says"):
        make_brain(answer_type=ScriptedModel)

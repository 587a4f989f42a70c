"""ReFAct: when there is a reflection, what it sees, where it leads, and what it costs."""

import json
from collections.abc import Sequence
from itertools import pairwise

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.chat import Reply
from agent_brain.core.errors import SetupError
from agent_brain.core.items import ItemKind, Message, ReplyCall
from agent_brain.core.state import END, StateType
from agent_brain.models.scripted import Line, Script
from agent_brain.nets.refact import MOVES, make_refact, make_refact_inline
from agent_brain.nets.words import load_words
from nets.walking import check_resumes, find_path

WORDS = load_words("refact")
GOAL = "What is in the boxes?"
REASONING, ACTION, REFLECT, ANSWER = map(
    str, (StateType.REASONING, StateType.ACTION, StateType.REFLECT, StateType.ANSWER)
)


@tool(read_only=True)
def look(box: int) -> str:
    """Look into a box; the second one is locked."""
    if box == 2:
        raise ValueError("box 2 is locked")
    return f"box {box} holds {box * 11}"


def count_results(messages: Sequence[Message]) -> int:
    return sum(m["content"].count("</observation>") + (m["role"] == "tool") for m in messages[1:])


def make_model(
    boxes: int, reflection: Line | Script = "Seen.\nVerdict: go on", *, native: bool = False
) -> ScriptedModel:
    """Looks into so many boxes, one a turn, then says what it found."""

    def reply(messages: Sequence[Message]) -> Line:
        last = messages[-1]["content"]
        if WORDS["answer"] in last:
            return "the answer asked for"
        if WORDS["reflect"] in last:
            return reflection(messages) if callable(reflection) else reflection
        done = count_results(messages)
        if done >= boxes:
            return "That was all."
        args = {"box": done + 1}
        if native:
            return Reply("", calls=(ReplyCall("look", json.dumps(args)),))
        return f"I look into box {done + 1}.\n" + json.dumps({"name": "look", "args": args})

    return ScriptedModel(reply)


def make_brain(model: ScriptedModel, net: str = "refact", **options: object) -> Brain:
    return Brain(net=net, model=model, tools=[look], **options)  # type: ignore[arg-type]  # any of a brain's options


def find_reflections(model: ScriptedModel) -> list[list[Message]]:
    return [call for call in model.calls if WORDS["reflect"] in call[-1]["content"]]


@pytest.mark.parametrize("boxes", [0, 1, 4])
async def test_it_costs_two_calls_for_each_action_and_one(boxes: int) -> None:
    brain = make_brain(make_model(boxes), store=MemoryStore())

    result = await brain.run(GOAL, run_id="r")

    assert (result.answer, result.usage.model_calls) == ("That was all.", 2 * boxes + 1)
    assert await find_path(brain.store) == [*[ACTION, REFLECT, REASONING] * boxes, ANSWER]


@pytest.mark.parametrize("boxes", [0, 1, 4])
async def test_inline_it_costs_one_call_for_each_action_and_one(boxes: int) -> None:
    brain = make_brain(make_model(boxes), "refact_inline", store=MemoryStore())

    result = await brain.run(GOAL, run_id="r")

    assert (result.answer, result.usage.model_calls) == ("That was all.", boxes + 1)
    assert await find_path(brain.store) == [*[ACTION, REASONING] * boxes, ANSWER]


async def test_a_reflection_that_finds_the_goal_reached_leads_to_the_answer_at_the_same_cost() -> None:
    def reflect(messages: Sequence[Message]) -> str:
        return f"Verdict: {'answer' if 'box 3 holds' in str(messages) else 'go on'}"

    brain = make_brain(make_model(9, reflect), store=MemoryStore())

    result = await brain.run(GOAL, run_id="r")

    assert (result.answer, result.usage.model_calls) == ("the answer asked for", 2 * 3 + 1)
    assert (await find_path(brain.store))[-2:] == [REFLECT, ANSWER]


async def test_a_reflection_that_wants_something_changed_leads_back_with_its_reason() -> None:
    brain = make_brain(make_model(1, "It failed.\n**Verdict:** Revise."), store=MemoryStore())
    await brain.run(GOAL, run_id="r")

    step = next(step for step in (await brain.story("r")).steps if step.state == REFLECT)
    assert (step.target, step.reason) == (REASONING, "something has to change")


async def test_it_sees_the_goal_and_the_last_call_with_its_result_and_not_the_whole_trajectory() -> None:
    model = make_model(3)
    await make_brain(model).run(GOAL)

    for number, prompt in enumerate(find_reflections(model), start=1):
        call = f'I look into box {number}.\n{{"name": "look", "args": {{"box": {number}}}}}'
        assert [m["role"] for m in prompt] == ["system", "user", "assistant", "user"]
        assert [m["content"] for m in prompt[1:3]] == [GOAL, call]
        assert prompt[3]["content"].startswith('<observation tool="look" status="f')
        assert prompt[3]["content"].count("box") == 1


async def test_the_next_thought_sees_the_reflection_after_the_result() -> None:
    model = make_model(1, "Box 1 is of no use.\nVerdict: revise")
    result = await make_brain(model).run(GOAL)

    kinds = [item.kind for item in result.env.log]
    K = ItemKind
    assert kinds == [K.GOAL, K.THOUGHT, K.ACTION, K.REFLECTION, K.THOUGHT, K.ANSWER]
    assert "Box 1 is of no use." in model.calls[2][-2]["content"]


@pytest.mark.parametrize(
    ("when", "reflected"), [("'always'", [1, 2, 3, 4]), ("'on_error'", [2]), ("2", [2, 4]), ("3", [3]), ("9", [])]
)
async def test_it_reflects_where_it_is_told_to(when: str, reflected: list[int]) -> None:
    model = make_model(4)
    result = await make_brain(model, f"refact(when={when})").run(GOAL)

    assert result.usage.model_calls == 4 + 1 + len(reflected)
    assert [call[-1]["content"].count("box 4 holds") for call in find_reflections(model)] == [
        int(number == 4) for number in reflected
    ]


async def test_after_every_second_turn_it_sees_both() -> None:
    model = make_model(4)
    await make_brain(model, "refact(when=2)").run(GOAL)

    assert [count_results(prompt) for prompt in find_reflections(model)] == [2, 2]


@pytest.mark.parametrize(("when", "told"), [("'always'", [0, 1, 2, 3]), ("'on_error'", [2]), ("2", [2])])
async def test_inline_it_is_told_to_reflect_where_that_is_due(when: str, told: list[int]) -> None:
    model = make_model(3)
    await make_brain(model, f"refact_inline(when={when})").run(GOAL)

    assert [n for n, call in enumerate(model.calls) if WORDS["inline"] in call[-1]["content"]] == told


async def test_a_reflection_of_no_words_goes_on() -> None:
    result = await make_brain(make_model(2, "")).run(GOAL)

    assert (result.answer, result.usage.model_calls) == ("That was all.", 5)
    assert all(item.kind is not ItemKind.REFLECTION for item in result.env.log)


async def test_the_bound_on_thoughts_ends_it() -> None:
    brain = make_brain(make_model(9), "refact(steps_max=3)", store=MemoryStore())
    result = await brain.run(GOAL, run_id="r")

    assert (result.answer, result.status) == ("the answer asked for", Status.LIMITED)
    assert result.usage.model_calls == 2 * 2 + 1 + 1
    assert (await find_path(brain.store)).count(REFLECT) == 2


@pytest.mark.parametrize("calls", range(1, 8))
async def test_a_limit_of_calls_is_met_with_an_answer(calls: int) -> None:
    result = await make_brain(make_model(9), limits=Limits(model_calls=calls)).run(GOAL)

    assert (result.answer, result.status) == ("the answer asked for", Status.LIMITED)
    assert result.usage.model_calls == calls


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("net", ["refact", "refact(when='on_error')", "refact(when=2)", "refact_inline"])
async def test_a_run_killed_anywhere_comes_to_the_same_end(net: str, wire: str) -> None:
    store = MemoryStore()

    def make() -> Brain:
        return make_brain(make_model(3, native=wire == "native"), net, store=store, wire=wire)

    await check_resumes(make, await make().run(GOAL, run_id="r"))


async def test_over_tool_calls_each_call_stays_beside_its_result() -> None:
    model = make_model(3, native=True)
    await make_brain(model, wire="native").run(GOAL)

    for prompt in model.calls:
        for before, message in pairwise(prompt):
            assert bool(before.get("tool_calls")) == (message["role"] == "tool")
    for prompt in find_reflections(model):
        assert [m["role"] for m in prompt] == ["system", "user", "assistant", "tool", "user"]
        assert not prompt[2]["content"], "an earlier reflection is none of the last action's"


def test_the_net_has_the_moves_that_its_table_says() -> None:
    table = {source: frozenset(row) for source, row in MOVES.items()}
    assert dict(make_refact(WORDS, when="on_error").table) == table
    assert dict(make_refact(WORDS).table) == {**table, ACTION: {REFLECT}}
    assert REFLECT not in make_refact_inline(WORDS).table


async def test_every_move_of_its_table_can_be_walked() -> None:
    first, second = (json.dumps({"name": "look", "args": {"box": box}}) for box in (1, 2))
    broken = "<tool_call>look</tool_call>"
    turns = [broken, first, second, "Verdict: go on", second, "Verdict: answer", "So."]
    walked: set[tuple[str, str]] = set()
    for replies in (turns, ["That was all."]):
        brain = make_brain(ScriptedModel(replies), "refact(when='on_error')", store=MemoryStore())
        await brain.run(GOAL, run_id="r")
        walked |= set(pairwise([REASONING, *await find_path(brain.store)])) | {(ANSWER, END)}

    assert walked == {(str(source), str(target)) for source, row in MOVES.items() for target in row}


@pytest.mark.parametrize("net", ["refact", "refact_inline"])
@pytest.mark.parametrize("when", ["'sometimes'", "0", "True"])
def test_a_time_that_is_none_is_refused(net: str, when: str) -> None:
    with pytest.raises(SetupError, match="wanted 'always', 'on_error', or a number of turns"):
        make_brain(ScriptedModel([]), f"{net}(when={when})")

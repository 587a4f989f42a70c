"""Every limit is a move to the state that answers from what is known."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import SetupError, TimeUp
from agent_brain.core.items import FaultKind, ItemKind, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.records import Status
from agent_brain.core.state import END, State, StateType
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.react import react, react_brief
from agent_brain.nets.reasoning import ReasoningState
from agent_brain.tools.function_tool import tool

NAN = float("nan")


@tool
async def step(number: int) -> str:
    """Take a step."""
    return f"step {number} was taken"


@tool
async def sleep(seconds: float) -> str:
    """Sleep."""
    await asyncio.sleep(seconds)
    return "slept"


def restless(messages: Any) -> str:
    """A model that never stops asking for another step, until it is told to answer."""
    if "<instruction>" in messages[-1]["content"]:
        return f"I was stopped after {len(messages)} messages."
    return f'{{"name": "step", "args": {{"number": {len(messages)}}}}}'


async def run(limits: Limits, script: Any = restless, net: Any = react) -> Result:
    return await Brain(net, model=ScriptedModel(script), tools=[step, sleep], limits=limits).run("Go!")


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(model_calls=4), "the limit of 4 model calls was reached"),
        (Limits(tool_calls=3), "the limit of 3 tool calls was reached"),
        (Limits(steps=5), "the limit of 5 steps was reached"),
        (Limits(tokens=50), "the limit of 50 tokens was reached"),
    ],
)
async def test_a_limit_ends_in_an_answer(limits: Limits, sentence: str) -> None:
    result = await run(limits)

    assert (result.status, result.env.limit) == (Status.LIMITED, sentence)
    assert result.answer.startswith("I was stopped")


async def test_the_answering_call_is_kept_back_from_the_limit_on_calls() -> None:
    for calls in range(1, 8):
        result = await run(Limits(model_calls=calls))
        assert result.usage.model_calls == calls
        assert result.usage.tool_calls == calls - 1


async def test_tool_calls_never_pass_their_limit() -> None:
    result = await run(Limits(tool_calls=3))

    assert result.usage.tool_calls == 3


async def test_the_limit_of_reasoning_steps_leads_to_the_answer() -> None:
    net = react.extend("short", {StateType.REASONING: ReasoningState(steps_max=2)})
    result = await run(Limits(), net=net)

    assert (result.status, result.usage.tool_calls) == (Status.LIMITED, 1)
    assert result.env.limit == "the limit of 2 reasoning steps was reached"


async def test_the_same_action_is_carried_out_only_so_often_in_a_row() -> None:
    result = await run(Limits(repeats=2), ['{"name": "step", "args": {"number": 1}}'] * 3 + ["It does not help."])

    assert (result.status, result.usage.tool_calls) == (Status.LIMITED, 2)
    assert "more than 2 times in a row" in result.env.limit


async def test_actions_that_differ_are_no_repetition() -> None:
    script = [f'{{"name": "step", "args": {{"number": {n % 2}}}}}' for n in range(6)] + ["Done.", "Done."]
    result = await run(Limits(repeats=1), script)

    assert result.status is Status.ANSWERED


async def test_faults_in_a_row_are_bounded_and_counted_by_kind() -> None:
    script = ['{"name": "stp", "args": {}}', '{"name": "step", "args": {"number": "x"}}', "", "I could not do it."]
    result = await run(Limits(faults=3), script)

    assert result.status is Status.LIMITED
    assert result.env.faults == {FaultKind.UNKNOWN_TOOL: 1, FaultKind.WRONG_ARGUMENTS: 1, FaultKind.EMPTY: 1}


async def test_time_that_runs_out_in_a_tool_leaves_an_unknown_outcome_and_an_answer() -> None:
    result = await run(Limits(seconds=0.05), ['{"name": "sleep", "args": {"seconds": 30}}', "It took too long."])

    [action] = [item for item in result.env.log if item.kind is ItemKind.ACTION]
    assert action.outcome is not None
    assert action.outcome.status is OutcomeStatus.UNKNOWN
    assert (result.status, result.answer) == (Status.LIMITED, "It took too long.")


async def test_time_that_runs_out_in_the_answer_too_fails_the_run_with_its_env() -> None:
    class Stalled:
        name = "stalled"

        async def stream(self, messages: Any) -> Any:
            await asyncio.sleep(30)
            yield

    brain = Brain(model=Stalled(), limits=Limits(seconds=0.02, answer_seconds=0.02))
    result = await brain.run("Go!")

    assert (result.status, type(result.error)) == (Status.FAILED, TimeUp)


async def test_a_limit_is_told_to_the_model_that_answers() -> None:
    model = ScriptedModel(restless)
    await Brain(model=model, tools=[step], limits=Limits(model_calls=2)).run("Go!")

    assert "the limit of 2 model calls was reached" in model.calls[-1][-1]["content"]


async def test_a_brief_answer_asks_the_model_where_a_limit_cut_it_off() -> None:
    cut = await run(Limits(model_calls=3), net=react_brief)
    whole = await run(Limits(), ["It is done."], net=react_brief)

    assert cut.answer.startswith("I was stopped")
    assert (whole.answer, whole.usage.model_calls) == ("It is done.", 1)


@pytest.mark.parametrize(
    "wrong",
    [{"model_calls": 0}, {"model_calls": 1.5}, {"seconds": -1.0}, {"seconds": "5"}, {"repeats": -3}, {"seconds": NAN}],
)
def test_a_bound_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SetupError, match=r"wanted None or a (whole )?number of at least"):
        Limits(**wrong)


@pytest.mark.parametrize("wrong", [{"model_calls": True}, {"answer_seconds": None}])
def test_a_bound_that_only_looks_like_one_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SetupError, match="wanted"):
        Limits(**wrong)


async def test_an_action_of_an_earlier_question_is_no_repeat() -> None:
    brain = Brain(model=ScriptedModel(once_a_question), tools=[step], limits=Limits(repeats=1))
    first = await brain.run("Take the step.")
    second = await brain.run("Take the step again.", after=first.env)

    assert second.status is Status.ANSWERED


def once_a_question(messages: Any) -> str:
    """A model that takes the very same step for every question."""
    return "Taken." if messages[-1]["content"].startswith("<") else '{"name": "step", "args": {"number": 1}}'


async def test_after_a_limit_the_way_from_the_finishing_state_is_walked_to_its_end() -> None:
    net = two_lasts(lambda env: END)
    result = await run(Limits(steps=1), net=net)

    assert (result.status, result.answer) == (Status.LIMITED, "polished")


async def test_after_a_limit_a_run_that_does_not_end_fails() -> None:
    net = two_lasts(lambda env: "answer")
    result = await run(Limits(steps=1), net=net)

    assert result.status is Status.FAILED
    assert str(result.error).startswith("the limit of 1 step was reached, and answer did not lead to the end")


class Going(State):
    """Says a word and goes where it is told; its code alone knows where."""

    def __init__(self, word: str, choose: Callable[[MemoryEnv], str]) -> None:
        self.word, self.choose = word, choose

    visits_max = 1000

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[str, None]:
        yield self.word
        env.add(ItemKind.ANSWER, self.word)

    async def _transition(self, env: MemoryEnv) -> None:
        target = self.choose(env)
        if target == END:
            env.done = True
        else:
            env.set_state(target)


def two_lasts(choose: Callable[[MemoryEnv], str]) -> Net:
    """A net whose finishing state is not its last one."""
    states = {
        "start": Going("...", lambda env: "start"),
        "answer": Going("plain", lambda env: "polish"),
        "polish": Going("polished", choose),
    }
    moves = {"start": {"start", "answer"}, "answer": {"polish"}, "polish": {"answer", END}}
    return Net("two_lasts", states, moves, start="start")


class Relaying(Going):
    """Lets through what another brain's run has raised."""

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[str, None]:
        yield self.word
        raise TimeUp("the other brain's time is up")


async def test_a_time_limit_of_another_brain_is_not_taken_for_the_run_s_own() -> None:
    net = Net("relaying", {"answer": Relaying("asking", lambda env: END)}, {"answer": {END}}, start="answer")
    result = await run(Limits(seconds=None), net=net)

    assert (str(result.error), result.env.limit) == ("the other brain's time is up", "")

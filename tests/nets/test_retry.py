"""Direct, retry, warming, escalation: moves, bounds, calls, what a try knows, limits, pauses, kills."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, SetupError, Status, tool
from agent_brain.core.errors import AnswerRefused, ModelError, ModelErrorKind
from agent_brain.core.guards import Refuse
from agent_brain.core.items import Message
from agent_brain.core.store import Store
from agent_brain.evaluators.matching import exact
from agent_brain.nets.retry import MOVES
from agent_brain.tools.asking import ask_person
from agent_brain.wiring.nets import make_net
from nets.sampled import TunedModel
from nets.walking import check_resumes, find_path


def is_right(question: str, answer: str) -> tuple[bool, str]:
    return answer == "right", f"{answer} is wrong"


def make_brain(*replies: str, net: str = "retry", store: Store | None = None, **parts: Any) -> Brain:
    parts = {"evaluator": is_right, "model": ScriptedModel(list(replies)), **parts}
    return Brain(net=net, store=store, **parts)


async def test_direct_takes_one_call_and_is_told_of_no_tools() -> None:
    @tool
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    model = ScriptedModel(["4"])
    result = await Brain(net="direct", model=model, tools=[add]).run("2 + 2?", run_id="r")
    assert (result.answer, result.usage.model_calls) == ("4", 1)
    assert "Add two numbers" not in json.dumps(model.calls)


@pytest.mark.parametrize(
    ("replies", "path", "answer"),
    [
        (["right"], ["judge", "answer"], "right"),
        (["wrong", "right"], ["judge", "attempt", "judge", "answer"], "right"),
        (["wrong", "no", "never"], ["judge", "attempt", "judge", "attempt", "judge", "answer"], "never"),
    ],
)
async def test_retry_makes_each_of_its_moves_in_at_most_n_calls(
    replies: list[str], path: list[str], answer: str
) -> None:
    brain = make_brain(*replies, net="retry(tries=3)")
    result = await brain.run("?", run_id="r")
    assert await find_path(brain.store) == path
    assert (result.answer, result.usage.model_calls) == (answer, len(replies))
    moves = {(source, target) for source, row in MOVES.items() for target in row}
    assert set(zip(["attempt", *path], path, strict=False)) <= moves


async def test_a_try_is_not_shown_the_tries_before_it() -> None:
    model = ScriptedModel(["wrong", "nonsense", "right"])
    await make_brain(model=model).run("What is it?")
    assert model.calls[0] == model.calls[1] == model.calls[2]


async def test_retry_takes_any_net_and_what_that_takes() -> None:
    @tool(read_only=True)
    def look(n: int) -> str:
        """Look."""
        return str(n)

    def reply(messages: Sequence[Message]) -> str:
        shown = json.dumps(messages)
        return "wrong" if "</observation>" in shown else '{"name": "look", "args": {"n": 1}}'

    brain = make_brain(net="retry(react_brief, tries=3)", model=ScriptedModel(reply), tools=[look])
    result = await brain.run("?", run_id="r")
    assert (result.usage.model_calls, result.usage.tool_calls) == (3 * 2, 3)
    (await brain.replay("r")).check()


SHELF: list[str] = []


def put(book: str) -> str:
    """Put a book on the shelf."""
    SHELF.append(book)
    return f"{len(SHELF)} there"


async def test_what_a_try_has_changed_is_undone_before_the_next_one() -> None:
    SHELF.clear()
    model = ScriptedModel(['{"name": "put", "args": {"book": "Emma"}}', "wrong"] * 2)
    brain = make_brain(net="retry(react_brief, tries=2)", model=model, tools=[tool(put, reset=SHELF.clear)])
    await brain.run("?", run_id="r")
    assert SHELF == ["Emma"]
    assert await find_path(brain.store) == ["judge", "reset", "attempt", "judge", "answer"]
    (await brain.replay("r")).check()
    assert SHELF == ["Emma"]


@pytest.mark.parametrize(
    "net", ["retry(react)", "warming(react)", "self_consistency(react)", "verifier(react)", "debate(react)"]
)
def test_tools_of_which_another_try_finds_traces_are_refused(net: str) -> None:
    with pytest.raises(SetupError, match=r"read_only=True where .* put|put has changed"):
        make_brain(net=net, tools=[tool(put)])
    option = "resets=False" if net.startswith(("retry", "warming")) else "shares_tools=True"
    make_brain(net=net.replace(")", f", {option})"), tools=[tool(put)])


def test_tries_that_use_no_tools_are_not_asked_what_the_tools_change() -> None:
    assert "reset" not in make_brain(net="retry", tools=[tool(put)]).net.states
    make_brain(net="self_consistency(plan_solve)", tools=[tool(put)])


async def test_warming_raises_the_temperature_from_try_to_try() -> None:
    model = TunedModel(lambda _: "wrong")
    await make_brain(net="warming(tries=3)", model=model).run("?")
    await make_brain(net="warming(tries=2, first=0.2, last=1)", model=model).run("?")
    assert [options["temperature"] for options in model.asked] == [0.0, 0.25, 0.5, 0.2, 1.0]


async def test_retry_asks_as_its_models_are_unless_it_is_given_a_temperature() -> None:
    model = TunedModel(lambda _: "right")
    await make_brain(model=model).run("?")
    await make_brain(net="retry(temperature=0.0)", model=model).run("?")
    assert model.asked == [{}, {"temperature": 0.0}]


async def test_escalation_asks_the_next_model_after_each_failure() -> None:
    models = [ScriptedModel(lambda _: "wrong", name=name) for name in ("small", "medium", "large")]
    brain = make_brain(net="escalation(tries=4)", model=models)
    await brain.run("?", run_id="r")
    assert [len(model.calls) for model in models] == [1, 1, 2]
    replay = await brain.replay("r")
    replay.check()
    assert [note for inner in replay.inside for note in inner.notes] == []


async def test_escalation_asks_the_models_of_roles() -> None:
    small, large = (ScriptedModel(lambda _: "wrong", name=name) for name in ("small", "large"))
    net = 'escalation(tries=2, roles="answering default")'
    await make_brain(net=net, model=large, answering_model=small).run("?")
    assert (len(small.calls), len(large.calls)) == (1, 1)


def test_escalation_with_one_model_is_refused() -> None:
    with pytest.raises(SetupError, match="there is only one: give several in order"):
        make_brain(net="escalation")


@pytest.mark.parametrize("net", ["retry(tries=0)", "retry(tries=True)", "warming(tries=1.5)", "retry(times=3)"])
def test_options_that_make_no_sense_are_refused(net: str) -> None:
    with pytest.raises(SetupError):
        make_net(net)


async def test_a_run_killed_after_any_commit_comes_to_the_same_end() -> None:
    store = MemoryStore()

    def make() -> Brain:
        def judge(question: str, answer: str) -> bool:
            return False

        return make_brain(net="retry(tries=3)", model=ScriptedModel(lambda _: "wrong"), evaluator=judge, store=store)

    whole = await make().run("?", run_id="r")
    await check_resumes(make, whole)


async def test_a_try_that_waits_for_a_person_goes_on_with_the_reply(tmp_path: Path) -> None:
    asks = '{"name": "ask_person", "args": {"question": "Who?"}}'

    def reply(messages: Sequence[Message]) -> str:
        shown = json.dumps(messages)
        return asks if "</observation>" not in shown else "right" if "Bob" in shown else "wrong"

    def make() -> Brain:
        return Brain(
            "retry(react_brief)",
            model=ScriptedModel(reply),
            tools=[ask_person],
            evaluator=is_right,
            store=tmp_path / "runs.db",
        )

    first = await make().run("?", run_id="r")
    [pause] = first.pauses
    second = await make().go_on("r", {pause.pause_id: "Ann"})
    [pause] = second.pauses
    third = await make().go_on("r", {pause.pause_id: "Bob"})
    assert (third.answer, third.env.visits["attempt"]) == ("right", 2)
    (await make().replay("r")).check()


@pytest.mark.parametrize("calls", range(1, 7))
async def test_a_limit_on_calls_is_kept_and_the_last_try_is_the_answer(calls: int) -> None:
    brain = make_brain(net="retry(tries=4)", model=ScriptedModel(lambda _: "wrong"), limits=Limits(model_calls=calls))
    result = await brain.run("?", run_id="r")
    assert result.answer == "wrong"
    assert result.usage.model_calls <= calls
    assert result.status is (Status.LIMITED if calls < 5 else Status.ANSWERED)
    (await brain.replay("r")).check()


async def test_a_person_is_asked_for_more_before_the_tries_end() -> None:
    brain = make_brain("wrong", "no", "right", net="retry(tries=3)", limits=Limits(model_calls=3), asks_for_more=True)
    waiting = await brain.run("?", run_id="r")
    [pause] = waiting.pauses
    assert ("the limit of 3 model calls was reached: how much more?" in pause.text, waiting.usage.model_calls) == (
        True,
        2,
    )
    assert (await brain.go_on("r", {pause.pause_id: 2})).answer == "right"


async def test_a_try_that_fails_is_no_wrong_answer_and_goes_on_when_the_run_does() -> None:
    store = MemoryStore()
    failed = await make_brain(model=ScriptedModel([ModelError(ModelErrorKind.QUOTA, "no money")]), store=store).run(
        "?", run_id="r"
    )
    result = await make_brain("right", store=store).go_on("r")
    assert "failed inside: no money" in str(failed.error)
    assert (result.answer, result.env.visits["attempt"]) == ("right", 1)


async def test_the_tries_of_an_earlier_question_are_not_judged_again() -> None:
    asked: list[str] = []

    def judge(question: str, answer: str) -> bool:
        asked.append(question.splitlines()[0])
        return answer == "right"

    brain = make_brain("wrong", "right", "right", evaluator=judge)
    first = await brain.run("?")
    second = await brain.run("And?", after=first.env)
    assert (second.answer, asked) == ("right", ["?", "?", "And?"])
    assert [found.seq for found in second.judgements] == [5]


async def test_who_judges_a_further_question_knows_the_one_before_it() -> None:
    asked: list[str] = []
    judge = lambda question, answer: not asked.append(question)  # type: ignore[func-returns-value]  # noqa: E731
    brain = make_brain("Paris", "Rome", evaluator=judge)
    first = await brain.run("The capital of France?")
    await brain.run("And of Italy?", after=first.env)
    assert asked[0] == "The capital of France?"
    assert asked[1].startswith("And of Italy?")
    assert "The capital of France?" in asked[1]


class Number(BaseModel):
    """A number."""

    number: int


async def test_the_tries_of_a_typed_brain_are_values_and_nobody_is_asked_once_more() -> None:
    model = ScriptedModel(['{"number": 3}', "It is four.", '{"number": 4}'])
    judge = lambda _, answer: json.loads(answer)["number"] == 4  # noqa: E731
    brain = Brain("retry", model=model, evaluator=judge, answer_type=Number)
    result = await brain.run("2 + 2?", run_id="r")
    assert (result.value, result.usage.model_calls) == (Number(number=4), 3)
    (await brain.replay("r")).check()


async def test_the_instructions_of_a_brain_are_those_of_its_tries() -> None:
    model = ScriptedModel(["right", "right"])
    await make_brain(model=model, net="retry(retry)", instructions="Speak like a sailor.").run("?")
    assert model.calls[0][0]["content"].startswith("Speak like a sailor.")


async def test_an_answer_that_a_guard_refuses_is_written_anew() -> None:
    guard = lambda text, _: Refuse("no wrong answers") if text == "wrong" else None  # noqa: E731
    brain = make_brain("wrong", "a better one", net="retry(tries=1)", before_answer=guard)
    assert (await brain.run("?")).answer == "a better one"
    stubborn = make_brain("wrong", "wrong", net="retry(tries=1)", before_answer=guard)
    assert isinstance((await stubborn.run("?")).error, AnswerRefused)


async def test_an_oracle_inside_of_a_try_is_told_of_outside() -> None:
    brain = make_brain(
        net="self_consistency(retry(direct, tries=2), samples=2)",
        model=ScriptedModel(lambda _: "right"),
        evaluator=exact("right"),
    )
    result = await brain.run("?", run_id="r")
    assert result.env.board["oracles"] == ["exact"]
    (await brain.replay("r")).check()


async def test_an_oracle_inside_of_a_tool_is_told_of_outside() -> None:
    judged = make_brain("right", evaluator=exact("right"))
    asks = '{"name": "judged", "args": {"question": "?"}}'
    brain = Brain(
        "react", model=ScriptedModel([asks, "It is right.", "Right."]), tools=[judged.as_tool("judged", "Knows.")]
    )
    result = await brain.run("?", run_id="r")
    assert result.oracles == list((await brain.story("r")).oracles) == ["exact"]
    (await brain.replay("r")).check()


@pytest.mark.parametrize("limits", [Limits(model_calls=2), Limits(tokens=1)])
async def test_a_try_that_has_spent_all_and_whose_process_died_has_answered(limits: Limits) -> None:
    store = MemoryStore()
    whole = await make_brain("wrong", store=store, limits=limits).run("?", run_id="r")
    assert (whole.status, whole.answer) == (Status.LIMITED, "wrong")
    await check_resumes(lambda: make_brain("wrong", store=store, limits=limits), whole)

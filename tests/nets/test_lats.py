"""Tree search of agents: moves, calls, values, restored worlds, bounds, lessons, limits, kills and replays."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.chat import Reply
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.core.items import ItemKind, Message, ReplyCall
from agent_brain.evaluators.model import ModelEvaluator
from agent_brain.models.scripted import Line
from nets.planners import show
from nets.sampled import TunedModel
from nets.seeking import FINAL, REFLECT, VERDICT, Seeker, find_memory, look, make_brain
from nets.walking import check_resumes, find_path

BRANCH = ["reset", "restore", "expand"]
TRAJECTORY = [*BRANCH, *BRANCH, "evaluate", "reset", "restore", "simulate", "judge", "backprop"]


async def test_it_branches_values_walks_on_is_judged_and_learns() -> None:
    brain = make_brain(net="lats(trajectories=2)")
    result = await brain.run("Where?", run_id="r")
    path = ["select", *await find_path(brain.store)]
    assert path == ["select", *TRAJECTORY, "reflect", "select", *TRAJECTORY, "answer"]
    assert result.status is Status.ANSWERED
    (await brain.replay("r")).check()


async def test_an_answer_that_passes_ends_the_search() -> None:
    brain = make_brain(evaluator=lambda question, answer: True)
    result = await brain.run("Where?", run_id="r")
    assert await find_path(brain.store) == [*TRAJECTORY, "answer"]
    assert (result.answer, result.usage.model_calls) == ("Answer 4", 2 + 2 + 2)


@pytest.mark.parametrize("trajectories", [1, 2, 4])
@pytest.mark.parametrize("branches", [1, 2, 3])
@pytest.mark.parametrize("samples", [1, 2])
@pytest.mark.parametrize("looks", [1, 3])
async def test_it_takes_the_calls_of_its_formula(trajectories: int, branches: int, samples: int, looks: int) -> None:
    net = f"lats(trajectories={trajectories}, branches={branches}, samples={samples}, walk=4, depth=9)"
    result = await make_brain(ScriptedModel(Seeker(looks)), net).run("Where?")
    walked = looks + 1
    expected = trajectories * (branches + branches * samples + walked) + trajectories - 1
    assert result.usage.model_calls == expected


async def test_a_walk_that_finds_no_end_is_asked_for_its_answer() -> None:
    result = await make_brain(ScriptedModel(Seeker(99)), "lats(trajectories=1, walk=3)").run("Where?")
    assert (result.answer, result.usage.model_calls) == ("I was stopped.", 2 + 2 + 3 + 1)


async def test_the_calls_of_an_evaluator_are_counted_in() -> None:
    judge = ModelEvaluator(ScriptedModel(lambda _: '{"passed": false, "value": 0, "feedback": "Wrong."}'))
    result = await make_brain(net="lats(trajectories=2)", evaluator=judge).run("Where?")
    assert result.usage.model_calls == 2 * (2 + 2 + 2 + 1) + 1


async def test_branches_that_do_the_same_are_valued_once_by_how_many_they_are() -> None:
    model = ScriptedModel(lambda messages: "Verdict: sure" if VERDICT in show(messages) else "It is 42.")
    result = await make_brain(model, "lats(branches=3, weight=0.5)").run("Where?")
    node = result.env.board["node: 1"]
    assert (node["drawn"], node["visits"], node["total"]) == (3, 2, 1.0)  # its value, and a reward of nothing
    assert result.usage.model_calls == 3 + 1


@pytest.mark.parametrize(("weight", "value"), [(1.0, 1.0), (0.0, 0.5), (0.8, 0.9)])
async def test_a_value_is_of_the_verdicts_and_of_the_share_of_equal_branches(weight: float, value: float) -> None:
    model = ScriptedModel(Seeker(verdict="sure"))
    result = await make_brain(model, f"lats(trajectories=1, weight={weight})").run("Where?")
    totals = [result.env.board[f"node: {place}"]["total"] for place in (1, 2)]
    assert totals == pytest.approx([value, value])  # the reward was 0


async def test_it_walks_on_from_the_branch_with_the_best_verdict() -> None:
    seeker = Seeker()

    def reply(messages: Sequence[Message]) -> str:
        is_best = VERDICT in show(messages) and "p2" in show(messages)
        return "Verdict: sure" if is_best else seeker(messages)

    model = ScriptedModel(reply)
    await make_brain(model, "lats(trajectories=1)").run("Where?")
    assert "nothing at p2" in find_memory(model.calls[4], "path")


async def test_a_branch_sees_the_question_its_path_and_lessons_and_nothing_of_the_others() -> None:
    model = ScriptedModel(Seeker())
    await make_brain(model, "lats(trajectories=2)").run("Where?")
    first, second = model.calls[:2]
    assert first == second
    further = next(messages for messages in model.calls[7:] if VERDICT not in show(messages))
    assert find_memory(further, "lessons") == "Lesson 1."
    assert "p2" not in show(further) or "p1" not in show(further)
    assert "trail" not in show(further)


async def test_branches_are_drawn_with_a_temperature_of_their_own() -> None:
    model = TunedModel(Seeker())
    await make_brain(model, "lats(trajectories=1, temperature=0.3)").run("Where?")
    assert model.asked[:2] == [{"temperature": 0.3}] * 2


async def test_branches_are_drawn_at_the_same_time_where_that_is_wanted() -> None:
    brain = make_brain(net="lats(trajectories=1, branches=3, at_once=2)")
    result = await brain.run("Where?", run_id="r")
    assert (await find_path(brain.store)).count("expand") == 2
    assert result.usage.model_calls == 3 + 3 + 2


def test_without_an_evaluator_it_is_refused() -> None:
    with pytest.raises(SetupError, match="says whether an answer is good"):
        make_brain(evaluator=None)


async def test_the_authors_loops_can_be_endless_and_a_tree_that_is_searched_ends_this_one() -> None:
    model = ScriptedModel(lambda messages: "Verdict: sure" if VERDICT in show(messages) else "It is 42.")
    brain = make_brain(model, "lats(trajectories=50)")
    result = await brain.run("Where?", run_id="r")
    assert (result.answer, result.status) == ("It is 42.", Status.ANSWERED)
    assert (await find_path(brain.store)).count("judge") == 1


@pytest.mark.parametrize("depth", [1, 2])
async def test_a_tree_of_a_depth_is_no_deeper_and_ends(depth: int) -> None:
    brain = make_brain(net=f"lats(trajectories=30, branches=2, depth={depth})")
    result = await brain.run("Where?", run_id="r")
    assert (await find_path(brain.store)).count("judge") == {1: 2, 2: 5}[depth]
    assert result.status is Status.ANSWERED
    assert result.env.board["node: 0"]["is_closed"]


async def test_replies_that_cannot_be_read_end_too() -> None:
    def reply(messages: Sequence[Message]) -> str:
        return "I was stopped." if FINAL in messages[-1]["content"] else '{"name": "look", "args": {"place"'

    result = await make_brain(ScriptedModel(reply), "lats(trajectories=3)").run("Where?")
    assert (result.answer, result.status) == ("I was stopped.", Status.ANSWERED)


async def test_the_authors_code_runs_hidden_tests_on_the_way_and_here_each_answer_is_judged_once() -> None:
    asked: list[str] = []
    model = ScriptedModel(Seeker())

    def judge(question: str, answer: str) -> Any:
        asked.append(answer)
        return False, "SECRET of the tests"

    result = await make_brain(model, "lats(trajectories=3)", evaluator=judge).run("Where?")
    answers = [item.text for item in result.env.log if item.kind is ItemKind.THOUGHT]
    assert asked == answers
    assert len(asked) == 3
    told = [messages for messages in model.calls if "SECRET" in show(messages)]
    assert len(told) == 2
    assert all(REFLECT in messages[-1]["content"] for messages in told)


async def test_the_best_answer_is_given_where_none_passed() -> None:
    values = iter([0.2, 0.9, 0.4])
    result = await make_brain(net="lats(trajectories=3)", evaluator=lambda question, answer: next(values)).run("Where?")
    answers = [item.text for item in result.env.log if item.kind is ItemKind.THOUGHT]
    assert result.answer == answers[1]


async def test_the_authors_code_keeps_reflections_for_all_questions_and_here_a_run_has_its_own() -> None:
    def reply(messages: Sequence[Message]) -> str:
        question = show(messages).split("?", 1)[0]
        return f"Lesson of {question}." if REFLECT in show(messages) else Seeker()(messages)

    model = ScriptedModel(reply)
    brain = make_brain(model)
    await asyncio.gather(brain.run("Red?"), brain.run("Blue?"))
    for messages in model.calls:
        own, other = ("Red", "Blue") if show(messages).startswith("Red") else ("Blue", "Red")
        assert f"Lesson of {other}" not in show(messages), own
    assert any("Lesson of Red" in show(messages) for messages in model.calls)


async def test_a_further_question_begins_at_the_root_and_without_lessons() -> None:
    model = ScriptedModel(Seeker())
    brain = make_brain(model, "lats(trajectories=2)")
    first = await brain.run("Where?")
    place = len(model.calls)
    second = await brain.run("And then?", after=first.env)
    assert first.usage.model_calls == place
    assert second.usage.model_calls == place
    assert find_memory(model.calls[place], "lessons") == find_memory(model.calls[place], "path") == ""


@pytest.mark.parametrize("most", range(2, 27))
async def test_a_budget_in_the_middle_is_kept_and_answered(most: int) -> None:
    result = await make_brain(limits=Limits(model_calls=most)).run("Where?")
    assert result.usage.model_calls <= most
    assert result.status is Status.LIMITED
    assert result.answer.startswith("Answer ") or result.answer == "I was stopped."


@pytest.mark.parametrize("most", range(2, 10))
async def test_a_budget_that_lets_only_some_branches_begin_is_kept_and_answered(most: int) -> None:
    brain = make_brain(net="lats(branches=4, at_once=4)", limits=Limits(model_calls=most))
    result = await brain.run("Where?", run_id="r")
    (await brain.replay("r")).check()
    assert result.usage.model_calls <= most
    assert (result.answer, result.status) == ("I was stopped.", Status.LIMITED)


async def test_a_branch_that_fails_lets_the_run_fail() -> None:
    no_key = ModelError(ModelErrorKind.AUTHENTICATION, "no key")
    result = await make_brain(ScriptedModel(lambda _: no_key)).run("Where?")
    assert result.status is Status.FAILED


@pytest.mark.parametrize(
    "options", ["trajectories=0", "branches=0", "depth=0", "walk=0", "samples=0", "lessons=0", "at_once=0"]
)
def test_a_search_of_nothing_is_refused(options: str) -> None:
    with pytest.raises(SetupError, match=r"is 0; wanted .*at least 1"):
        make_brain(net=f"lats({options})")


@pytest.mark.parametrize("options", ["weight=2", "exploration=-1", "temperature=-1"])
def test_weights_that_make_no_sense_are_refused(options: str) -> None:
    with pytest.raises(SetupError, match="wanted"):
        make_brain(net=f"lats({options})")


def go(messages: Sequence[Message], *, native: bool) -> Line:
    """Looks somewhere that follows from its path and lessons; a function of what it is shown."""
    shown = show(messages)
    path, lessons = find_memory(messages, "path"), find_memory(messages, "lessons")
    if VERDICT in shown:
        return "Verdict: likely"
    if REFLECT in shown:
        return f"Lesson {lessons.count('Lesson') + 1}."
    place = f"l{lessons.count('Lesson')}d{path.count('Observation')}"
    if "</observation>" in shown or any(message["role"] == "tool" for message in messages):
        return f"It is at {place}."
    if native:
        return Reply("I look.", calls=(ReplyCall("look", json.dumps({"place": place})),))
    return f"I look. {json.dumps({'name': 'look', 'args': {'place': place}})}"


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_it_resumes_wherever_it_was_killed_and_replays_the_same(wire: str) -> None:
    store = MemoryStore(keep=1000)
    marked = tool(look.function, name="look", reset=lambda: None)

    def make() -> Brain:
        model = ScriptedModel(lambda messages: go(messages, native=wire == "native"))
        return make_brain(model, "lats(trajectories=2)", store=store, wire=wire, tools=[marked])

    await check_resumes(make, await make().run("Where?", run_id="r"), same_steps=False)

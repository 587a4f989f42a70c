"""BFCL's tasks, its checker in a process of its own, and our own rules where that is not there."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent_brain import Brain, ScriptedModel
from agent_brain.core.chat import Reply
from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Score
from agent_brain.core.items import ReplyCall
from agent_brain.core.run_evaluating import judge_run
from agent_brain.lab.arms.offering import offer_tools
from agent_brain.lab.judging import make_task_evaluator
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.sources import read_tasks
from counterparts.worlds import close_world
from lab.tasks.bfcl_double import CLOSE, FILES, write_package

Call = tuple[str, Mapping[str, Any]]
OPEN: Call = ("create_ticket", {"title": "new", "priority": 2})
SHUT: Call = ("close_ticket", {"ticket_id": 1})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_package(tmp_path)


def read_one(data: Path, category: str, **options: Any) -> Task:
    (task,) = read_tasks(data / f"BFCL_v4_{category}.json", "bfcl", **options)
    return task


async def run(task: Task, turns: Sequence[Sequence[Sequence[Call]]], answer: str = "Done.") -> tuple[str, Score]:
    """Who judged, and what is said of a run that makes in each turn these calls, a list for each reply."""
    world = task.make_world() if task.make_world else None
    tools = task.tools if world is None else world.tools
    env = None
    try:
        for turn, (prompt, replies) in enumerate(zip(task.turns, turns, strict=True)):
            said = [make_reply(calls) for calls in replies]
            offered = offer_tools(tools, task, turn)
            brain = Brain("react_brief", "messages", ScriptedModel([*said, answer]), offered, wire="native")
            env = (await brain.run(prompt, after=env)).env
        assert env is not None
        evaluator = make_task_evaluator("exact", task)
        return evaluator.name, await judge_run(evaluator, task.turns[-1], env, world)
    finally:
        await close_world(world)


def make_reply(calls: Sequence[Call]) -> Reply:
    return Reply("", calls=tuple(ReplyCall(name, json.dumps(args)) for name, args in calls))


@pytest.mark.parametrize(
    ("turns", "passed"),
    [([[[OPEN]], [[SHUT]]], True), ([[[OPEN], [SHUT]], []], False), ([[[SHUT]], [[OPEN]]], False)],
    ids=["as wanted", "in one turn", "in another order"],
)
async def test_calls_of_several_turns_are_judged_by_the_packages_own_checker(
    data: Path, turns: Sequence[Sequence[Sequence[Call]]], passed: bool
) -> None:
    name, score = await run(read_one(data, "multi_turn_base"), turns)
    assert (name, score.passed) == ("bfcl (official)", passed)


@pytest.mark.parametrize(
    ("turns", "passed"),
    [([[[OPEN]], [[SHUT]]], True), ([[[OPEN], [SHUT]], [[SHUT]]], True), ([[[OPEN]], []], False)],
    ids=["as wanted", "called before it was there", "never called"],
)
async def test_a_function_that_is_missed_at_first_comes_with_a_later_turn(
    data: Path, turns: Sequence[Sequence[Sequence[Call]]], passed: bool
) -> None:
    task = read_one(data, "multi_turn_miss_func")
    assert (task.turns, task.tools_from) == (("Open one, and close it.", "There are more now."), {"close_ticket": 1})
    assert (await run(task, turns))[1].passed is passed


def test_without_the_package_what_it_says_is_said_in_words_of_our_own(tmp_path: Path, data: Path) -> None:
    (data.parent / "constants" / "default_prompts.py").unlink()
    task = read_one(data, "multi_turn_miss_func")
    assert task.turns[1].startswith("There are further functions")


@pytest.mark.parametrize(
    ("rules", "answer", "passed"),
    [
        ("official", "1,250 km", True),
        ("official", "1250 km", False),
        ("own", "(About 1,250.)", True),
        ("own", "11250", False),
    ],
)
async def test_what_the_web_is_asked_is_answered_with_the_tools_of_an_arm(
    data: Path, rules: str, answer: str, passed: bool
) -> None:
    task = read_one(data, "web_search", rules=rules)
    assert task.prompt.startswith("End with a short and exact answer")
    assert task.prompt.endswith("\n\nHow long is it?")
    assert not task.tools
    assert (await run(task, [[]], answer))[1].passed is passed


async def test_a_task_is_judged_again_and_again_and_meets_no_instance_of_an_earlier_judgement(data: Path) -> None:
    task = read_one(data, "multi_turn_base")
    for _ in range(2):
        _, score = await run(task, [[[OPEN]], [[SHUT]]])
        assert score == Score(True, 1.0)


async def test_the_world_of_several_turns_is_the_packages_own_class(data: Path) -> None:
    task = read_one(data, "multi_turn_base")
    assert task.make_world is not None
    world = task.make_world()
    assert [spec.name for spec in world.tools.specs] == ["create_ticket", "close_ticket"]
    assert await world.read() == {"TicketAPI": {"tickets": [["old", 1]], "is_long": False}}
    await close_world(world)


async def test_a_world_that_cannot_be_made_is_told(data: Path) -> None:
    (data.parent / "eval_checker" / "multi_turn_eval" / "func_source_code" / "ticket_api.py").write_text(
        "import nothing_"
    )
    task = read_one(data, "multi_turn_base")
    assert task.make_world is not None
    world = task.make_world()
    with pytest.raises(SetupError, match="world cannot be made: ModuleNotFoundError: No module named 'nothing_'"):
        await world.read()
    await close_world(world)


@pytest.mark.parametrize(("rules", "judge"), [("official", "bfcl (official)"), ("own", "bfcl (own rules)")])
async def test_calls_of_one_turn_are_judged_by_either_rules(data: Path, rules: str, judge: str) -> None:
    task = read_one(data, "simple_python", rules=rules)
    assert [tool.spec.name for tool in task.tools] == ["geo_area"]  # no server takes a point in a name
    for call, passed in ((("geo_area", {"base": 3}), True), (("geo_volume", {"base": 3}), False)):
        name, score = await run(task, [[[call]]])
        assert (name, score.passed, score.value) == (judge, passed, float(passed))


async def test_the_calls_of_the_first_reply_count_unless_all_replies_shall(data: Path) -> None:
    both: list[Call] = [("geo_area", {"base": 2}), ("geo_area", {"base": 1})]
    task = read_one(data, "parallel", rules="own")
    all_count = read_one(data, "parallel", evaluator="bfcl(rules='own', reply='all')")
    assert (await run(task, [[both]]))[1].passed
    assert not (await run(task, [[both[:1], both[1:]]]))[1].passed
    assert (await run(all_count, [[both[:1], both[1:]]]))[1].passed


@pytest.mark.parametrize(("category", "is_call_right"), [("live_relevance", True), ("irrelevance", False)])
async def test_where_no_answer_is_given_it_counts_whether_anything_was_called(
    data: Path, category: str, is_call_right: bool
) -> None:
    task = read_one(data, category)
    assert (await run(task, [[[("geo_area", {"base": 1})]]]))[1].passed is is_call_right
    assert (await run(task, [[]]))[1].passed is not is_call_right


async def test_values_of_java_are_asked_for_as_texts_and_judged_by_the_packages_own_checker(data: Path) -> None:
    task = read_one(data, "simple_java")
    assert task.tools[0].spec.parameters["properties"]["sides"] == {
        "type": "string", "description": "All. Write a Java value of type ArrayList of long."
    }  # fmt: skip
    assert await run(task, [[[("Geo_area", {"sides": "[1, 2]"})]]]) == ("bfcl (official)", Score(True, 1.0))
    with pytest.raises(SetupError, match="Java and JavaScript, need BFCL's checker; wanted pip install --no-deps"):
        make_task_evaluator("bfcl(rules='own')", read_one(data, "simple_java", evaluator=""))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("memory", "", "tasks of category 'memory' are not read: its questions are about conversations of days"),
        ("format_sensitivity", "", "tasks of category 'format_sensitivity' are not read: its file lists names"),
        ("odd", '{"id": "memory_kv_0", "question": []}', "line 1: tasks of category 'memory' are not read"),
        ("rest", '{"id": "rest_0", "question": []}', "line 1: tasks of category 'rest' cannot be read; wanted multi_"),
        ("simple_new", '\n{"id": "simple_new_0", "question": []}', "line 2: simple_new_0 has no answer in the folder"),
        ("flat", '{"id": "simple_0", "question": [{"role": "user", "content": "?"}]}', "line 1: an entry of BFCL"),
        ("none", '{"id": "simple_0", "question": null}', "line 1: an entry of BFCL"),
        ("text", '{"id": "simple_0", "question": [[{"content": ["?"]}]]}', "line 1: an entry of BFCL"),
        ("other", '{"name": 1}', "line 1: an entry of BFCL has an id, and as its question a list of turns"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(data: Path, name: str, text: str, told: str) -> None:
    (data / f"BFCL_v4_{name}.json").write_text(text)
    with pytest.raises(SetupError, match=told):
        read_one(data, name)


@pytest.mark.parametrize(
    ("category", "change", "told"),
    [
        ("simple_python", {"function": [3]}, r"line 1: function\[0\] is 3; wanted an object with name"),
        ("simple_python", {"function": [{"name": "f"}]}, r"function\[0\]: there is no description; found: name"),
        ("simple_python", {"function": [CLOSE | {"parameters": []}]}, r"function\[0\]: parameters is \[\]; wanted"),
        ("simple_python", {"function": [CLOSE | {"parameters": {"properties": {"a": 1}}}]}, "a is 1; wanted an object"),
        ("multi_turn_miss_func", {"involved_classes": "TicketAPI"}, "involved_classes is 'TicketAPI'; wanted a list"),
        ("multi_turn_miss_func", {"involved_classes": ["BankAPI"]}, "it involves BankAPI; known are GorillaFileSystem"),
        ("multi_turn_miss_func", {"initial_config": 3}, "initial_config is 3; wanted an object"),
        ("multi_turn_miss_func", {"missed_function": {"2": []}}, "missed_function names turn 2; it has turns 0 to 1"),
        ("multi_turn_miss_func", {"missed_function": {"1": ["clos_ticket"]}}, "did you mean 'close_ticket'"),
        ("multi_turn_miss_func", {"missed_function": {}}, "nothing is said in turn 1, and no function comes with it"),
    ],
)  # fmt: skip
def test_a_field_of_another_kind_is_named_with_its_line(
    data: Path, category: str, change: dict[str, Any], told: str
) -> None:
    entry = FILES[category][0][0]
    (data / f"BFCL_v4_{category}.json").write_text(json.dumps(entry | change))
    with pytest.raises(SetupError, match=told):
        read_one(data, category)


def test_an_answer_that_is_none_is_named_with_its_line(data: Path) -> None:
    (data / "possible_answer" / "BFCL_v4_parallel.json").write_text('{"id": "parallel_0", "ground_truth": 3}')
    with pytest.raises(SetupError, match=r"possible_answer.*line 1: ground_truth is 3; wanted a list"):
        read_one(data, "parallel")

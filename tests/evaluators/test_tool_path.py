"""The calls of a run, compared with those that were wanted."""

from typing import Any

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.items import Action, ItemKind, Observation
from agent_brain.core.records import ActionFinished, ActionStarted, Started, SubRecord
from agent_brain.evaluators.calls import find_calls
from agent_brain.evaluators.tool_path import ToolPath
from evaluators.run_evaluator_contract import RunEvaluatorContract, make_env

WANTED = ["find", {"name": "book", "args": {"seat": 4}}]


class TestToolPath(RunEvaluatorContract):
    """It keeps the contract."""

    good = (make_env([("find", {}), ("book", {"seat": 4.0})], refused=[("pay", {})]), None)
    bad = (make_env([("find", {}), ("book", {"seat": 5})]), None)

    def make(self) -> Evaluator:
        """One that wants two calls."""
        return ToolPath(WANTED)


@pytest.mark.parametrize(
    ("way", "calls", "value"),
    [
        ("order", "ab", 1.0), ("order", "ba", 0.5), ("order", "abc", 0.99), ("order", "", 0.0), ("order", "a", 0.5),
        ("subsequence", "cacbc", 1.0), ("subsequence", "ba", 0.5), ("subsequence", "cc", 0.0),
        ("set", "baab", 1.0), ("set", "abc", 0.99), ("set", "aa", 0.5),
    ],
)  # fmt: skip
async def test_each_way_wants_its_own_likeness(way: str, calls: str, value: float) -> None:
    score = await ToolPath(["a", "b"], way).judge_run("?", make_env([(name, {}) for name in calls]), None)
    assert (score.passed, score.value) == (value == 1, value)


async def test_no_calls_can_be_wanted() -> None:
    assert (await ToolPath([]).judge_run("?", make_env(), None)).passed
    assert not (await ToolPath([]).judge_run("?", make_env([("a", {})]), None)).passed


def test_calls_of_runs_inside_come_after_those_of_the_run() -> None:
    env = make_env([("a", {})])
    action = Action(name="b", args={"x": 1})
    for record in (
        Started("r:step", "react", "", "reasoning", "?"),
        ActionStarted("r:step:1", action, "action"),
        ActionFinished("r:step:1", Observation("ok")),
    ):
        env.update(SubRecord("step", record))
    assert [(call.name, call.args, call.question) for call in find_calls(env)] == [("a", {}, 0), ("b", {"x": 1}, 0)]


def test_a_call_knows_the_question_that_it_was_made_for() -> None:
    env = make_env([("a", {})])
    env.update(Started("r2", "react", "", "reasoning", "and?"))
    env.start_action(Action(name="b"))
    assert [item.kind for item in env.log if item.kind is ItemKind.GOAL] == [ItemKind.GOAL] * 2
    assert [call.question for call in find_calls(env)] == [0, 1]


@pytest.mark.parametrize("right", [None, [3], [{"args": {}}], [{"name": "a", "arguments": {}}], [""]])
def test_what_is_no_way_is_refused(right: Any) -> None:
    with pytest.raises(SetupError, match="wanted a name, or an object with name and args"):
        ToolPath(right)


def test_a_likeness_that_there_is_not_is_refused() -> None:
    with pytest.raises(SetupError, match="wanted one of order, set, subsequence"):
        ToolPath(["a"], "about")

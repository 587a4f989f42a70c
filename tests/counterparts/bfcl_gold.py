"""BFCL's own answers played through runs and judged: `python -m counterparts.bfcl_gold DATA [PYTHON]` prints how many
pass, by its own checker and by our rules. DATA is the folder `bfcl_eval/data` of the package, PYTHON an interpreter
that has what its classes import (mpmath)."""

import ast
import asyncio
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent_brain import Brain, ScriptedModel
from agent_brain.core.chat import Reply
from agent_brain.core.items import ReplyCall
from agent_brain.core.run_evaluating import judge_run
from agent_brain.lab.arms.offering import offer_tools
from agent_brain.lab.judging import make_task_evaluator
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.bfcl_docs import make_name
from agent_brain.lab.tasks.sources import read_tasks
from counterparts.worlds import close_world

Call = tuple[str, Mapping[str, Any]]
PYTHON_CATEGORIES = ("simple_python", "multiple", "parallel", "parallel_multiple", "live_simple", "live_multiple")
TURNS_CATEGORIES = (
    "multi_turn_base", "multi_turn_miss_param", "multi_turn_miss_func", "multi_turn_long_context",
)  # fmt: skip
RULES: Mapping[str, Sequence[str]] = {
    "official": (*PYTHON_CATEGORIES, *TURNS_CATEGORIES, "web_search"),
    "own": (*PYTHON_CATEGORIES, "web_search"),
}
TASKS_MAX = 40
"""Of each category, spread over its file."""


def find_replies(task: Task) -> Iterator[list[list[Call]]]:
    """For each turn the replies with calls that its answer wants."""
    if "answers" in task.answer:
        yield []
        return
    if "calls" in task.answer:
        yield [[(make_name(name), pick(values)) for each in task.answer["calls"] for name, values in each.items()]]
        return
    assert task.make_world is not None
    known = {spec.name: list(spec.parameters["properties"]) for spec in task.make_world().tools.specs}
    for turn in task.answer["turns"]:
        yield [[read_call(text, known)] for text in turn]


def pick(allowed: Any) -> Any:
    """The first of the values that count, in objects and lists too; of a parameter that may be left out, none."""
    if isinstance(allowed, Mapping):
        firsts = {key: next((each for each in values if each != ""), "") for key, values in allowed.items()
                  if isinstance(values, list)}  # fmt: skip
        plain = {key: values for key, values in allowed.items() if not isinstance(values, list)}
        return {key: pick(value) for key, value in firsts.items() if value != ""} | plain
    return [pick(each) for each in allowed] if isinstance(allowed, list) else allowed


def read_call(text: str, known: Mapping[str, list[str]]) -> Call:
    """A call as its answers write it: `cd(folder='document')`."""
    node = ast.parse(text, mode="eval").body
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    args = {known[node.func.id][place]: ast.literal_eval(value) for place, value in enumerate(node.args)}
    return node.func.id, args | {each.arg: ast.literal_eval(each.value) for each in node.keywords if each.arg}


async def play(task: Task) -> tuple[str, bool]:
    """Who judged the gold calls of a task, and whether they passed."""
    world, env = task.make_world() if task.make_world else None, None
    try:
        last = task.answer["answers"][-1] if "answers" in task.answer else "Done."
        for turn, (prompt, replies) in enumerate(zip(task.turns, find_replies(task), strict=True)):
            calls = [[ReplyCall(name, json.dumps(args)) for name, args in each] for each in replies]
            model = ScriptedModel([*(Reply("", calls=tuple(each)) for each in calls), last])
            tools = offer_tools(task.tools if world is None else world.tools, task, turn)
            env = (await Brain("react_brief", "messages", model, tools, wire="native").run(prompt, after=env)).env
        assert env is not None
        evaluator = make_task_evaluator("bfcl", task)
        return evaluator.name, (await judge_run(evaluator, task.turns[-1], env, world)).passed
    finally:
        await close_world(world)


async def measure(data: Path, python: str) -> None:
    """Print how many pass."""
    for rules, categories in RULES.items():
        for category in categories:
            tasks = read_tasks(data / f"BFCL_v4_{category}.json", "bfcl", rules=rules, python=python)
            found = [await play(task) for task in tasks[:: max(1, len(tasks) // TASKS_MAX)]]
            print(f"{found[0][0]:<18} {category:<24} {sum(passed for _, passed in found):>3} of {len(found)}")


if __name__ == "__main__":
    asyncio.run(measure(Path(sys.argv[1]), *(sys.argv[2:] or [""])))

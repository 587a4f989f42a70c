"""Evaluators by name, made for a task."""

from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.evaluators.model import ModelEvaluator
from agent_brain.lab.judging import make_task_evaluator
from agent_brain.lab.task import Task
from agent_brain.wiring.evaluators import EVALUATORS, describe_evaluators, make_named_evaluator


def make_task(answer: Any, **fields: Any) -> Task:
    return Task("t", ("?",), answer, **fields)


@pytest.mark.parametrize(
    ("spec", "right", "answer", "passed"),
    [
        ("exact", 4, "4.0", True),
        ("exact", ["Paris", "Lutetia"], "lutetia", True),
        ("contains", "Paris", "in Paris", True),
        ("regex", r"\b4\b", "it is 4", True),
        ('regex("^4$")', None, "it is 4", False),
        ("numeric(0.01)", "3.14", "about 3.145", True),
        ("numeric(relative=0.1)", "$1,000", "1,090", True),
        ("numeric", 3.14, "3.145", False),
        ("json(part=True)", {"a": 1}, '{"a": 1, "b": 2}', True),
        ("noisy(exact, fp=0.0, fn=0.0)", "4", "4", True),
        ("toolhop_official", "10", "1", True),
    ],
)
async def test_an_evaluator_is_made_of_its_name_and_the_tasks_answer(
    spec: str, right: Any, answer: str, passed: bool
) -> None:
    evaluator = make_task_evaluator(spec, make_task(right))
    assert evaluator.oracle
    assert (await evaluator.judge("?", answer)).passed is passed


async def test_a_task_may_name_its_own() -> None:
    task = make_task("Paris", evaluator="contains")
    assert (await make_task_evaluator("exact", task).judge("?", "in Paris")).passed


async def test_a_function_of_the_users_is_named_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def same(answer, right): return answer == right\n")
    for spec in (f"{file}:same", f'function("{file}:same")'):
        assert (await make_task_evaluator(spec, make_task("4")).judge("?", "4")).passed


def test_a_model_judges_only_where_it_is_named_and_its_name_says_so() -> None:
    judge = make_named_evaluator('model("offline", "it is polite")', {"right": "4"})
    assert isinstance(judge, ModelEvaluator)
    assert judge.name == "model offline"
    assert judge.criteria == "it is polite\nIt agrees with this answer, which is right: 4"
    assert judge.oracle


@pytest.mark.parametrize(
    ("spec", "right", "told"),
    [
        ("exact", None, "exact compares with a text, a number, or a list of these, and the task's answer is None"),
        ("exact", {"a": 1}, "wanted one of them, or an evaluator such as json"),
        ("exact", [], "exact compares"),
        ("numeric", "many", "numeric compares with a number, and the task's answer is 'many'"),
        ("numeric", "nan", "numeric compares with a number, and the task's answer is 'nan'"),
        ("numeric(-1)", 4, "wanted tolerances of 0 or more"),
        ("numeric('a')", 4, "wanted a number"),
        ("regex", None, "regex was given no pattern"),
        ("regex('(')", None, "no pattern"),
        ("exact(1)", "4", "it takes: right"),
        ("exact+json", "4", "2 of them; wanted one"),
        ("numeric(", "4", "wanted a name, or names with values such as exact, numeric"),
        ("toolhop_official", 4, "compares with a text"),
        ("noisy(tool_path, fp=0.1, fn=0.1)", [], "noisy was given tool_path, which judges runs"),
        ("bfcl", "4", "judges tasks of BFCL"),
    ],
)
def test_what_does_not_fit_the_task_is_refused(spec: str, right: Any, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        make_task_evaluator(spec, make_task(right))


def test_an_unknown_name_is_told_with_the_nearest_one() -> None:
    with pytest.raises(UnknownName, match="no evaluator called 'exakt'; did you mean 'exact'"):
        make_task_evaluator("exakt", make_task("4"))


def test_every_evaluator_says_what_it_lets_pass() -> None:
    told = describe_evaluators()
    assert told.keys() >= EVALUATORS.keys()
    assert all(told.values())

"""What tells tasks apart, so that no trial is taken for another's."""

from dataclasses import replace
from functools import partial

from agent_brain.core.tooling import ToolSpec
from agent_brain.lab.digests import digest_task
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.function_world import Function, FunctionWorld

DOUBLE = Function(ToolSpec("double", "Twice a number.", {}), "def double(x): return 2 * x", "double", frozenset("x"))


def make_task(function: Function) -> Task:
    return Task("one", ("What is twice 3?",), answer="6", make_world=partial(FunctionWorld, (function,), 10.0, 64))


def test_a_task_whose_function_does_something_else_is_another_task() -> None:
    mended = replace(DOUBLE, source="def double(x): return x + x")

    assert digest_task(make_task(DOUBLE)) == digest_task(make_task(replace(DOUBLE)))
    assert digest_task(make_task(DOUBLE)) != digest_task(make_task(mended))


def test_the_right_answer_makes_no_other_task() -> None:
    task = make_task(DOUBLE)

    assert digest_task(task) == digest_task(replace(task, answer="7"))

"""The evaluator of a task."""

from collections.abc import Iterable

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.lab.task import Task
from agent_brain.wiring.evaluators import make_named_evaluator


def check_evaluators(tasks: Iterable[Task], spec: str) -> None:
    """Let tasks pass whose answers their evaluators can compare with. Raises: SetupError for another."""
    for task in tasks:
        try:
            make_task_evaluator(spec, task)
        except SetupError as error:
            raise SetupError(f"task {task.task_id!r}: {error}") from error


def make_task_evaluator(spec: str, task: Task) -> Evaluator:
    """The evaluator of a task: its own where it names one, else that of the experiment, `spec`.

    Ask it with `core.run_evaluating.judge_run`, which shows the run and its world to those that look at them.
    Raises: UnknownName; SetupError where it does not fit the task's answer.
    """
    about = {"right": task.answer, "data": task.data, "make_world": task.make_world}
    return make_named_evaluator(task.evaluator or spec, about)

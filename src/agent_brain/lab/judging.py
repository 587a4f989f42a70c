"""The evaluator of a task."""

from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.task import Task
from agent_brain.wiring.evaluators import make_named_evaluator


def check_evaluators(experiment: Experiment) -> None:
    """Let an experiment pass whose tasks' answers their evaluators can compare with, and whose budget they keep.

    Raises: SetupError for another.
    """
    for task in experiment.tasks:
        try:
            evaluator = make_task_evaluator(experiment.evaluator, task)
        except SetupError as error:
            raise SetupError(f"task {task.task_id!r}: {error}") from error
        if experiment.budget_usd is not None and is_paid(evaluator):
            raise SetupError(
                f"budget.usd cannot be kept: {evaluator.name} is a model that judges, and nobody counts what that "
                "costs; wanted budget.tokens, which counts what it takes"
            )


def is_paid(evaluator: Evaluator) -> bool:
    """True for one that asks models."""
    models: Any = getattr(evaluator, "models", None)
    return bool(models)


def make_task_evaluator(spec: str, task: Task) -> Evaluator:
    """The evaluator of a task: its own where it names one, else that of the experiment, `spec`.

    Ask it with `core.run_evaluating.judge_run`, which shows the run and its world to those that look at them.
    Raises: UnknownName; SetupError where it does not fit the task's answer.
    """
    about = {"right": task.answer, "data": task.data, "make_world": task.make_world}
    return make_named_evaluator(task.evaluator or spec, about)

"""The evaluator of a task."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from agent_brain.core.chat import ChatModel
from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.task import Task
from agent_brain.lab.user import list_players
from agent_brain.models.prices import Prices
from agent_brain.models.served import find_host, find_server
from agent_brain.wiring.evaluators import make_named_evaluator


def check_evaluators(experiment: Experiment) -> None:
    """Let an experiment pass whose tasks' answers their evaluators can compare with, and whose budget they keep.

    Raises: SetupError for another.
    """
    prices = make_prices(experiment)
    for task in experiment.tasks:
        try:
            evaluator = make_task_evaluator(experiment.evaluator, task)
        except SetupError as error:
            raise SetupError(f"task {task.task_id!r}: {error}") from error
        _check_servers(experiment, list_judges(evaluator))
        if experiment.budget_usd is not None:
            _check_prices(prices, list_judges(evaluator), "judges")
            _check_prices(prices, list_players([task.user]), "plays users")


def _check_servers(experiment: Experiment, judges: Sequence[ChatModel]) -> None:
    """Let no judge be asked elsewhere than where the file says that a model of its name is."""
    for judge, arm in product(judges, experiment.arms):
        server = arm.parts.get("models", {}).get(judge.name, {}).get("base_url")
        if server is not None and find_host(server) != find_host(find_server(judge)):
            raise SetupError(
                f"model {judge.name!r}, which judges, would be asked at {find_host(find_server(judge))}, and [models] "
                f"has it at {find_host(server)}: that is for arms; wanted the address in the evaluator's own name of "
                f"it: model('{judge.name}@URL')"
            )


def _check_prices(prices: Prices, models: Sequence[ChatModel], what: str) -> None:
    unknown = prices.find_unknown(models)
    if unknown:
        raise SetupError(
            f"budget.usd cannot be kept: {', '.join(unknown)} {what}, and nobody knows what that costs; wanted its "
            "price under [prices], or budget.tokens"
        )


def make_prices(experiment: Experiment) -> Prices:
    """The prices by which models that judge are paid. Raises: SetupError for what is no price."""
    return experiment.prices if isinstance(experiment.prices, Prices) else Prices(experiment.prices)


def is_paid(evaluator: Evaluator) -> bool:
    """True for one that asks models."""
    return bool(list_judges(evaluator))


def list_judges(evaluator: Evaluator) -> list[ChatModel]:
    """The models that an evaluator asks."""
    models: Any = getattr(evaluator, "models", None)
    return list(models or ())


def count_judge_calls(spec: str, tasks: Iterable[Task]) -> int:
    """How many calls of models that judge one verdict on each task takes at most; `spec` as the experiment has it."""
    evaluators = (make_task_evaluator(spec, task) for task in tasks)
    return sum(getattr(each, "model_calls", 0) for each in evaluators if is_paid(each))


def make_task_evaluator(spec: str, task: Task) -> Evaluator:
    """The evaluator of a task: its own where it names one, else that of the experiment, `spec`.

    Ask it with `core.run_evaluating.judge_run`, which shows the run and its world to those that look at them.
    Raises: UnknownName; SetupError where it does not fit the task's answer.
    """
    about = {"right": task.answer, "data": task.data, "make_world": task.make_world}
    return make_named_evaluator(task.evaluator or spec, about)

"""What tests of worlds share: brains with a simulated model, and rates that are as near as chance lets them be."""

from collections.abc import Sequence
from math import sqrt
from typing import Any

from agent_brain import Brain, Limits
from agent_brain.core.net import Net
from agent_brain.engine.result import Result
from agent_brain.lab.task import Task
from agent_brain.models.simulated import Parameters, SimulatedModel

FREE = Limits(None, None, None, seconds=None, repeats=None, faults=None)


def make_brain(
    net: str | Net, parameters: Parameters, *, seed: int = 0, key: Sequence[object] = (), **parts: Any
) -> Brain:
    """A brain with a simulated model, over the text wire unless another one is given."""
    model = SimulatedModel(parameters, seed=seed, key=key)
    return Brain(**{"net": net, "model": model, "limits": FREE, "wire": "text", **parts})


async def ask_all(brain: Brain, tasks: Sequence[Task]) -> list[Result]:
    """What comes of the first turn of each."""
    return [await brain.run(task.prompt) for task in tasks]


def count_right(results: Sequence[Result], tasks: Sequence[Task]) -> int:
    """How many answers are the right ones."""
    return sum(result.answer == task.answer for result, task in zip(results, tasks, strict=True))


def check_rate(successes: int, tries: int, expected: float) -> None:
    """Let a number of successes pass that is within three standard errors of what is expected."""
    error = sqrt(expected * (1 - expected) / tries)
    assert abs(successes / tries - expected) <= 3 * error, (successes / tries, expected, error)

"""Evaluators that need more than a question and an answer: what a run did on its way, and where its world stands."""

from typing import Any, Protocol, runtime_checkable

from agent_brain.core.evaluating import Evaluator, Score
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.offers import offers


@runtime_checkable
class Readable(Protocol):
    """A world, as evaluators see it."""

    async def read(self) -> Any:
        """Where it stands, as JSON."""


@runtime_checkable
class RunEvaluator(Protocol):
    """What an evaluator has beside `judge` that looks at the whole run."""

    async def judge_run(self, question: str, env: MemoryEnv, world: Readable | None) -> Score:
        """What it says of a run that has ended; a failure of its own is raised, never a score."""


async def judge_run(evaluator: Evaluator, question: str, env: MemoryEnv, world: Readable | None = None) -> Score:
    """What any evaluator says of a run that has ended: of the whole run where it looks at it, else of its answer."""
    if offers(evaluator, RunEvaluator):
        return await evaluator.judge_run(question, env, world)
    return await evaluator.judge(question, env.answer or "")

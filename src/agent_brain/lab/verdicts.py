"""Verdicts that cost something: a model that judges is asked in a run of its own, once, whatever is killed then."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from agent_brain.core.errors import RunExists
from agent_brain.core.evaluating import Evaluator, Score
from agent_brain.core.events import Piece
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.run_evaluating import Readable, judge_run
from agent_brain.core.state import END, State, StateType
from agent_brain.core.store import Store
from agent_brain.engine.driver import Driver
from agent_brain.engine.limits import Limits
from agent_brain.lab.judging import is_paid
from agent_brain.lab.schedule import Slot

VERDICT = "verdict"
"""The board's key of what was said."""


@dataclass(frozen=True)
class VerdictState(State):
    """Asks an evaluator about a run that has ended."""

    evaluator: Evaluator
    question: str
    ended: MemoryEnv
    world: Readable | None

    @property
    def targets(self) -> frozenset[str]:
        """It ends the run."""
        return frozenset({END})

    def describe(self) -> str:
        """Whom it asks: what it asks about is told by the run's name."""
        return f"VerdictState({self.evaluator.name})"

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        score = await judge_run(self.evaluator, self.question, self.ended, self.world)
        told = f"{'passed' if score.passed else 'not passed'} ({score.value:g}) {score.feedback}".strip()
        yield told
        for model, usage in score.spent:
            env.charge(usage, model)
        env.put_board(VERDICT, score.data())
        env.add(ItemKind.ANSWER, told)

    async def _transition(self, env: MemoryEnv) -> None:
        env.done = True


async def judge_once(
    evaluator: Evaluator, slot: Slot, ended: MemoryEnv, world: Readable | None, store: Store, labels: dict[str, Any]
) -> Score:
    """What the evaluator says, or has said before. Raises: ModelError; EvaluatorFailed; StoreError."""
    question = slot.task.turns[-1]
    if not is_paid(evaluator):
        return await judge_run(evaluator, question, ended, world)
    state = VerdictState(evaluator, question, ended, world)
    net = Net(VERDICT, {StateType.JUDGE: state}, start=StateType.JUDGE, finish=StateType.JUDGE)
    driver, run_id = Driver[Any](net, Limits(), store), f"{slot.trial_id}-judged-{slot.right}"
    try:
        result = await driver.run(question, run_id=run_id, labels={**labels, "judges": slot.trial_id})
    except RunExists:
        result = await driver.go_on(run_id)
    if result.error is not None:
        raise result.error
    said = result.env.board[VERDICT]
    return Score(said["passed"], said["value"], said["feedback"], [(evaluator.name, result.usage)])

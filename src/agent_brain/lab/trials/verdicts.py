"""Verdicts that cost something: a model that judges is asked in a run of its own, once, whatever is killed then."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.errors import EvaluatorFailed, RunExists
from agent_brain.core.evaluating import Evaluator, Score, to_score
from agent_brain.core.events import Piece
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.run_evaluating import Readable, judge_run
from agent_brain.core.state import END, State, StateType
from agent_brain.core.store import Store
from agent_brain.core.usage import Usage
from agent_brain.engine.driver import Driver
from agent_brain.engine.limits import Limits
from agent_brain.lab.digests import name_verdict
from agent_brain.lab.judging import is_paid, list_judges
from agent_brain.lab.schedule import Slot
from agent_brain.models.prices import Prices

VERDICT = "verdict"
"""The board's key of what was said."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of asking about a trial."""

    score: Score | None
    """None: whoever was to judge has failed."""
    usage: Usage = field(default_factory=Usage)
    """What models were asked for it, all tries together: the experimenter's cost, and no part of the arm's."""
    error: BaseException | None = None


@dataclass(frozen=True)
class VerdictState(State):
    """Asks an evaluator about a run that has ended."""

    evaluator: Evaluator
    question: str
    ended: MemoryEnv
    world: Readable | None
    prices: Prices

    @property
    def targets(self) -> frozenset[str]:
        """It ends the run."""
        return frozenset({END})

    def describe(self) -> str:
        """Whom it asks: what it asks about is told by the run's name."""
        return f"VerdictState({self.evaluator.name})"

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        try:
            score = await judge_run(self.evaluator, self.question, self.ended, self.world)
        except EvaluatorFailed as error:
            self._charge(env, error.spent)
            raise
        told = f"{'passed' if score.passed else 'not passed'} ({score.value:g}) {score.feedback}".strip()
        yield told
        self._charge(env, score.spent)
        env.put_board(VERDICT, score.data())
        env.add(ItemKind.ANSWER, told)

    async def _transition(self, env: MemoryEnv) -> None:
        env.done = True

    def _charge(self, env: MemoryEnv, spent: Sequence[tuple[str, Usage]]) -> None:
        models = {model.name: model for model in list_judges(self.evaluator)}
        for name, usage in spent:
            env.charge(self.prices.charge(models[name], usage) if name in models else usage, name)


async def judge_once(  # noqa: PLR0913  # what is judged, by whom, for what, and where that is kept
    evaluator: Evaluator,
    slot: Slot,
    ended: MemoryEnv,
    world: Readable | None,
    *,
    store: Store,
    labels: dict[str, Any],
    prices: Prices,
) -> Verdict:
    """What the evaluator says, or has said before; a model's failure is told with what it took, any other is raised.

    Raises: StoreError; whatever a function raises.
    """
    question = slot.task.asked
    if not is_paid(evaluator):
        score = to_score(await judge_run(evaluator, question, ended, world))
        return Verdict(score, sum((usage for _, usage in score.spent), Usage()))
    state = VerdictState(evaluator, question, ended, world, prices)
    net = Net(VERDICT, {StateType.JUDGE: state}, start=StateType.JUDGE, finish=StateType.JUDGE)
    driver, run_id = Driver[Any](net, Limits(), store), name_verdict(slot.trial_id, slot.right)
    try:
        result = await driver.run(question, run_id=run_id, labels={**labels, "judges": slot.trial_id})
    except RunExists:
        result = await driver.go_on(run_id)
    if result.error is not None:
        return Verdict(None, result.usage, result.error)
    said = result.env.board[VERDICT]
    return Verdict(Score(said["passed"], said["value"], said["feedback"]), result.usage)

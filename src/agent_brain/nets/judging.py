"""JudgeState: ask the brain's evaluator whether an answer is good, in a step of its own."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self

from agent_brain.core.errors import BrainError, EvaluatorFailed, SetupError
from agent_brain.core.evaluating import Evaluator, Score, to_score
from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.items import Item
from agent_brain.core.judgements import BOARD_PREFIX, Judgement, find_candidates, find_judgement, keep_judgement
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.place import put_in_place
from agent_brain.core.ports import Parts
from agent_brain.core.state import Need, StateType
from agent_brain.nets.handing_on import hand_on
from agent_brain.nets.linked import LinkedState
from agent_brain.tools.attempt import Attempt, describe

AT_ONCE_MAX = 16
"""How many answers an evaluator is asked about at the same time."""


@dataclass(frozen=True)
class JudgeState(LinkedState):
    """Asks the brain's evaluator about each thought of the state `of` that it has not judged yet.

    It is told the question as those that tried were: with the conversation before it, and what a person has said.
    Its verdicts stand on the board (`core.judgements`); the model does not see them. It goes to `then` where the last
    one passed, to `otherwise` where it did not, and to `exhausted` where it did not at the last visit of `visits`, a
    limit was met, or there is nothing to judge. An evaluator that fails has given no verdict: the run fails, and asks
    again when it goes on.
    """

    needs: ClassVar[frozenset[Need]] = frozenset({Need.EVALUATOR})
    kind: ClassVar[ChunkKind] = ChunkKind.PROGRESS

    of: str = StateType.ATTEMPT
    then: str = field(default=StateType.ANSWER, kw_only=True)
    otherwise: str = field(default=StateType.ATTEMPT, kw_only=True)
    exhausted: str = field(default=StateType.ANSWER, kw_only=True)
    visits: int = field(default=1, kw_only=True)
    answers: int = field(default=1, kw_only=True)
    """How many it may have to judge in one visit."""

    writes = frozenset({BOARD_PREFIX})

    def __post_init__(self) -> None:
        if self.visits < 1:
            raise SetupError(f"visits is {self.visits}; wanted at least 1")

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise, self.exhausted})

    @property
    def visits_max(self) -> int:
        """The bound of every cycle through it."""
        return self.visits

    @property
    def last_targets(self) -> frozenset[str]:
        """There is no further try."""
        return frozenset({self.then, self.exhausted})

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts; what its evaluator asks of models counts as asked by it."""
        return self.changed(parts=parts, model_calls=getattr(parts.evaluator, "model_calls", 0) * self.answers)

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        evaluator = self._evaluator()
        items = [item for item in find_candidates(env, self.of) if find_judgement(env, item) is None]
        found = await _judge_all(env, evaluator, hand_on(env, env.goal), items)
        failure = next((each for each in found if isinstance(each, BaseException)), None)
        scores = _take_scores(found)
        judged = [
            Judgement(item.seq, evaluator.name, bool(evaluator.oracle), score)
            for item, score in zip(items, scores, strict=False)
        ]
        for judgement in judged:
            yield Chunk(judgement.describe(), self.kind, env.state)
        for judgement in judged:
            self._charge(env, evaluator, judgement.score)
            keep_judgement(env, judgement.seq, evaluator, judgement.score)
        for other in found[len(scores) :]:
            self._charge(env, evaluator, other)
        if failure is not None:
            raise failure

    async def _transition(self, env: MemoryEnv) -> None:
        candidates = find_candidates(env, self.of)
        judgement = find_judgement(env, candidates[-1]) if candidates else None
        if judgement is None:
            env.set_state(self.exhausted, "there is nothing to judge")
        elif judgement.score.passed:
            env.set_state(self.then, f"{judgement.by} let it pass")
        elif env.limit:
            env.set_state(self.exhausted, env.limit)
        elif env.visits[env.state] >= self.visits:
            env.set_state(self.exhausted, f"{judgement.by} did not let it pass, and that was the last try")
        else:
            env.set_state(self.otherwise, f"{judgement.by} did not let it pass")

    def _charge(self, env: MemoryEnv, evaluator: Evaluator, found: Score | BaseException) -> None:
        models = {model.name: model for model in getattr(evaluator, "models", ())}
        for name, usage in getattr(found, "spent", ()):
            env.charge(self._bound().price(models[name], usage) if name in models else usage, name)

    def _evaluator(self) -> Evaluator:
        evaluator = self._bound().evaluator
        if evaluator is None:
            raise SetupError(f"{type(self).__name__} has nobody to ask: give one with Brain(evaluator=...)")
        return evaluator


def _take_scores(found: Sequence[Score | BaseException]) -> list[Score]:
    """Those before the first failure: what comes after it is judged again, so that the journal has them in order."""
    scores: list[Score] = []
    for each in found:
        if isinstance(each, BaseException):
            break
        scores.append(each)
    return scores


async def _judge_all(
    env: MemoryEnv, evaluator: Evaluator, question: str, items: Sequence[Item]
) -> list[Score | BaseException]:
    """What it says of each, or what it has failed with."""
    free = asyncio.Semaphore(AT_ONCE_MAX)

    async def judge(item: Item) -> Score | BaseException:
        async with free:
            return await _judge(put_in_place(evaluator, env, f"item {item.seq}"), question, item.text)

    return await asyncio.gather(*map(judge, items))


async def _judge(evaluator: Evaluator, question: str, answer: str) -> Score | BaseException:
    """What a stranger's code says of an answer, or the error that it comes to."""
    attempt = Attempt()
    try:
        with attempt:
            return to_score(await evaluator.judge(question, answer))
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return EvaluatorFailed(evaluator.name, "it was cancelled from within")  # and nobody has cancelled the run
    failure = attempt.failure
    assert failure is not None  # else it has said something
    if isinstance(failure, BrainError) and not isinstance(failure, SetupError):
        return failure
    return EvaluatorFailed(evaluator.name, str(failure) if isinstance(failure, SetupError) else describe(failure))

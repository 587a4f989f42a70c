"""What every evaluator promises that looks at runs; the tests of one inherit this class."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from agent_brain.core.errors import EvaluatorFailed
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.items import Action, FaultKind, ItemKind, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.run_evaluating import Readable, RunEvaluator, judge_run

Call = tuple[str, Mapping[str, Any]]
WRONG = Observation("wrong arguments", OutcomeStatus.FAILED, FaultKind.WRONG_ARGUMENTS)


def make_env(calls: Sequence[Call] = (), answer: str = "Done.", refused: Sequence[Call] = ()) -> MemoryEnv:
    """A run that made these calls one after the other, and others that were no good ones, and answered."""
    env = MemoryEnv.begin("r", "react", "", "reasoning", "?")
    for name, args in refused:
        env.refuse_action(Action(name=name, args=dict(args)), "", WRONG)
    for name, args in calls:
        action_id = env.start_action(Action(name=name, args=dict(args)))
        env.finish_action(action_id, Observation("ok"))
    env.add(ItemKind.ANSWER, answer)
    env.done = True
    return env


class Place:
    """A world that stands somewhere."""

    def __init__(self, state: Any) -> None:
        self.state = state

    async def read(self) -> Any:
        """Where it stands."""
        return self.state


class RunEvaluatorContract:
    """`make` gives one that lets the run `good` pass, and `bad` not, each with its world."""

    good: tuple[MemoryEnv, Readable | None]
    bad: tuple[MemoryEnv, Readable | None]

    def make(self) -> Evaluator:
        """A fresh one."""
        raise NotImplementedError

    def test_it_is_an_evaluator_of_runs_with_a_name(self) -> None:
        evaluator = self.make()
        assert isinstance(evaluator, Evaluator)
        assert isinstance(evaluator, RunEvaluator)
        assert evaluator.name
        assert evaluator.oracle in (True, False)

    async def test_it_tells_good_from_bad_and_the_right_way_is_not_given_away(self) -> None:
        evaluator = self.make()
        good, bad = [await judge_run(evaluator, "?", *run) for run in (self.good, self.bad)]
        assert (good.passed, good.value, good.feedback) == (True, 1.0, "")
        assert not bad.passed
        assert 0 <= bad.value < 1
        assert bad.feedback

    async def test_shown_an_answer_alone_it_fails_and_gives_no_score(self) -> None:
        with pytest.raises(EvaluatorFailed, match="was shown an answer alone"):
            await self.make().judge("?", "4")

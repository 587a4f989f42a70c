"""An evaluator that errs at known rates."""

import pytest

from agent_brain import Brain, ScriptedModel
from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.place import Placed
from agent_brain.evaluators.function import FunctionEvaluator
from agent_brain.evaluators.matching import exact
from agent_brain.evaluators.model import ModelEvaluator
from agent_brain.evaluators.noisy import noisy
from evaluators.evaluator_contract import EvaluatorContract


class TestNoisy(EvaluatorContract):
    """One that errs at rates of zero keeps the contract."""

    def make(self) -> Evaluator:
        """One that never errs."""
        return noisy(exact("4"), 0, 0)


async def count_passed(evaluator: Evaluator, answer: str, questions: int = 2000) -> int:
    """How often an answer passes."""
    return sum([(await evaluator.judge(f"Question {number}", answer)).passed for number in range(questions)])


async def test_it_errs_as_often_as_it_says() -> None:
    async def is_four(_: str, answer: str) -> bool:
        return answer == "4"

    evaluator = noisy(FunctionEvaluator(is_four), 0.2, 0.1)

    assert await count_passed(evaluator, "5") == pytest.approx(400, abs=60)
    assert await count_passed(evaluator, "4") == pytest.approx(1800, abs=45)


async def test_of_one_answer_in_one_place_it_always_says_the_same() -> None:
    evaluator = noisy(exact("4"), 0.5, 0.5, seed=3)
    there = evaluator.placed(" 1.judge#1")

    said = [(await there.judge("?", "4")).passed for _ in range(5)]

    assert len(set(said)) == 1


async def test_the_luck_of_places_keys_and_seeds_is_not_the_same() -> None:
    evaluator = noisy(exact("4"), 0.5, 0.5)
    each = [
        *(evaluator.placed(f" 1.judge#{visit}") for visit in range(20)),
        *(evaluator.keyed(("task", "arm", repeat)) for repeat in range(20)),
        *(noisy(exact("4"), 0.5, 0.5, seed=seed) for seed in range(20)),
    ]

    said = [(await one.judge("?", "4")).passed for one in each]

    for start in (0, 20, 40):
        assert 2 < sum(said[start : start + 20]) < 18


def test_it_knows_what_the_one_knows_that_it_asks_and_costs_the_same() -> None:
    judge = ModelEvaluator(ScriptedModel(["{}"]))

    assert noisy(exact("4"), 0.1, 0.1).oracle
    assert not noisy(judge, 0.1, 0.1).oracle
    assert noisy(judge, 0.1, 0.1).models == judge.models
    assert noisy(judge, 0.1, 0.1).model_calls == judge.model_calls
    assert isinstance(judge, Placed)


@pytest.mark.parametrize(("fp", "fn"), [(-0.1, 0), (0, 1.1), (True, 0), ("much", 0)])
def test_what_is_no_rate_is_refused(fp: float, fn: float) -> None:
    with pytest.raises(SetupError, match="wanted a number from 0 to 1"):
        noisy(exact("4"), fp, fn)


async def test_a_run_is_judged_by_it_and_shows_that_an_oracle_had_a_say() -> None:
    brain = Brain(net="retry(direct, tries=3)", model=ScriptedModel(["5", "5", "5"]), evaluator=noisy(exact("4"), 0, 0))

    result = await brain.run("What is 2 + 2?")

    assert result.env.board["oracles"] == ["noisy exact (fp=0, fn=0)"]

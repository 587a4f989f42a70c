"""Plain functions as evaluators."""

import asyncio
import threading

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator, Score, to_score
from agent_brain.evaluators.function import FunctionEvaluator
from evaluators.evaluator_contract import EvaluatorContract


class TestFunctionEvaluator(EvaluatorContract):
    """A plain function keeps the contract."""

    def make(self) -> Evaluator:
        """One that wants a four."""
        return FunctionEvaluator(lambda question, answer: answer == "4", name="four")


@pytest.mark.parametrize(
    ("said", "score"),
    [
        (True, Score(True, 1.0)),
        (False, Score(False, 0.0)),
        (1, Score(True, 1.0)),
        (0.5, Score(False, 0.5)),
        ((False, "too short"), Score(False, 0.0, "too short")),
        ((0.9, "nearly"), Score(False, 0.9, "nearly")),
        (Score(True, 0.2, "well"), Score(True, 0.2, "well")),
    ],
)
def test_what_a_function_says_is_a_score(said: object, score: Score) -> None:
    assert to_score(said) == score


@pytest.mark.parametrize("said", [None, "yes", 2, -0.1, float("nan"), (True, 3), Score(True, 1.5)])
def test_what_is_no_score_is_refused(said: object) -> None:
    with pytest.raises(SetupError, match="an evaluator said"):
        to_score(said)


async def test_a_plain_function_does_not_hold_up_the_loop() -> None:
    threads: list[int] = []

    def judge(question: str, answer: str) -> bool:
        threads.append(threading.get_ident())
        return question == answer

    evaluator: Evaluator = FunctionEvaluator(judge)
    assert await evaluator.judge("a", "a") == Score(True, 1.0)
    assert threads != [threading.get_ident()]
    assert (evaluator.name, evaluator.oracle) == ("judge", False)


async def test_an_async_function_is_awaited() -> None:
    async def judge(question: str, answer: str) -> float:
        await asyncio.sleep(0)
        return 0.5

    assert await FunctionEvaluator(judge).judge("a", "b") == Score(False, 0.5)


@pytest.mark.parametrize("function", [lambda: True, lambda question: True, 3, "exact"])
def test_what_takes_no_question_and_answer_is_refused(function: object) -> None:
    with pytest.raises(SetupError, match="wanted a function of question and answer"):
        FunctionEvaluator(function)  # type: ignore[arg-type]  # what untyped callers do

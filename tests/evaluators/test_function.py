"""Plain functions as evaluators."""

import asyncio
import threading

import pytest

from agent_brain.core.errors import EvaluatorFailed, SetupError
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


@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
async def test_one_that_hangs_is_a_failure_of_its_own_and_no_score(is_async: bool) -> None:
    is_over = threading.Event()

    def hang(question: str, answer: str) -> bool:
        return is_over.wait(60)

    async def hang_too(question: str, answer: str) -> bool:
        return await asyncio.Future[bool]()

    evaluator = FunctionEvaluator(hang_too if is_async else hang, name="slow", seconds=0.05)
    try:
        with pytest.raises(EvaluatorFailed, match=r"'slow' has failed: it has said nothing within 0\.05 s"):
            await evaluator.judge("?", "4")
    finally:
        is_over.set()


async def test_a_timeout_of_the_functions_own_is_told_as_it_is() -> None:
    def judge(question: str, answer: str) -> bool:
        raise TimeoutError("no reply")

    with pytest.raises(TimeoutError, match="no reply"):
        await FunctionEvaluator(judge).judge("?", "4")


def test_a_time_in_which_nothing_can_be_said_is_refused() -> None:
    with pytest.raises(SetupError, match="seconds=0; wanted more than 0"):
        FunctionEvaluator(lambda question, answer: True, seconds=0)


async def test_an_async_function_is_awaited() -> None:
    async def judge(question: str, answer: str) -> float:
        await asyncio.sleep(0)
        return 0.5

    assert await FunctionEvaluator(judge).judge("a", "b") == Score(False, 0.5)


@pytest.mark.parametrize("function", [lambda: True, lambda question: True, 3, "exact"])
def test_what_takes_no_question_and_answer_is_refused(function: object) -> None:
    with pytest.raises(SetupError, match="wanted a function of question and answer"):
        FunctionEvaluator(function)  # type: ignore[arg-type]  # what untyped callers do

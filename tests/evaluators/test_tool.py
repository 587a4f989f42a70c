"""A tool's verdict."""

import pytest

from agent_brain import tool
from agent_brain.core.errors import EvaluatorFailed, SetupError
from agent_brain.core.evaluating import Evaluator, Score
from agent_brain.evaluators.tool import ToolEvaluator
from evaluators.evaluator_contract import EvaluatorContract


@tool
def four(answer: str) -> bool:
    """Say whether it is a four."""
    return answer == "4"


class TestToolEvaluator(EvaluatorContract):
    """A tool keeps the contract."""

    def make(self) -> Evaluator:
        """One that wants a four."""
        return ToolEvaluator(four)


@tool
def grade(answer: str, question: str) -> object:
    """Grade an answer."""
    if answer == "raise":
        raise ValueError("no")
    return {"passed": answer == "4", "value": 0.5, "feedback": question} if question else answer


@pytest.mark.parametrize(
    ("question", "answer", "score"),
    [
        ("2 + 2?", "4", Score(True, 0.5, "2 + 2?")),
        ("", "yes", Score(True, 1.0)),
        ("", "Failed.\nTwo tests fail.", Score(False, 0.0, "Two tests fail.")),
        ("", "0.25", Score(False, 0.25)),
        ("", "true\nwell done", Score(True, 1.0, "well done")),
    ],
)
async def test_a_tool_says_whether_an_answer_is_good(question: str, answer: str, score: Score) -> None:
    evaluator = ToolEvaluator(grade)
    assert (evaluator.name, evaluator.oracle) == ("grade", False)
    assert await evaluator.judge(question, answer) == score


@pytest.mark.parametrize("answer", ["raise", "perhaps", "3", "{}"])
async def test_a_tool_that_says_nothing_of_use_has_given_no_verdict(answer: str) -> None:
    with pytest.raises(EvaluatorFailed, match="'grade' has failed"):
        await ToolEvaluator(grade).judge("", answer)


def test_a_tool_that_takes_no_answer_is_refused() -> None:
    @tool
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    with pytest.raises(SetupError, match="takes no `answer`"):
        ToolEvaluator(add)

"""Oracles that know the right answer."""

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.evaluators.matching import contains, exact, numeric, regex
from evaluators.evaluator_contract import EvaluatorContract


class TestExact(EvaluatorContract):
    """The right answer keeps the contract."""

    def make(self) -> Evaluator:
        """One that knows it."""
        return exact("4")


class TestContains(EvaluatorContract):
    """A part of the right answer keeps it."""

    def make(self) -> Evaluator:
        """One that knows it."""
        return contains("4")


class TestRegex(EvaluatorContract):
    """A pattern keeps it."""

    def make(self) -> Evaluator:
        """One that knows it."""
        return regex(r"\b4\b")


class TestNumeric(EvaluatorContract):
    """A number keeps it."""

    def make(self) -> Evaluator:
        """One that knows it."""
        return numeric(4)


@pytest.mark.parametrize(
    ("evaluator", "answer", "is_right"),
    [
        (exact("42"), "42.0", True),
        (exact("42"), "I think so.\nAnswer: **42**", True),
        (exact("42"), "43", False),
        (exact("Paris"), "paris.", True),
        (exact("1000"), "$1,000", True),
        (exact("2"), "2.00", True),
        (exact("1100110"), "01100110", True),
        (exact("2024-03-12"), "It was then.\nAnswer: March 12, 2024.", True),
        (exact("12 March 2024"), "2024-03-13", False),
        (exact("Tuesday"), " tuesday", True),
        (exact("360"), "36", False),
        (exact("0"), "", False),
        (exact("Paris", "City of Light"), "city of light", True),
        (contains("Paris"), "It is PARIS, I think", True),
        (contains("Paris", "Lutetia"), "once Lutetia", True),
        (contains("Paris"), "London", False),
        (regex(r"\b4\d\b"), "it is 42", True),
        (regex(r"\b4\d\b"), "it is 142", False),
        (numeric(3.14, tolerance=0.01), "after 2 steps: 3.1415", True),
        (numeric(3.14), "3.2", False),
        (numeric(1200), "It is 1,200", True),
        (numeric(1), "one", False),
    ],
)
async def test_a_right_answer_passes_and_no_other(evaluator: Evaluator, answer: str, is_right: bool) -> None:
    assert (await evaluator.judge("?", answer)).passed is is_right


async def test_the_feedback_does_not_give_the_right_answer_away() -> None:
    for evaluator in (exact("secret"), contains("secret"), regex("secret")):
        score = await evaluator.judge("?", "no")
        assert evaluator.oracle
        assert score.feedback == "this is not the right answer"


def test_what_would_let_everything_pass_is_refused() -> None:
    with pytest.raises(SetupError, match="no text to look for"):
        contains(" ")
    with pytest.raises(SetupError, match="no pattern"):
        regex("(")

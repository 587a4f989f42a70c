"""Evaluators: what says whether an answer is good, for the nets that need to know."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from agent_brain.core.errors import SetupError
from agent_brain.core.usage import Usage

ORACLES = "oracles"
"""The board's key of the names of those that had a say, in a run or inside it, and knew what an agent would not."""


@dataclass(frozen=True, slots=True)
class Score:
    """What an evaluator says of one answer."""

    passed: bool
    value: float = 0.0
    """From 0 to 1, the more the better."""
    feedback: str = ""
    """What is wrong, in words that a model can use."""
    spent: Sequence[tuple[str, Usage]] = field(default=())
    """What models were asked for it, by name, and what they took."""

    def data(self) -> dict[str, Any]:
        """All that a run keeps of it."""
        return {"passed": self.passed, "value": self.value, "feedback": self.feedback}


@runtime_checkable
class Evaluator(Protocol):
    """Judges answers."""

    @property
    def name(self) -> str:
        """What reports call it."""

    @property
    def oracle(self) -> bool:
        """It knows what an agent at work would not: the right answer, hidden tests. Shown wherever results are."""

    async def judge(self, question: str, answer: str) -> Score:
        """What it says of an answer; a failure of its own is raised, never a score."""


def to_score(found: object) -> Score:
    """A score from what a plain function says: true or false, a number from 0 to 1, or one of these with feedback.

    Raises: SetupError for anything else.
    """
    match found:
        case Score() if 0 <= found.value <= 1:
            return found
        case bool():
            return Score(found, float(found))
        case int() | float() if 0 <= found <= 1:
            return Score(found >= 1, float(found))
        case (verdict, str() as feedback):
            score = to_score(verdict)
            return Score(score.passed, score.value, feedback)
    raise SetupError(
        f"an evaluator said {found!r:.80}; wanted true or false, 0 to 1, a Score, or one of these and words"
    )

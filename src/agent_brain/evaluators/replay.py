"""An evaluator that says what a journal holds: nobody is asked."""

from collections.abc import Callable
from dataclasses import dataclass

from agent_brain.core.evaluating import Score

FindScore = Callable[[], Score]
"""Finds what was said next, and what was spent for it."""


@dataclass(frozen=True)
class ReplayEvaluator:
    """Gives out the recorded scores in their order; raises what `find` raises."""

    name: str
    oracle: bool
    find: FindScore

    async def judge(self, question: str, answer: str) -> Score:
        """What was said then."""
        return self.find()

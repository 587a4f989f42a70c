"""A plain function as an evaluator."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Score, to_score

Judge = Callable[[str, str], Any]
"""A function of question and answer: true or false, a number from 0 to 1, a Score, or one of these and words."""


@dataclass(frozen=True)
class FunctionEvaluator:
    """Asks a function, async or not, of question and answer.

    Raises: SetupError for what is no such function.
    """

    function: Judge
    oracle: bool = False
    """It knows what an agent at work would not."""
    name: str = ""

    def __post_init__(self) -> None:
        try:
            inspect.signature(self.function).bind("question", "answer")
        except (TypeError, ValueError) as error:
            what = f"evaluator is {self.function!r:.80}"
            raise SetupError(f"{what}: {error}; wanted a function of question and answer") from None
        if not self.name:
            object.__setattr__(self, "name", getattr(self.function, "__name__", type(self.function).__name__))

    async def judge(self, question: str, answer: str) -> Score:
        """What the function says."""
        found = self.function(question, answer)
        return to_score(await found if isinstance(found, Awaitable) else found)

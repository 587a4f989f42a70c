"""A plain function as an evaluator."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Score, to_score
from agent_brain.evaluators.in_time import SECONDS, call_in_time, check_seconds

Judge = Callable[[str, str], Any]
"""A function of question and answer: true or false, a number from 0 to 1, a Score, or one of these and words."""


@dataclass(frozen=True)
class FunctionEvaluator:
    """Asks a function of question and answer: an async one where it is, any other in a thread, unless it has no limit.

    Raises: SetupError for what is no such function.
    """

    function: Judge
    oracle: bool = False
    """It knows what an agent at work would not."""
    name: str = ""
    seconds: float | None = SECONDS
    """How long it may take: one that takes longer has failed, and said nothing of the answer. None: it takes no time to
    speak of, and is asked where it is, because waiting for a thread takes longer than comparing two texts."""

    def __post_init__(self) -> None:
        try:
            inspect.signature(self.function).bind("question", "answer")
        except (TypeError, ValueError) as error:
            what = f"evaluator is {self.function!r:.80}"
            raise SetupError(f"{what}: {error}; wanted a function of question and answer") from None
        if not self.name:
            object.__setattr__(self, "name", getattr(self.function, "__name__", type(self.function).__name__))
        if self.seconds is not None:
            check_seconds(self.name, self.seconds)

    async def judge(self, question: str, answer: str) -> Score:
        """What the function says."""
        if self.seconds is None:
            return to_score(self.function(question, answer))
        return to_score(await call_in_time(self.name, partial(self.function, question, answer), self.seconds))

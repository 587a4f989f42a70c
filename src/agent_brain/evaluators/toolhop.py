"""ToolHop's own rule of scoring, told in our words: for numbers that are to stand beside published ones.

An answer passes where the right one, without the zeros and points at its end, is a part of it, whatever the case. The
end is stripped of zeros and points one by one, so that 10 is looked for as 1, 360 as 36, and 0 as nothing at all,
which is a part of every answer. Ye et al., ToolHop, ACL 2025, arXiv 2501.02506.
"""

from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.evaluators.function import FunctionEvaluator

NAME = "toolhop_official"


def make_toolhop_official(right: Any) -> Evaluator:
    """ToolHop's own rule, which lets wrong answers pass: 36 where 360 is right, and anything at all where 0 is."""
    if not isinstance(right, str):
        raise SetupError(f"{NAME} compares with a text, and the task's answer is {right!r:.60}")
    return FunctionEvaluator(lambda _, answer: is_accepted(answer, right), oracle=True, name=NAME)


def is_accepted(answer: str, right: str) -> bool:
    """Whether the rule accepts an answer."""
    return right.rstrip(".0").lower() in answer.lower()

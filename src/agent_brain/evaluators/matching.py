"""Evaluators that know the right answer, or what it looks like: oracles, for experiments and tests.

What they say of a wrong answer does not tell the right one: a net may show it to the model that tries again.
"""

import re
from collections.abc import Callable

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.sameness import normalise
from agent_brain.evaluators.function import FunctionEvaluator

_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|[-+]?\.\d+")


def exact(right: str) -> Evaluator:
    """Lets an answer pass that is the right one: numbers by their value, words whatever their case and quotes."""
    wanted = normalise(right)
    return _make("exact", lambda answer: normalise(answer) == wanted)


def contains(right: str) -> Evaluator:
    """Lets an answer pass that has the right one in it, whatever its case."""
    wanted = _flatten(right)
    if not wanted:
        raise SetupError("contains was given no text to look for: every answer would pass")
    return _make("contains", lambda answer: wanted in _flatten(answer))


def regex(pattern: str) -> Evaluator:
    """Lets an answer pass in which the pattern is found. Raises: SetupError for what is no pattern."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise SetupError(f"regex was given {pattern!r:.100}, which is no pattern: {error}") from None
    return _make("regex", lambda answer: compiled.search(answer) is not None)


def numeric(right: float, tolerance: float = 1e-9) -> Evaluator:
    """Lets an answer pass whose last number is the right one, within the tolerance."""

    def is_right(answer: str) -> bool:
        numbers = _NUMBER.findall(answer)
        return bool(numbers) and abs(float(numbers[-1].replace(",", "")) - right) <= tolerance

    return _make("numeric", is_right)


def _make(name: str, is_right: Callable[[str], bool]) -> Evaluator:
    def judge(_: str, answer: str) -> tuple[bool, str]:
        return (True, "") if is_right(answer) else (False, "this is not the right answer")

    return FunctionEvaluator(judge, oracle=True, name=name)


def _flatten(text: str) -> str:
    return " ".join(text.casefold().split())

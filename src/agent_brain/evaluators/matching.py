"""Evaluators that know the right answer, or what it looks like: oracles, for experiments and tests.

What they say of a wrong answer does not tell the right one: a net may show it to the model that tries again.
"""

import re
from collections.abc import Callable

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.sameness import normalise
from agent_brain.evaluators.dates import read_date
from agent_brain.evaluators.function import FunctionEvaluator
from agent_brain.evaluators.in_time import SECONDS

_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|[-+]?\.\d+")


def exact(right: str, *others: str) -> Evaluator:
    """Lets an answer pass that is the right one, or one of several: numbers and dates by their value, words whatever
    their case and quotes."""
    return _make("exact", lambda answer: any(is_same(answer, each) for each in (right, *others)))


def is_same(answer: str, right: str) -> bool:
    """Whether an answer is this one: numbers are compared as numbers, dates as dates."""
    said, wanted = normalise(answer), normalise(right)
    if said == wanted:
        return True
    day = read_date(wanted)
    return day is not None and read_date(said) == day


def contains(right: str, *others: str) -> Evaluator:
    """Lets an answer pass that has the right one in it, or one of several, whatever its case."""
    wanted = [_flatten(each) for each in (right, *others)]
    if not all(wanted):
        raise SetupError("contains was given no text to look for: every answer would pass")
    return _make("contains", lambda answer: any(each in _flatten(answer) for each in wanted))


def regex(pattern: str) -> Evaluator:
    """Lets an answer pass in which the pattern is found. Raises: SetupError for what is no pattern."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise SetupError(f"regex was given {pattern!r:.100}, which is no pattern: {error}") from None
    return _make("regex", lambda answer: compiled.search(answer) is not None, SECONDS)


def numeric(right: float, tolerance: float = 1e-9) -> Evaluator:
    """Lets an answer pass whose last number is the right one, within the tolerance."""

    def is_right(answer: str) -> bool:
        numbers = _NUMBER.findall(answer)
        return bool(numbers) and abs(float(numbers[-1].replace(",", "")) - right) <= tolerance

    return _make("numeric", is_right)


def _make(name: str, is_right: Callable[[str], bool], seconds: float | None = None) -> Evaluator:
    def judge(_: str, answer: str) -> tuple[bool, str]:
        return (True, "") if is_right(answer) else (False, "this is not the right answer")

    return FunctionEvaluator(judge, oracle=True, name=name, seconds=seconds)


def _flatten(text: str) -> str:
    return " ".join(text.casefold().split())

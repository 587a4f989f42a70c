"""Evaluators that compare an answer with that of a task, whatever JSON the task has it in."""

from math import isfinite, nan
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.evaluators import matching


def make_exact(right: Any) -> Evaluator:
    """The task's answer, or one of its list of them: numbers as numbers, dates as dates, words without their dress."""
    return matching.exact(*_read_texts("exact", right))


def make_contains(right: Any) -> Evaluator:
    """An answer that has the task's in it, or one of its list of them."""
    return matching.contains(*_read_texts("contains", right))


def make_regex(right: Any, pattern: str | None = None) -> Evaluator:
    """An answer in which the pattern is found; the task's own answer is the pattern where none is given."""
    if pattern is None and not isinstance(right, str):
        raise SetupError(f"regex was given no pattern, and the task's answer is {right!r:.60}; wanted a text")
    return matching.regex(str(right) if pattern is None else pattern)


def make_numeric(right: Any, tolerance: float = 1e-9, relative: float = 0.0) -> Evaluator:
    """An answer whose last number is the task's, within the tolerance, or within a share of it."""
    number = read_number(right)
    if number is None:
        raise SetupError(f"numeric compares with a number, and the task's answer is {right!r:.60}")
    if tolerance < 0 or relative < 0:
        raise SetupError(f"numeric was given {min(tolerance, relative):g}; wanted tolerances of 0 or more")
    return matching.numeric(number, max(tolerance, relative * abs(number)))


def _read_texts(name: str, right: Any) -> list[str]:
    """The answers that count, as texts. Raises: SetupError where there is none, or one is no plain value."""
    answers = right if isinstance(right, list) else [right]
    texts = [str(each) for each in answers if isinstance(each, str | int | float) and not isinstance(each, bool)]
    if not texts or len(texts) < len(answers):
        raise SetupError(
            f"{name} compares with a text, a number, or a list of these, and the task's answer is {right!r:.60}; "
            "wanted one of them, or an evaluator such as json, tool_path or world"
        )
    return texts


def read_number(right: Any) -> float | None:
    """The number that an answer is, commas and the sign of a currency apart; None where it is none."""
    try:
        number = nan if isinstance(right, bool) else float(str(right).replace(",", "").strip().lstrip("$€£"))
    except ValueError:
        return None
    return number if isfinite(number) else None

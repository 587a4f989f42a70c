"""When two answers are the same answer: numbers by their value, words without their dress."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from agent_brain.core.answer_type import AnswerType, Fit

DIGITS_MAX = 40
"""A number of more digits keeps its exponent: 1e999999 shall not become a million characters."""
_SAID = re.compile(r"^\W*(?:the |final )*answer(?: is)?\W*?[:=]?\s+(?P<answer>\S.*)$", re.IGNORECASE)
_EDGES = " \t\r\n.,;:!?\"'`*_()[]{}“”\u2018\u2019«»$€£"
"""What is no part of an answer where it stands at one of its ends."""


def normalise(text: str, kind: AnswerType | None = None) -> str:
    """What is equal for equal answers: of a value its JSON, of a number its value, else words without their dress.

    A last line `Answer: ...` stands for the whole text.
    """
    found = None if kind is None else kind.read(text)
    if isinstance(found, Fit):
        return json.dumps(_normalise_value(found.data), sort_keys=True, ensure_ascii=False)
    lines = text.strip().splitlines() or [""]
    said = _SAID.match(lines[-1])
    return _normalise_text(said["answer"] if said else text)


def _normalise_text(text: str) -> str:
    words = " ".join(text.casefold().split())
    words = words.strip(_EDGES) or words
    try:
        number = Decimal(re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", words))
    except InvalidOperation:
        return words
    return _normalise_number(number) if number.is_finite() else words


def _normalise_number(number: Decimal) -> str:
    if not number:
        return "0"
    if abs(number.adjusted()) > DIGITS_MAX:
        return str(number)
    digits = f"{number:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _normalise_value(value: Any) -> Any:
    """JSON in which 4 and 4.0 are the same, and so are Paris and paris."""
    match value:
        case bool() | None:
            return value
        case int() | float():
            number = Decimal(str(value))
            return _normalise_number(number) if number.is_finite() else str(value)
        case str():
            return " ".join(value.casefold().split())
        case list():
            return [_normalise_value(entry) for entry in value]
        case dict():
            return {key: _normalise_value(entry) for key, entry in value.items()}
    return value

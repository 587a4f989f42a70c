"""Which of the user's own tools does an operation, and which parameter takes which number.

A tool is taken for an operation only where its name, its parameters and its description all say so: `subtract` may
mean a from b as well as b from a.
"""

import re
from collections.abc import Mapping, Sequence

from agent_brain.models.offline.transcript import Card
from agent_brain.models.offline.vocabulary import split_words

COMMUTATIVE = frozenset({"+", "*", "max", "min", "gcd", "lcm"})

_NAMES: Mapping[str, frozenset[str]] = {
    sign: frozenset(split_words(words))
    for sign, words in {
        "+": "add plus sum addition",
        "-": "subtract minus difference sub subtraction",
        "*": "multiply times product mul multiplication",
        "/": "divide division quotient div",
        "**": "power pow exponent exponentiate",
        "mod": "mod modulo remainder",
        "sqrt": "sqrt root",
        "max": "max maximum larger",
        "min": "min minimum smaller",
        "factorial": "factorial",
        "abs": "abs absolute",
        "gcd": "gcd",
        "lcm": "lcm",
    }.items()
}
_FILLERS = frozenset(split_words("of two numbers number ints integers floats values value up together by square"))
_PAIRS = tuple(
    tuple(pair.split("|"))
    for pair in split_words("""
    a|b x|y first|second left|right lhs|rhs num1|num2 number1|number2 n1|n2 x1|x2 value1|value2
    first_number|second_number number_1|number_2 num_1|num_2
    """)
)
_ROLES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "-": (("minuend", "subtrahend"),),
    "/": (("numerator", "denominator"), ("dividend", "divisor")),
    "mod": (("dividend", "divisor"), ("number", "modulus"), ("a", "n")),
    "**": (("base", "exponent"), ("base", "power"), ("base", "exp"), ("x", "n")),
    "+": (("augend", "addend"), ("m", "n")),
    "*": (("multiplicand", "multiplier"), ("m", "n")),
}
_SINGLES = frozenset(split_words("a x n y value number num radicand"))
_OTHER_MEANING = frozenset(
    split_words("""
    absolute business calendar concatenate date dates day days floor floored matrices matrix modular month months
    opposite percent percentage reverse reversed round rounded string strings swapped text texts vector vectors whole
    year years
    """)
)
"""Words of a description by which the tool does something else than its name says."""


def find_operation_tool(sign: str, count: int, cards: Sequence[Card]) -> tuple[str, tuple[str, ...]] | None:
    """A tool that does this operation on so many numbers, with its parameters in the order of the operands."""
    for card in cards:
        if len(card.required) == count and _is_named_after(card, sign):
            names = _order_parameters(card, sign)
            if names is not None:
                return card.name, names
    return None


def is_commutative(card: Card) -> bool:
    """True for a tool that adds or multiplies two numbers, so that their order says nothing."""
    return any(find_operation_tool(sign, 2, [card]) is not None for sign in COMMUTATIVE)


def _is_named_after(card: Card, sign: str) -> bool:
    words, wanted = set(card.name.lower().split("_")), _NAMES.get(sign, frozenset())
    said = set(re.findall(r"[a-z]+", card.description.lower()))
    return bool(words & wanted) and words <= wanted | _FILLERS and said.isdisjoint(_OTHER_MEANING - wanted)


def _order_parameters(card: Card, sign: str) -> tuple[str, ...] | None:
    names = card.required
    if any(card.properties.get(name, {}).get("type") not in ("number", "integer") for name in names):
        return None
    if len(names) == 1:
        return names if names[0] in _SINGLES else None
    for pair in (*_ROLES.get(sign, ()), *_PAIRS):
        if set(pair) == set(names) and (sign in COMMUTATIVE or _agrees(card.description.lower(), *pair)):
            return pair
    return None


def _agrees(text: str, first: str, second: str) -> bool:
    """True where the description has the first operand before the second, or says `second from first`."""
    is_turned = re.search(r"\b(?:from|into)\b", text) is not None
    if re.search(rf"\b{first}\b", text) and re.search(rf"\b{second}\b", text):
        if is_turned:
            return re.search(rf"\b{second}\W+(?:from|into)\W+{first}\b", text) is not None
        return re.search(rf"\b{second}\b.*\b{first}\b", text, re.S) is None
    if is_turned:
        return re.search(r"\b(?:second|latter|right)\b.*\b(?:from|into)\b.*\b(?:first|former|left)\b", text) is not None
    return re.search(r"\b(?:second|latter|right)\b.*\b(?:first|former|left)\b", text, re.S) is None

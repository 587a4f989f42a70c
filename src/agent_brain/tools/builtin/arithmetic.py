"""Exact arithmetic for models: a small parser over fractions, without `eval` and with a bound on everything."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from agent_brain.tools.builtin.functions import FUNCTIONS, factorial
from agent_brain.tools.builtin.numbers import Number, check_size, format_number, power
from agent_brain.tools.function_tool import tool

EXPRESSION_CHARACTERS_MAX = 2_000
DEPTH_MAX = 60
"""Nested parentheses, signs and powers."""

_TOKEN = re.compile(r"\s*(?:(\d[\d_]*\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([a-z]+)|(\*\*|//|[-+*/%^(),!]))", re.I)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_HEXADECIMAL = re.compile(r"(?<![\w.])0[xob][\da-f]+", re.I)
_SIGNS = str.maketrans({"\u00d7": "*", "\u00b7": "*", "\u00f7": "/", "\u2212": "-", "\u2013": "-", "\u03c0": " pi "})
_CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau}


@tool(read_only=True)
def calculate(expression: str) -> str:
    """Work out an arithmetic expression, such as `15% * 359`, `(3+4)*5/7`, `2**15`, `sqrt(144) + 5`.

    Fractions are kept exactly; a result that has no short decimal form, such as 1/3, is rounded to 15 digits.

    Operators: + - * / // (whole part) % (remainder; after a number alone: percent) ** or ^ (power) ! and parentheses.
    Functions: sqrt cbrt abs round(x, digits) floor ceil min max sum mean gcd lcm factorial exp log(x, base) ln
    log10 log2 sin cos tan asin acos atan (in radians) degrees radians. Constants: pi e tau.

    Args:
        expression: The expression; numbers may be written 1234.5 or 1_234.5.
    """
    if len(expression) > EXPRESSION_CHARACTERS_MAX:
        raise ValueError(
            f"the expression has {len(expression)} characters, at most {EXPRESSION_CHARACTERS_MAX} are read"
        )
    try:
        return format_number(_Parser(_split(expression)).parse())
    except ZeroDivisionError:
        raise ValueError(f"division by zero in {expression!r}") from None
    except (OverflowError, TypeError) as error:
        raise ValueError(f"{expression!r} cannot be worked out: {error}") from None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _split(expression: str) -> list[_Token]:
    text = expression.translate(_SIGNS).strip().rstrip("=").rstrip()
    if "(" not in text:
        text = _THOUSANDS.sub(lambda match: match.group().replace(",", ""), text)
    odd = _HEXADECIMAL.search(text)
    if odd:
        raise ValueError(f"{odd.group()!r} is no decimal number; write numbers in base ten")
    tokens, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(
                f"unexpected {text[place:].lstrip()[:1]!r} in {expression!r}; write numbers and + - * / % ** ( )"
            )
        kind = ("number", "name", "sign")[(match.lastindex or 1) - 1]
        tokens.append(_Token(kind, match.group().strip().lower()))
        place = match.end()
    return [*tokens, _Token("end", "")]


class _Parser:
    """Recursive descent: sum, product, sign, power, postfix, atom."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0
        self._is_share = False
        """The product that was read last is nothing but a percentage."""

    def parse(self) -> Number:
        value = self._sum()
        if self._peek.kind != "end":
            raise ValueError(f"unexpected {self._peek.text!r} after a complete expression; is an operator missing?")
        return value

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._place]

    def _take(self, *texts: str) -> str:
        """Step over one of these signs, if it is next."""
        found = self._peek.text if self._peek.kind != "number" and self._peek.text in texts else ""
        self._place += bool(found)
        return found

    def _sum(self) -> Number:
        value = self._product()
        while sign := self._take("+", "-"):
            was_share = self._is_share
            other = self._product()
            if self._is_share and not was_share:
                raise ValueError(_tell_readings(value, sign, other))
            value = check_size(value + other if sign == "+" else value - other)
        return value

    def _product(self) -> Number:
        value = self._signed()
        is_share = self._tokens[self._place - 1].text == "%"
        while sign := self._take("*", "/", "//", "%", "mod", "of", "x"):
            other = self._signed()
            value = check_size(_PRODUCTS[sign](value, other))
            is_share = False
        self._is_share = is_share
        return value

    def _signed(self) -> Number:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ValueError(f"the expression is nested more than {DEPTH_MAX} deep")
        sign = self._take("-", "+")
        value = -self._signed() if sign == "-" else self._signed() if sign else self._power()
        self._depth -= 1
        return value

    def _power(self) -> Number:
        base = self._postfix()
        return power(base, self._signed()) if self._take("**", "^") else base

    def _postfix(self) -> Number:
        value = self._atom()
        while True:
            if self._take("!"):
                if self._peek.text == "!":
                    raise ValueError("two ! in a row may mean two things; write factorial(...) with parentheses")
                value = factorial(value)
            elif self._peek.text == "%" and not self._starts_operand(self._tokens[self._place + 1]):
                self._place += 1
                value = value / 100
            else:
                return value

    @staticmethod
    def _starts_operand(token: _Token) -> bool:
        return (
            token.kind == "number"
            or token.text == "("
            or (token.kind == "name" and token.text not in ("of", "x", "mod"))
        )

    def _atom(self) -> Number:
        token = self._peek
        self._place += token.kind != "end"
        if token.kind == "number":
            return _read_number(token.text)
        if token.kind == "name":
            return self._named(token.text)
        if token.text == "(":
            value = self._sum()
            self._close()
            return value
        raise ValueError(
            f"a number is missing before {token.text!r}" if token.text else "the expression ends too early"
        )

    def _named(self, name: str) -> Number:
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name not in FUNCTIONS:
            raise ValueError(f"unknown name {name!r}; functions: {', '.join(FUNCTIONS)}; constants: pi, e, tau")
        if not self._take("("):
            raise ValueError(f"write {name}(...) with parentheses")
        values = [self._sum()]
        while self._take(","):
            values.append(self._sum())
        self._close()
        least, most, function = FUNCTIONS[name]
        if not least <= len(values) <= most:
            raise ValueError(f"{name} takes {least} argument(s), not {len(values)}")
        return check_size(function(*values))

    def _close(self) -> None:
        if not self._take(")"):
            raise ValueError("a closing parenthesis is missing")


def _read_number(text: str) -> Fraction:
    _, _, exponent = text.partition("e")
    if len(exponent) > 5 or abs(int(exponent or 0)) > 1_000:
        raise ValueError(f"the exponent of {text!r} is too large")
    return Fraction(text)


def _tell_readings(value: Number, sign: str, share: Number) -> str:
    number, part, percent = format_number(value), format_number(share), format_number(share * 100)
    return (
        f"{number} {sign} {percent}% may mean {number} * (1 {sign} {part}) or {number} {sign} {part}; "
        "write the one that is meant"
    )


_PRODUCTS: dict[str, Callable[[Number, Number], Number]] = {
    "*": lambda a, b: a * b,
    "of": lambda a, b: a * b,
    "x": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: Fraction(a // b),
    "%": lambda a, b: a % b,
    "mod": lambda a, b: a % b,
}


@tool(read_only=True)
def sum_digits(number: str) -> int:
    """Add up the decimal digits of a number, such as 32768 -> 26.

    Args:
        number: The number, written in digits.
    """
    digits = [int(letter) for letter in str(number) if letter.isdecimal()]
    if not digits:
        raise ValueError(f"no digits in {str(number)[:60]!r}; give a number such as 32768")
    return sum(digits)

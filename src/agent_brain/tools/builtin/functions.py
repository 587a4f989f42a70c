"""The calculator's functions over exact numbers, each with how many arguments it takes."""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import wraps

from agent_brain.tools.builtin.numbers import Number, format_number, power, square_root

FACTORIAL_MAX = 1_000
DUST = 1e-15
"""What a sine or cosine is off by where it should be 0."""


def _whole(value: Number, what: str) -> int:
    if isinstance(value, float) or value.denominator != 1:
        raise ValueError(f"{what} needs whole numbers, not {format_number(value)}")
    return value.numerator


def factorial(value: Number) -> Fraction:
    number = _whole(value, "factorial")
    if not 0 <= number <= FACTORIAL_MAX:
        raise ValueError(f"factorial takes 0 to {FACTORIAL_MAX}, not {number}")
    return Fraction(math.factorial(number))


def _round(value: Number, digits: Number = Fraction(0)) -> Number:
    """Half away from zero, as taught at school."""
    places = max(-100, min(100, _whole(digits, "round")))
    scale = Fraction(10) ** places
    scaled = Fraction(value) * scale
    return Fraction(math.floor(abs(scaled) + Fraction(1, 2)) * (-1 if scaled < 0 else 1)) / scale


def _log(value: Number, base: Number | None = None) -> float:
    """Without a base some mean 10 and some e, so that it has to be said. Raises: ValueError."""
    if base is None:
        raise ValueError("log needs its base: write ln(x), log10(x) or log(x, base)")
    if value <= 0 or base <= 0 or base == 1:
        raise ValueError("log needs a positive number and a positive base other than 1")
    return _logarithm(value) / (1.0 if base == math.e else _logarithm(base))


def _logarithm(value: Number) -> float:
    return math.log(value) if isinstance(value, float) else math.log(value.numerator) - math.log(value.denominator)


def _real(function: Callable[[float], float]) -> Callable[[Number], Number]:
    def apply(value: Number) -> Number:
        try:
            return function(float(value))
        except ValueError:
            raise ValueError(f"{function.__name__} has no value at {format_number(value)}") from None

    return apply


def _clear(function: Callable[[float], float]) -> Callable[[float], float]:
    """Without the dust that a rounded pi leaves: the sine of pi is 0, the tangent of half of it has no value."""

    @wraps(function)
    def apply(value: float) -> float:
        result = function(value)
        if abs(result) > 1 / DUST:
            raise ValueError
        return 0.0 if abs(result) < DUST and abs(value) > DUST else result

    return apply


def _mean(*values: Number) -> Number:
    return sum(values, Fraction(0)) / len(values)


_MANY = 500
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Number]]] = {
    "sqrt": (1, 1, square_root),
    "cbrt": (1, 1, lambda x: -power(-x, Fraction(1, 3)) if x < 0 else power(x, Fraction(1, 3))),
    "abs": (1, 1, abs),
    "round": (1, 2, _round),
    "floor": (1, 1, lambda x: Fraction(math.floor(x))),
    "ceil": (1, 1, lambda x: Fraction(math.ceil(x))),
    "min": (1, _MANY, lambda *values: min(values)),
    "max": (1, _MANY, lambda *values: max(values)),
    "sum": (1, _MANY, lambda *values: sum(values, Fraction(0))),
    "mean": (1, _MANY, _mean),
    "gcd": (1, _MANY, lambda *values: Fraction(math.gcd(*(_whole(value, "gcd") for value in values)))),
    "lcm": (1, _MANY, lambda *values: Fraction(math.lcm(*(_whole(value, "lcm") for value in values)))),
    "factorial": (1, 1, factorial),
    "exp": (1, 1, _real(math.exp)),
    "log": (1, 2, _log),
    "ln": (1, 1, lambda x: _log(x, math.e)),
    "log10": (1, 1, lambda x: _log(x, Fraction(10))),
    "log2": (1, 1, lambda x: _log(x, Fraction(2))),
    "sin": (1, 1, _real(_clear(math.sin))),
    "cos": (1, 1, _real(_clear(math.cos))),
    "tan": (1, 1, _real(_clear(math.tan))),
    "asin": (1, 1, _real(math.asin)),
    "acos": (1, 1, _real(math.acos)),
    "atan": (1, 1, _real(math.atan)),
    "degrees": (1, 1, _real(math.degrees)),
    "radians": (1, 1, _real(math.radians)),
}
"""What each takes at least and at most, and what it does."""

"""Numbers as the built-in tools know them: exact fractions, floats where a root or a function forces it."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

Number = Fraction | float

BITS_MAX = 13_000
"""Of a numerator or denominator: some 3,900 decimal digits, below the length at which Python refuses to print."""
DIGITS = 15
"""Significant digits of a result that has no short decimal form."""


def check_size(value: Number) -> Number:
    """The value, if it is finite and of a size that can be worked with. Raises: ValueError."""
    if isinstance(value, complex) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("the result is not a finite real number")
    if isinstance(value, Fraction) and max(value.numerator.bit_length(), value.denominator.bit_length()) > BITS_MAX:
        raise ValueError("a number on the way has more than about 3,900 digits")
    return value


def power(base: Number, exponent: Number) -> Number:
    """`base ** exponent`, exact where the exponent is whole. Raises: ValueError."""
    if base == 0 and exponent < 0:
        raise ZeroDivisionError
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if base not in (0, 1, -1) and (bits - 1) * abs(exponent.numerator) > BITS_MAX:
            raise ValueError("the power has more than about 3,900 digits")
        whole: Fraction = base**exponent.numerator
        return check_size(whole)
    if base < 0:
        raise ValueError("a negative number has no real power with a broken exponent")
    return check_size(_root(base, exponent))


def _root(base: Number, exponent: Number) -> Number:
    """Exact where the base is a perfect power, such as 27 ** (1/3)."""
    result = math.pow(float(base), float(exponent))
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator <= 10 and result < 1e15:
        near = Fraction(round(result))
        if near.numerator < 1_000_000 and exponent.numerator > 0:
            degree = exponent.denominator
            if near**degree == base**exponent.numerator:
                return near
    return result


def square_root(value: Number) -> Number:
    """The square root, exact for squares of fractions. Raises: ValueError."""
    if value < 0:
        raise ValueError("a negative number has no real square root")
    if isinstance(value, float):
        return math.sqrt(value)
    above, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if above * above == value.numerator and below * below == value.denominator:
        return Fraction(above, below)
    return math.sqrt(value)


def format_number(value: Number) -> str:
    """A whole number in full, a short decimal exactly; anything else to 15 significant digits, none of them made up."""
    check_size(value)
    if isinstance(value, float):
        return _trim(f"{value:.{DIGITS}g}")
    if value.denominator == 1:
        return str(value.numerator)
    with localcontext() as context:
        context.prec = 40
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        short = Fraction(exact) == value
        context.prec = 30 if short else DIGITS
        largest = 1e20 if short else 10**DIGITS
        return _trim(f"{+exact:f}" if 1e-9 < abs(exact) < largest else f"{+exact:.{DIGITS - 1}e}")


def _trim(text: str) -> str:
    mantissa, mark, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    text = f"{mantissa}{mark}{int(exponent) if exponent else ''}"
    return "0" if text in ("-0", "") else text

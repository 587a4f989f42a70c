"""Unit conversion with exact factors; the table of units is the whole knowledge."""

import difflib
import math
from fractions import Fraction
from functools import cache

from agent_brain.tools.builtin.numbers import format_number
from agent_brain.tools.builtin.unit_table import OFFSETS, ROWS, VAGUE, Unit
from agent_brain.tools.function_tool import tool

VALUE_MAX = 1e300


@tool(read_only=True)
def convert_units(value: float, from_unit: str, to_unit: str) -> str:
    """Convert a value between units of length, mass, time, temperature, volume, area, speed, data, energy, power,
    pressure or angle.

    Args:
        value: How many of the first unit.
        from_unit: The unit of the value, such as mile, kg, hour, celsius, gallon, acre, km/h, GB, kWh, psi.
        to_unit: The unit wanted.
    """
    if not math.isfinite(value) or abs(value) > VALUE_MAX:
        raise ValueError(f"{value} is not a number that can be converted")
    source, target = find_unit(from_unit), find_unit(to_unit)
    if source.quantity != target.quantity:
        raise ValueError(
            f"cannot convert {source.symbol} ({source.quantity}) to {target.symbol} ({target.quantity}); "
            f"units of {source.quantity}: {', '.join(_symbols(source.quantity))}"
        )
    base = Fraction(str(value)) * source.factor + OFFSETS.get(source.symbol, 0)
    if base < 0 and source.quantity == "temperature":
        raise ValueError(f"{value} {source.symbol} is below absolute zero")
    return f"{format_number((base - OFFSETS.get(target.symbol, 0)) / target.factor)} {target.symbol}"


def find_unit(name: str) -> Unit:
    """The unit of this name, symbol or alias. Raises: ValueError with the nearest ones."""
    table, cleaned = _index(), " ".join(name.strip().rstrip(".").split())
    lowered = _plain(cleaned)
    for key in (cleaned, lowered, lowered.removesuffix("s"), lowered.removesuffix("es")):
        if key in table:
            return table[key]
    if _singular(lowered) in VAGUE:
        raise ValueError(f"{name!r} is no fixed unit: it may be {VAGUE[_singular(lowered)]}")
    nearest = difflib.get_close_matches(lowered, [key for key in table if len(key) > 2], n=3, cutoff=0.6)
    hint = f"; did you mean {', '.join(nearest)}?" if nearest else ""
    raise ValueError(
        f"no unit called {name[:40]!r}{hint}" + ("" if nearest else "; give a unit such as km, lb, hour, celsius")
    )


def _plain(name: str) -> str:
    """Lower case, one spelling: `Degrees Celsius` -> `celsius`, `kilometers per hour` -> `kilometre/hour`."""
    text = name.casefold().replace(" per ", "/").replace("²", "2").replace("³", "3").replace("°", "")
    text = text.removeprefix("degrees ").removeprefix("degree ")
    for american, british in (("meter", "metre"), ("liter", "litre"), ("feet", "foot"), ("inches", "inch")):
        text = text.replace(american, british)
    return "/".join(_singular(part) for part in text.split("/"))


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 and not word.endswith(("ss", "us", "hz")) else word


@cache
def _index() -> dict[str, Unit]:
    """Symbols as they are written first; then names and aliases in the plain spelling, the first one wins."""
    table: dict[str, Unit] = {}
    units = [
        (Unit(symbol, quantity, Fraction(factor)), aliases.split(", ")) for quantity, symbol, factor, aliases in ROWS
    ]
    for unit, _ in units:
        table[unit.symbol] = unit
    for unit, aliases in units:
        for alias in aliases:
            table.setdefault(_plain(alias), unit)
            table.setdefault(alias, unit)
    for unit, _ in units:
        table.setdefault(_plain(unit.symbol), unit)
    return table


def _symbols(quantity: str) -> list[str]:
    return [symbol for kind, symbol, _, _ in ROWS if kind == quantity]

"""Unit conversion: exact factors, many spellings, clear refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.tools.builtin import convert_units
from agent_brain.tools.builtin.unit_table import ROWS
from agent_brain.tools.builtin.units import find_unit


@pytest.mark.parametrize(
    ("value", "source", "target", "result"),
    [
        (10, "miles", "km", "16.09344 km"),
        (100, "F", "celsius", "37.7777777777778 °C"),
        (-40, "degrees Celsius", "°F", "-40 °F"),
        (0, "celsius", "kelvin", "273.15 K"),
        (3, "days", "hours", "72 h"),
        (90, "km/h", "metres per second", "25 m/s"),
        (1, "GiB", "bytes", "1073741824 B"),
        (8, "Mb", "B", "1000000 B"),
        (1, "kWh", "J", "3600000 J"),
        (6, "feet", "inches", "72 in"),
        (1, "acre", "square feet", "43560 ft2"),
        (1, "atm", "kPa", "101.325 kPa"),
        (2, "lbs", "g", "907.18474 g"),
        (1, "gallon", "litres", "3.785411784 L"),
        (180, "degrees", "rad", "3.14159265358979323846 rad"),
        (0.1, "m", "cm", "10 cm"),
    ],
)
def test_a_value_is_converted_exactly(value: float, source: str, target: str, result: str) -> None:
    assert convert_units(value, source, target) == result


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_every_unit_is_found_by_its_symbol_its_aliases_and_their_plurals(row: tuple[str, str, str, str]) -> None:
    _, symbol, _, aliases = row
    assert find_unit(symbol).symbol == symbol
    for alias in aliases.split(", "):
        assert find_unit(alias).symbol == symbol
        if len(alias) > 4 and alias not in ("celsius", "fahrenheit", "centigrade", "horsepower", "foot", "inch"):
            assert find_unit(alias + "s").quantity == row[0]


@given(st.floats(-1e12, 1e12), st.sampled_from([row[1] for row in ROWS if row[0] == "length"]))
def test_there_and_back_again_is_the_same_value(value: float, symbol: str) -> None:
    there = convert_units(value, "m", symbol).split()[0]
    back = float(convert_units(float(there), symbol, "m").split()[0])
    assert back == pytest.approx(value, rel=1e-12, abs=1e-300)


def test_wrong_units_are_refused_with_those_that_would_do() -> None:
    with pytest.raises(ValueError, match="did you mean kilometre"):
        convert_units(1, "killometre", "m")
    with pytest.raises(ValueError, match=r"km \(length\) to kg \(mass\); units of length: m, km"):
        convert_units(1, "km", "kg")
    with pytest.raises(ValueError, match="365 or 366 days"):
        convert_units(2, "years", "days")
    with pytest.raises(ValueError, match="below absolute zero"):
        convert_units(-500, "C", "K")
    with pytest.raises(ValueError, match="no unit called ''"):
        convert_units(1, "", "m")
    with pytest.raises(ValueError, match="not a number"):
        convert_units(float("nan"), "m", "km")

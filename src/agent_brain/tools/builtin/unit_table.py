"""The units that are known: exact factors to the base unit of their quantity, by SI and the pound and yard of 1959."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: its symbol, what it measures, and how many base units it is."""

    symbol: str
    quantity: str
    factor: Fraction


OFFSETS = {"°C": Fraction("273.15"), "°F": Fraction("459.67") * Fraction(5, 9)}
"""Base units (kelvin) at the zero of a scale."""

VAGUE = {"year": "365 or 366 days", "month": "28 to 31 days", "ton": "a tonne, 2000 lb or 2240 lb"}
"""Names that stand for no fixed amount."""

PI = "3.14159265358979323846"

ROWS: tuple[tuple[str, str, str, str], ...] = (
    # quantity, symbol, base units in one, names and aliases
    ("length", "m", "1", "metre"),
    ("length", "km", "1000", "kilometre"),
    ("length", "dm", "0.1", "decimetre"),
    ("length", "cm", "0.01", "centimetre"),
    ("length", "mm", "0.001", "millimetre"),
    ("length", "µm", "0.000001", "um, micrometre, micron"),
    ("length", "nm", "0.000000001", "nanometre"),
    ("length", "mi", "1609.344", "mile"),
    ("length", "yd", "0.9144", "yard"),
    ("length", "ft", "0.3048", "foot"),
    ("length", "in", "0.0254", "inch"),
    ("length", "nmi", "1852", "nautical mile"),
    ("length", "ly", "9460730472580800", "light year, light-year"),
    ("length", "au", "149597870700", "astronomical unit"),
    ("mass", "kg", "1", "kilogram, kilo, kilogramme"),
    ("mass", "g", "0.001", "gram, gramme"),
    ("mass", "mg", "0.000001", "milligram"),
    ("mass", "t", "1000", "tonne, metric ton"),
    ("mass", "lb", "0.45359237", "lbs, pound"),
    ("mass", "oz", "0.028349523125", "ounce"),
    ("mass", "st", "6.35029318", "stone"),
    ("time", "s", "1", "second, sec"),
    ("time", "ms", "0.001", "millisecond"),
    ("time", "min", "60", "minute"),
    ("time", "h", "3600", "hour, hr"),
    ("time", "d", "86400", "day"),
    ("time", "wk", "604800", "week"),
    ("time", "julian yr", "31557600", "julian year"),
    ("temperature", "K", "1", "kelvin"),
    ("temperature", "°C", "1", "celsius, centigrade, c"),
    ("temperature", "°F", "5/9", "fahrenheit, f"),
    ("volume", "L", "1", "l, litre"),
    ("volume", "mL", "0.001", "ml, millilitre"),
    ("volume", "cL", "0.01", "cl, centilitre"),
    ("volume", "m3", "1000", "cubic metre, m^3"),
    ("volume", "cm3", "0.001", "cubic centimetre, cc, cm^3"),
    ("volume", "gal", "3.785411784", "gallon, us gallon"),
    ("volume", "qt", "0.946352946", "quart"),
    ("volume", "pt", "0.473176473", "pint"),
    ("volume", "cup", "0.2365882365", "cup"),
    ("volume", "fl oz", "0.0295735295625", "fluid ounce"),
    ("volume", "tbsp", "0.01478676478125", "tablespoon"),
    ("volume", "tsp", "0.00492892159375", "teaspoon"),
    ("area", "m2", "1", "square metre, m^2, sqm"),
    ("area", "km2", "1000000", "square kilometre, km^2"),
    ("area", "cm2", "0.0001", "square centimetre, cm^2"),
    ("area", "ha", "10000", "hectare"),
    ("area", "acre", "4046.8564224", "acre"),
    ("area", "ft2", "0.09290304", "square foot, sqft, ft^2"),
    ("area", "in2", "0.00064516", "square inch, in^2"),
    ("area", "mi2", "2589988.110336", "square mile, mi^2"),
    ("speed", "m/s", "1", "metre/second, mps"),
    ("speed", "km/h", "5/18", "kilometre/hour, kph, kmh"),
    ("speed", "mph", "0.44704", "mile/hour, mi/h"),
    ("speed", "kn", "463/900", "knot, kt"),
    ("speed", "ft/s", "0.3048", "foot/second"),
    ("data", "B", "1", "byte"),
    ("data", "bit", "1/8", "b"),
    ("data", "kB", "1000", "KB, kilobyte"),
    ("data", "MB", "1000000", "mb, megabyte"),
    ("data", "GB", "1000000000", "gb, gigabyte"),
    ("data", "TB", "1000000000000", "terabyte"),
    ("data", "Mbit", "125000", "Mb, megabit"),
    ("data", "Gbit", "125000000", "Gb, gigabit"),
    ("data", "KiB", "1024", "kibibyte"),
    ("data", "MiB", "1048576", "mebibyte"),
    ("data", "GiB", "1073741824", "gibibyte"),
    ("data", "TiB", "1099511627776", "tebibyte"),
    ("energy", "J", "1", "joule"),
    ("energy", "kJ", "1000", "kilojoule"),
    ("energy", "MJ", "1000000", "megajoule"),
    ("energy", "cal", "4.184", "calorie"),
    ("energy", "kcal", "4184", "kilocalorie"),
    ("energy", "Wh", "3600", "watt hour, watt-hour"),
    ("energy", "kWh", "3600000", "kilowatt hour, kilowatt-hour"),
    ("power", "W", "1", "watt"),
    ("power", "kW", "1000", "kilowatt"),
    ("power", "hp", "745.69987158227022", "horsepower"),
    ("pressure", "Pa", "1", "pascal"),
    ("pressure", "kPa", "1000", "kilopascal"),
    ("pressure", "bar", "100000", "bar"),
    ("pressure", "mbar", "100", "millibar, hPa, hectopascal"),
    ("pressure", "atm", "101325", "atmosphere"),
    ("pressure", "psi", "6894.757293168361", "pound/square inch"),
    ("pressure", "mmHg", "133.322387415", "millimetre of mercury"),
    ("angle", "deg", "1", "degree"),
    ("angle", "rad", str(Fraction(180) / Fraction(PI)), "radian"),
)

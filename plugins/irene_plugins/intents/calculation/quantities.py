"""Units of measurement with exact factors, and conversion between them.

Factors: NIST Special Publication 811 (2008), appendix B; BIPM, The International System of Units
(9th edition). Where a unit has several sizes, the one of everyday speech is taken: a year of 365
days, the thermochemical calorie, the international acre, gallons of the United States.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Unit:
    """A unit of one dimension: value in base units = value * factor + offset."""

    dimension: str
    """such as `length`"""
    factor: Fraction
    """base units in one of it"""
    offset: Fraction = Fraction(0)
    """base units at its zero; only temperatures have one"""


def convert(amount: Fraction, source: Unit, target: Unit) -> Fraction | None:
    """Return the amount in another unit, exactly; None between different dimensions."""
    if source.dimension != target.dimension:
        return None
    return (amount * source.factor + source.offset - target.offset) / target.factor


_METRIC = {"milli": "0.001", "centi": "0.01", "deci": "0.1", "": "1", "kilo": "1000"}
_INCH = Fraction("0.0254")
_POUND = Fraction("0.45359237")
_US_GALLON = 231 * _INCH**3
_UK_GALLON = Fraction("0.00454609")
_GRAVITY = Fraction("9.80665")
_FACTORS: Mapping[str, Mapping[str, Fraction | str]] = {
    "length": {
        **{f"{prefix}metre": factor for prefix, factor in _METRIC.items()},
        "inch": _INCH,
        "foot": 12 * _INCH,
        "yard": 36 * _INCH,
        "mile": 63360 * _INCH,
        "nautical mile": "1852",
        "light year": "9460730472580800",
    },
    "mass": {
        "milligram": "0.000001",
        "gram": "0.001",
        "kilogram": "1",
        "tonne": "1000",
        "ounce": _POUND / 16,
        "pound": _POUND,
        "metric pound": "0.5",
        "stone": 14 * _POUND,
        "hundredweight": "50",
        "short ton": 2000 * _POUND,
    },
    "volume": {
        "millilitre": "0.000001",
        "centilitre": "0.00001",
        "decilitre": "0.0001",
        "litre": "0.001",
        "cubic metre": "1",
        "teaspoon": _US_GALLON / 768,
        "tablespoon": _US_GALLON / 256,
        "fluid ounce": _US_GALLON / 128,
        "cup": _US_GALLON / 16,
        "pint": _US_GALLON / 8,
        "quart": _US_GALLON / 4,
        "gallon": _US_GALLON,
        "metric teaspoon": "0.000005",
        "metric tablespoon": "0.000015",
        "metric cup": "0.00025",
        "imperial fluid ounce": _UK_GALLON / 160,
        "imperial pint": _UK_GALLON / 8,
        "imperial quart": _UK_GALLON / 4,
        "imperial gallon": _UK_GALLON,
    },
    "temperature": {"kelvin": "1"},
    "speed": {
        "metre per second": "1",
        "kilometre per hour": Fraction(1000, 3600),
        "mile per hour": Fraction(63360, 3600) * _INCH,
        "knot": Fraction(1852, 3600),
    },
    "time": {
        "millisecond": "0.001",
        "second": "1",
        "minute": "60",
        "hour": "3600",
        "day": "86400",
        "week": "604800",
        "year": "31536000",
    },
    "area": {
        "square centimetre": "0.0001",
        "square metre": "1",
        "are": "100",
        "hectare": "10000",
        "square kilometre": "1000000",
        "square inch": _INCH**2,
        "square foot": (12 * _INCH) ** 2,
        "square yard": (36 * _INCH) ** 2,
        "acre": 43560 * (12 * _INCH) ** 2,
        "square mile": (63360 * _INCH) ** 2,
    },
    "data": {
        "bit": Fraction(1, 8),
        "byte": "1",
        "kilobyte": "1000",
        "megabyte": "1000000",
        "gigabyte": "1000000000",
        "terabyte": "1000000000000",
        "kibibyte": "1024",
        "mebibyte": "1048576",
        "gibibyte": "1073741824",
    },
    "energy": {
        "joule": "1",
        "kilojoule": "1000",
        "calorie": "4.184",
        "kilocalorie": "4184",
        "watt hour": "3600",
        "kilowatt hour": "3600000",
        "british thermal unit": "1055.05585262",
    },
    "power": {
        "watt": "1",
        "kilowatt": "1000",
        "horsepower": 550 * 12 * _INCH * _POUND * _GRAVITY,
        "metric horsepower": 75 * _GRAVITY,
    },
    "pressure": {
        "pascal": "1",
        "hectopascal": "100",
        "kilopascal": "1000",
        "millibar": "100",
        "bar": "100000",
        "atmosphere": "101325",
        "pound per square inch": _POUND * _GRAVITY / _INCH**2,
        "millimetre of mercury": "133.322387415",
    },
}
UNITS: Mapping[str, Unit] = {
    **{
        name: Unit(dimension, Fraction(factor))
        for dimension, factors in _FACTORS.items()
        for name, factor in factors.items()
    },
    "celsius": Unit("temperature", Fraction(1), Fraction("273.15")),
    "fahrenheit": Unit("temperature", Fraction(5, 9), Fraction("273.15") - Fraction(160, 9)),
}
"""Every unit by its name."""

"""Units as people write them, "2h 30m" or "5 kg in lb", read as they are said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple


class _Unit(NamedTuple):
    """How a unit is said: behind a 1, and behind any other number."""

    one: str
    many: str


class _Written(NamedTuple):
    """What is written in a language."""

    units: Mapping[tuple[str, ...], _Unit]
    """by how they are shortened, in small letters"""
    metre: _Unit
    """`m` behind a space: minutes have none, "30 m" is a length"""
    into: str
    """words before the unit that something is converted to, as alternatives of an expression"""


_ENGLISH = _Written(
    {
        ("h", "hr", "hrs"): _Unit("hour", "hours"),
        ("min", "mins"): _Unit("minute", "minutes"),
        ("s", "sec", "secs"): _Unit("second", "seconds"),
        ("mm",): _Unit("millimeter", "millimeters"),
        ("cm",): _Unit("centimeter", "centimeters"),
        ("km",): _Unit("kilometer", "kilometers"),
        ("ft",): _Unit("foot", "feet"),
        ("yd", "yds"): _Unit("yard", "yards"),
        ("mi",): _Unit("mile", "miles"),
        ("mg",): _Unit("milligram", "milligrams"),
        ("g",): _Unit("gram", "grams"),
        ("kg", "kgs"): _Unit("kilogram", "kilograms"),
        ("oz",): _Unit("ounce", "ounces"),
        ("lb", "lbs"): _Unit("pound", "pounds"),
        ("ml",): _Unit("milliliter", "milliliters"),
        ("l",): _Unit("liter", "liters"),
        ("km/h", "kmh", "kph"): _Unit("kilometer per hour", "kilometers per hour"),
        ("mph",): _Unit("mile per hour", "miles per hour"),
        ("°c", "c"): _Unit("degree Celsius", "degrees Celsius"),
        ("°f", "f"): _Unit("degree Fahrenheit", "degrees Fahrenheit"),
        ("kwh",): _Unit("kilowatt hour", "kilowatt hours"),
    },
    metre=_Unit("meter", "meters"),
    into="in|to|into",
)
_GERMAN = _Written(
    {
        ("h", "std", "stdn"): _Unit("Stunde", "Stunden"),
        ("min",): _Unit("Minute", "Minuten"),
        ("s", "sek"): _Unit("Sekunde", "Sekunden"),
        ("mm",): _Unit("Millimeter", "Millimeter"),
        ("cm",): _Unit("Zentimeter", "Zentimeter"),
        ("km",): _Unit("Kilometer", "Kilometer"),
        ("mg",): _Unit("Milligramm", "Milligramm"),
        ("g",): _Unit("Gramm", "Gramm"),
        ("kg",): _Unit("Kilogramm", "Kilogramm"),
        ("ml",): _Unit("Milliliter", "Milliliter"),
        ("l",): _Unit("Liter", "Liter"),
        ("km/h", "kmh"): _Unit("Kilometer pro Stunde", "Kilometer pro Stunde"),
        ("°c", "c"): _Unit("Grad Celsius", "Grad Celsius"),
        ("°f", "f"): _Unit("Grad Fahrenheit", "Grad Fahrenheit"),
        ("kwh",): _Unit("Kilowattstunde", "Kilowattstunden"),
    },
    metre=_Unit("Meter", "Meter"),
    into="in",
)


class _ShortUnits:
    """The short units of one language."""

    def __init__(self, written: _Written) -> None:
        self._units = {short: unit for shorts, unit in written.units.items() for short in shorts}
        self._minute, self._metre = self._units["min"], written.metre
        # The longest come first, and a letter behind one makes another word of it.
        shorts = "|".join(sorted(self._units, key=len, reverse=True))
        unit = rf"(?:\s?(?P<unit>{shorts})|(?P<minute>m)|\s(?P<metre>m))(?![^\W\d])\.?"
        number = r"(?<![\d.,:])(?P<number>\d+(?:[.,]\d+)?)"
        self._written = re.compile(number + unit, re.IGNORECASE)
        target = rf"(?P<unit>{shorts})|(?P<metre>m)"
        self._target = re.compile(
            rf"(?P<into>\b(?:{written.into})\s)(?:{target})(?=\W*$)", re.IGNORECASE
        )

    def spelt_out(self, text: str) -> str:
        """Return the text with a word in place of each short unit; without any, as it is."""
        spoken, n_units = self._written.subn(self._said, text)
        spoken, n_targets = self._target.subn(self._said_alone, spoken)
        return " ".join(spoken.split()) if n_units or n_targets else text

    def _said(self, found: re.Match[str]) -> str:
        number = found["number"]
        unit = self._minute if found["minute"] else self._unit(found)
        return f"{number} {unit.one if number == '1' else unit.many} "

    def _said_alone(self, found: re.Match[str]) -> str:
        return f"{found['into']}{self._unit(found).many}"

    def _unit(self, found: re.Match[str]) -> _Unit:
        return self._metre if found["metre"] else self._units[found["unit"].lower()]


_LANGUAGES = {"en": _ENGLISH, "de": _GERMAN}


@cache  # made when a text is read: every command of irene imports this module
def _short_units(language: str) -> _ShortUnits | None:
    return _ShortUnits(_LANGUAGES[language]) if language in _LANGUAGES else None


def with_units_spelt_out(text: str, language: str) -> str:
    """Return a text in which short units are words of the language.

    A unit stands behind a number; what something is converted to stands at the end ("in lb").
    A BCP 47 tag names the language; where its short units are not known, the text stays as it is.
    """
    known = _short_units(language.replace("_", "-").lower().partition("-")[0])
    return text if known is None else known.spelt_out(text)

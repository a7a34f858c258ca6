"""How English is written, and what its voices do not read by themselves."""

from __future__ import annotations

import re

from irene.components.spoken_text.rules import (
    Match,
    WrittenLanguage,
    abbreviation_rule,
    any_of,
    digit_groups,
    rule,
    words,
)

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_MONTHS = words(
    "January February March April May June July August September October November December"
)
_SPOKEN = {
    "e.g.": "for example",
    "i.e.": "that is",
    "vs.": "versus",
    "approx.": "approximately",
    "Dr.": "Doctor",
    "Mr.": "Mister",
    "Mrs.": "Missis",
    "Ms.": "Miss",
    "Prof.": "Professor",
}
_UNITS = {
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"),
    "mph": ("mile per hour", "miles per hour"),
    "m/s": ("meter per second", "meters per second"),
    "km": ("kilometer", "kilometers"),
    "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"),
    "m": ("meter", "meters"),
    "m²": ("square meter", "square meters"),
    "m³": ("cubic meter", "cubic meters"),
    "ft": ("foot", "feet"),
    "mi": ("mile", "miles"),
    "kg": ("kilogram", "kilograms"),
    "g": ("gram", "grams"),
    "mg": ("milligram", "milligrams"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "l": ("liter", "liters"),
    "L": ("liter", "liters"),
    "ml": ("milliliter", "milliliters"),
    "mL": ("milliliter", "milliliters"),
    "kWh": ("kilowatt hour", "kilowatt hours"),
    "Wh": ("watt hour", "watt hours"),
    "kW": ("kilowatt", "kilowatts"),
    "W": ("watt", "watts"),
    "V": ("volt", "volts"),
    "hPa": ("hectopascal", "hectopascals"),
    "Hz": ("hertz", "hertz"),
    "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"),
    "kB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"),
    "TB": ("terabyte", "terabytes"),
    "h": ("hour", "hours"),
    "min": ("minute", "minutes"),
    "s": ("second", "seconds"),
    "ms": ("millisecond", "milliseconds"),
}
_MONEY = {
    "$": (("dollar", "dollars"), ("cent", "cents")),
    "€": (("euro", "euros"), ("cent", "cents")),
    "£": (("pound", "pounds"), ("penny", "pence")),
}
_FRACTIONS = {"1/2": "one half", "1/3": "one third", "2/3": "two thirds"}
_FRACTIONS |= {"1/4": "one quarter", "3/4": "three quarters"}
_DECADES = dict(
    zip(
        "23456789",
        words("twenties thirties forties fifties sixties seventies eighties nineties"),
        strict=True,
    )
)


def _counted(number: str, words: tuple[str, str]) -> str:
    return f"{number} {words[0] if number.lstrip('-−') == '1' else words[1]}"


def _year(year: str) -> str:
    """Say a year before 2000 as two numbers; the voice reads the others."""
    century, rest = int(year[:2]), int(year[2:])
    if len(year) != 4 or not 11 <= century <= 19 or rest == 0:
        return year
    return f"{century} {rest}" if rest > 9 else f"{century} oh {rest}"


def _ordinal(day: int) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th") if day // 10 != 1 else "th"
    return f"{day}{suffix}"


def _iso_date(match: Match) -> str:
    year, month, day = match[1], int(match[2]), int(match[3])
    return f"{_MONTHS[month - 1]} {_ordinal(day)}, {_year(year)}"


def _date(match: Match) -> str:
    day = int(match[2])
    if not 1 <= day <= 31:
        return match[0]
    return f"{match[1]} {_ordinal(day)}" + (f", {_year(match[3])}" if match[3] else "")


def _time(match: Match) -> str:
    hour, minute, second = int(match[1]), int(match[2]), match[3]
    half = {"a": " AM", "p": " PM"}.get((match[4] or "").lstrip()[:1].lower(), "")
    said = f"{hour} {minute}" if minute > 9 else f"{hour} oh {minute}"
    if minute == 0:
        said = str(hour) if half else f"{hour} o'clock" if 0 < hour <= 12 else f"{hour} hundred"
    if (hour, minute, half) == (0, 0, ""):
        said = "midnight"
    if int(second or 0):
        said += f" and {_counted(str(int(second)), ('second', 'seconds'))}"
    return said + half


def _money(match: Match) -> str:
    symbol, whole, cents, size = match["symbol"], match["whole"], match["cents"], match["size"]
    large, small = _MONEY[symbol]
    if size:
        return f"{whole}{f'.{cents}' if cents else ''} {size} {large[1]}"
    if whole == "0" and cents:
        return _counted(str(int(cents)), small)
    said = _counted(whole, large)
    return f"{said} and {_counted(str(int(cents)), small)}" if int(cents or 0) else said


def _unit(match: Match) -> str:
    return _counted(match[1], _UNITS[match[2].replace("° ", "°")])


def _decade(match: Match) -> str:
    return f"{match[1] or ''} {_DECADES[match[2]]}".strip()


_CENTS = r"(?P<whole>\d+(?:,\d{3})*)(?:\.(?P<cents>\d\d?))?(?![\d.,]*\d)"
_SIZE = r"(?:\s(?P<size>thousand|million|billion|trillion))?\b"

ENGLISH = WrittenLanguage(
    abbreviations=frozenset(
        words(
            "dr mr mrs ms prof st no vs e.g i.e approx jr sr fig dept est vol p pp cf al jan feb "
            "mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun"
        )
    ),
    rules=(
        abbreviation_rule(_SPOKEN),
        rule(r"(?<![\d-])(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\d-])", _iso_date),
        rule(
            rf"\b({any_of(_MONTHS)}) (\d\d?)(?:st|nd|rd|th)?(?![\w:]|[.,]\d)(?:,? (\d{{4}})\b)?",
            _date,
        ),
        rule(
            rf"\b([Ii]n|[Ss]ince|[Ff]rom|[Uu]ntil|[Bb]y|[Yy]ear|{any_of(_MONTHS)}) (1[1-9]\d\d)\b"
            r"(?![.,:-]\d)",
            lambda match: f"{match[1]} {_year(match[2])}",
        ),
        rule(r"(?<=\d:\d\d)\s?[-–]\s?(?=\d\d?:\d\d)", " to "),
        rule(
            r"(?<![\d:.,])([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?![\d:])"
            r"(\s?[ap](?:\.m\.|m\b))?",
            _time,
            re.IGNORECASE,
        ),
        rule(r"\b(\d\d)?([2-9])0s\b", _decade),
        rule(rf"(?P<symbol>[$€£])\s?{_CENTS}{_SIZE}", _money),
        rule(rf"(?<![\d.,]){_CENTS}{_SIZE}\s?(?P<symbol>[€£])", _money),
        rule(rf"(?<![\w.,])([-−]?{_NUMBER})\s?(°\s?[CF]|{any_of(_UNITS)})(?![\w/²³'’])", _unit),
        rule(r"\+\d[\d ()/-]{5,}\d|(?<![\d-])(?:\d{3}[-. ])?\d{3}[-.]\d{4}(?![\d-])", digit_groups),
        rule(r"(?<![\d.,:/-])0\d{2,}(?:[ /-]\d{2,})*(?![.,:]?\d)", digit_groups),
        rule(rf"(?<![\d-])({_NUMBER})[-–]({_NUMBER})(?![\d-])", r"\1 to \2"),
        rule(r"(?<![\w)])[−–](?=\d)", "minus "),
        rule(r"(?<![\d/])(?:[123]/[234])(?![\d/])", lambda m: _FRACTIONS.get(m[0], m[0])),
        rule(r"(?:#|\bNo\. ?)(?=\d)", "number "),
        rule(r"(?<!\w)[~≈]\s?(?=\d)", "about "),
        rule(r"(?<=\d) [x*] (?=\d)", " times "),
        rule(r"\d+(?:\.\d+){2,}", lambda match: match[0].replace(".", " dot ")),
    ),
)  # fmt: skip

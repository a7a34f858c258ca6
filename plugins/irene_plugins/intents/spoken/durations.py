"""Durations: from slots to seconds, and from seconds to words that voices read well."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_EXACT_BELOW_S = 600
"""from here on nobody wants to hear the seconds"""


@dataclass(frozen=True)
class _Words:
    """How a language counts days, hours, minutes and seconds, in this order."""

    one: tuple[str, str, str, str]
    """one of each"""
    many: tuple[str, str, str, str]
    """the names of several"""
    link: str
    """stands before the last part"""
    ago: str
    """how long something is past"""


_ENGLISH = _Words(
    ("1 day", "1 hour", "1 minute", "1 second"),
    ("days", "hours", "minutes", "seconds"),
    "and",
    "{} ago",
)
_GERMAN = _Words(
    ("ein Tag", "eine Stunde", "eine Minute", "eine Sekunde"),
    ("Tage", "Stunden", "Minuten", "Sekunden"),
    "und",
    "vor {}",
)
_GERMAN_DATIVE = _Words(
    ("einem Tag", "einer Stunde", "einer Minute", "einer Sekunde"),
    ("Tagen", "Stunden", "Minuten", "Sekunden"),
    "und",
    "vor {}",
)


def read_duration(slots: Mapping[str, object], prefix: str = "") -> float | None:
    """Return the seconds that the slots `hours`, `minutes` and `seconds` (and `days`) add up to.

    None says that no slot holds a number. What programs put in may be anything: the result may be
    negative or infinite, but never NaN.
    """
    numbers = [
        number * seconds
        for unit, seconds in _SECONDS.items()
        if (number := read_number(slots.get(prefix + unit))) is not None
    ]
    total = sum(numbers)
    return total if numbers and not math.isnan(total) else None


def read_number(value: object) -> float | None:
    """Return a slot's value as a number; None when it is none."""
    if not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return math.inf
    except ValueError:
        return None
    return None if math.isnan(number) else number


def duration_words(seconds: float, language: str, *, dative: bool = False) -> str:
    """Return a duration as it is said, such as `1 hour and 30 minutes`.

    Args:
        seconds: the duration, rounded to whole seconds; a negative one is as long as a positive.
        language: BCP 47 tag; German is told in German, every other in English.
        dative: the German form that follows "in", "vor" or "von".
    """
    words = _words(language, dative)
    rest = round(abs(seconds))
    parts = []
    for index, unit_s in enumerate(_SECONDS.values()):
        count, rest = divmod(rest, unit_s)
        if count:
            parts.append(words.one[index] if count == 1 else f"{count} {words.many[index]}")
    if not parts:
        return f"0 {words.many[-1]}"
    *firsts, last = parts
    return f"{', '.join(firsts)} {words.link} {last}" if firsts else last


def roughly(seconds: float) -> float:
    """Return a duration without what nobody wants to hear: the seconds of ten minutes or more."""
    if seconds < _EXACT_BELOW_S:
        return max(1.0, float(round(seconds)))
    return round(seconds / 60) * 60.0


def ago_words(seconds: float, language: str) -> str:
    """Return how long something is past, such as `5 minutes ago`."""
    words = _words(language, dative=True)
    rounded = round(seconds / 60) * 60 if seconds >= 60 else seconds
    return words.ago.format(duration_words(rounded, language, dative=True))


def _words(language: str, dative: bool) -> _Words:
    if language.replace("_", "-").lower().split("-")[0] != "de":
        return _ENGLISH
    return _GERMAN_DATIVE if dative else _GERMAN

"""Days of the year that have names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

_FIXED = {
    "new year": (1, 1),
    "epiphany": (1, 6),
    "valentines day": (2, 14),
    "st patricks day": (3, 17),
    "may day": (5, 1),
    "independence day": (7, 4),
    "german unity day": (10, 3),
    "halloween": (10, 31),
    "all saints day": (11, 1),
    "st nicholas day": (12, 6),
    "christmas eve": (12, 24),
    "christmas": (12, 25),
    "boxing day": (12, 26),
    "new years eve": (12, 31),
}
"""month and day"""
_FROM_EASTER = {
    "rose monday": -48,
    "shrove tuesday": -47,
    "ash wednesday": -46,
    "palm sunday": -7,
    "good friday": -2,
    "easter": 0,
    "easter monday": 1,
    "ascension day": 39,
    "pentecost": 49,
    "whit monday": 50,
    "corpus christi": 60,
}
"""days after Easter Sunday"""
_NTH_WEEKDAY = {
    "mothers day": (5, 6, 2),
    "fathers day": (6, 6, 3),
    "labor day": (9, 0, 1),
    "thanksgiving": (11, 3, 4),
}
"""month, weekday (0 is Monday) and its number in the month, as in the United States"""


def next_feast(name: str, today: date) -> date | None:
    """Return the next day of that name, today included; None for a name that is not known."""
    day_in = _rule(name.casefold().replace("'", "").strip())
    if day_in is None or today.year >= date.max.year:
        return None
    return next(day for year in (0, 1) if (day := day_in(today.year + year)) >= today)


def names() -> frozenset[str]:
    """Return every name that is known."""
    return frozenset({*_FIXED, *_FROM_EASTER, *_NTH_WEEKDAY, "advent"})


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (anonymous algorithm, Nature 1876)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - century // 4 - correction + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    shift = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _rule(name: str) -> Callable[[int], date] | None:
    """Return what tells the day of a year."""
    if name in _FIXED:
        month, day = _FIXED[name]
        return lambda year: date(year, month, day)
    if name in _FROM_EASTER:
        return lambda year: easter(year) + timedelta(days=_FROM_EASTER[name])
    if name in _NTH_WEEKDAY:
        return lambda year: _nth_weekday(year, *_NTH_WEEKDAY[name])
    return _first_advent if name == "advent" else None


def _nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _first_advent(year: int) -> date:
    """Return the fourth Sunday before Christmas."""
    eve = date(year, 12, 24)
    return eve - timedelta(days=(eve.weekday() + 1) % 7 + 21)

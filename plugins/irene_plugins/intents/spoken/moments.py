"""Moments as people tell them to each other: the day from where they stand, and the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from irene_plugins.intents.spoken.clock import (
    date_words,
    time_words,
    usual_hours,
    weekday_words,
)

_A_WEEK = 7
_MONDAY = date(2024, 1, 1)


@dataclass(frozen=True)
class _Words:
    """What stands before days and times in a language."""

    near: tuple[str, str]
    """today and tomorrow"""
    at: str
    on: str
    every: str
    every_of: dict[int, str]
    """names of the whole week, its working days and its end, by their number of days"""
    link: str


_ENGLISH = _Words(
    ("today", "tomorrow"),
    "at",
    "on",
    "every",
    {7: "every day", 5: "every weekday", 2: "every weekend"},
    "and",
)
_GERMAN = _Words(
    ("heute", "morgen"),
    "um",
    "am",
    "jeden",
    {7: "jeden Tag", 5: "jeden Werktag", 2: "jedes Wochenende"},
    "und",
)
_SETS = {(0, 1, 2, 3, 4, 5, 6): 7, (0, 1, 2, 3, 4): 5, (5, 6): 2}


def moment_words(moment: datetime, now: datetime, language: str) -> str:
    """Return day and time, such as `tomorrow at 7 AM` or `on Monday at noon`; both are local."""
    return f"{day_words(moment.date(), now.date(), language)} {at_words(moment, language)}"


def at_words(moment: datetime, language: str) -> str:
    """Return the time with the word before it, such as `at 7 AM` or `um 7 Uhr`."""
    time = time_words(moment.time(), usual_hours(language), language)
    return time if time == "Mitternacht" else f"{_words(language).at} {time}"


def day_words(day: date, today: date, language: str) -> str:
    """Return `today`, `tomorrow`, the weekday of the next seven days, or the date."""
    words = _words(language)
    ahead = (day - today).days
    if 0 <= ahead < len(words.near):
        return words.near[ahead]
    if 0 <= ahead < _A_WEEK:
        return f"{words.on} {weekday_words(day, language)}"
    return f"{words.on} {date_words(day, language, dative=True)}"


def days_words(days: Sequence[int], language: str) -> str:
    """Return the weekdays (0 is Monday) on which something happens, such as `every Monday`."""
    words = _words(language)
    ordered = tuple(sorted(set(days)))
    if ordered in _SETS:
        return words.every_of[_SETS[ordered]]
    names = [weekday_words(_MONDAY + timedelta(day), language) for day in ordered]
    return f"{words.every} {listed(names, words.link)}"


def listed(parts: Sequence[str], link: str) -> str:
    """Return parts as a list that is spoken: `a, b and c`."""
    *firsts, last = parts
    return f"{', '.join(firsts)} {link} {last}" if firsts else last


def _words(language: str) -> _Words:
    return _GERMAN if language.replace("_", "-").lower().split("-")[0] == "de" else _ENGLISH

"""Handlers that tell the time and the date in words that voices read well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from irene import HandlerContext, Intent, NoOptions, Response, hookimpl
from irene_plugins.intents.bundled import EnglishHandler

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


@dataclass(frozen=True)
class TimeOptions:
    """How the time is told."""

    hour_format: Literal[12, 24] = 12
    """12 (`4:15 PM`) or 24 (`16:15`) hours a day"""


class TimeHandler(EnglishHandler[TimeOptions]):
    """Tells the local time."""

    name = "time"
    summary = "tells the time (English)"
    intents = ("HassGetCurrentTime",)
    phrases = ("what time is it", "tell me the time")
    Options = TimeOptions

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Return a sentence with the local time of the context."""
        return Response(time_sentence(context.now.time(), self.options.hour_format), "en")


class DateHandler(EnglishHandler[NoOptions]):
    """Tells the date and the day of the week."""

    name = "date"
    summary = "tells the date and the day of the week (English)"
    intents = ("HassGetCurrentDate",)
    phrases = ("what's the date today", "what day is it")

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Return a sentence with the local date of the context."""
        return Response(date_sentence(context.now.date()), "en")


def time_sentence(now: time, hour_format: Literal[12, 24]) -> str:
    """Return the time as an English sentence.

    eSpeak NG reads `4:05` as "four zero five" and `4:00` as "four zero zero", so full hours and
    the first nine minutes are told in words.
    """
    hour = _hour_name(now.hour, hour_format)
    if now.minute == 0:
        return f"It is {hour} o'clock." if hour.isdecimal() else f"It is {hour}."
    if now.minute <= 9:
        return f"It is {now.minute} minute{'s' if now.minute > 1 else ''} past {hour}."
    if hour_format == 24:
        return f"It is {now.hour}:{now.minute}."
    return f"It is {_twelve(now.hour)}:{now.minute} {_half(now.hour)}."


def _hour_name(hour: int, hour_format: Literal[12, 24]) -> str:
    if hour in (0, 12):
        return "noon" if hour else "midnight"
    return str(hour) if hour_format == 24 else f"{_twelve(hour)} {_half(hour)}"


def _twelve(hour: int) -> int:
    return hour % 12 or 12


def _half(hour: int) -> str:
    return "AM" if hour < 12 else "PM"


def date_sentence(today: date) -> str:
    """Return the date as an English sentence; names do not depend on the machine's locale."""
    day = f"{today.day}{_ENDINGS.get(today.day, 'th')}"
    return f"Today is {_DAYS[today.weekday()]}, {_MONTHS[today.month - 1]} {day}, {today.year}."


@hookimpl
def irene_intent_handlers() -> list[type[TimeHandler] | type[DateHandler]]:
    """Offer the handlers of time and date."""
    return [TimeHandler, DateHandler]

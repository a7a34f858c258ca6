"""Handlers that tell the time and the date in words that voices read well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from irene import HandlerContext, Intent, IntentInfo, NoOptions, Response, hookimpl
from irene_plugins.intents.bundled import BundledHandler, said
from irene_plugins.intents.feasts import next_feast
from irene_plugins.intents.spoken.clock import (
    date_words,
    time_words,
    usual_hours,
    weekday_words,
)

_MAX_DAYS = 366_000
"""farthest day that is told, a thousand years; the calendar of `datetime` ends in 9999"""


@dataclass(frozen=True)
class TimeOptions:
    """How the time is told."""

    hour_format: Literal[12, 24] | None = field(default=None, metadata={"example": 24})
    """12 (`4:15 PM`) or 24 (`16:15`) hours a day; what the language is used to unless given"""


class TimeHandler(BundledHandler[TimeOptions]):
    """Tells the time, here and in cities that it knows."""

    name = "time"
    summary = "tells the time here and in cities of the world"
    intents = ("HassGetCurrentTime",)
    Options = TimeOptions

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Return a sentence with the local time of the context, or of the slot `city`."""
        city = str(said(intent).get("city", "")).strip()
        if not city:
            return self.say("here", context.language, time=self._words(context.now, context))
        zone = self._zone(city, context.language)
        if not zone:
            return self.say("unknown_city", context.language, city=city)
        from zoneinfo import ZoneInfo

        try:
            there = context.now.astimezone(ZoneInfo(zone))
        except (LookupError, OSError, OverflowError):
            return self.say("no_zones", context.language, city=city)
        same_day = there.date() == context.now.date()
        return self.say(
            "there" if same_day else "there_other_day",
            context.language,
            city=city,
            time=self._words(there, context),
            day=weekday_words(there, self.answers_in(context.language)),
        )

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return the templates, with the cities that the handler knows."""
        content = super().sentences(language)
        if content is None:
            return None
        # nobody says a hyphen, and hassil hears "mexiko-stadt" as two words, too
        cities = self.words("cities", language)
        values = [{"in": name.replace("-", " "), "out": name} for name in cities]
        return {**content, "lists": {**content.get("lists", {}), "city": {"values": values}}}

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intent is for."""
        slots = {"city": "a large city, as people call it; without it, the time here"}
        return [IntentInfo("HassGetCurrentTime", "Tells the time of day.", slots)]

    def _zone(self, city: str, language: str) -> str:
        """Return the time zone of a city, in whatever case it is written; empty for others."""
        cities = self.words("cities", language)
        return next((zone for name, zone in cities.items() if _same(name, city)), "")

    def _words(self, moment: datetime, context: HandlerContext) -> str:
        language = self.answers_in(context.language)
        hours = self.options.hour_format or usual_hours(language)
        return time_words(moment.time(), hours, language)


class DateHandler(BundledHandler[NoOptions]):
    """Tells the date and the day of the week, of today and of other days."""

    name = "date"
    summary = "tells the date and the day of the week, and counts days"
    intents = ("HassGetCurrentDate", "IreneCountDays", "IreneGetWeek")

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Return a sentence with the day that the slots name, today's without any."""
        language, today = context.language, context.now.date()
        day = _day(intent, today)
        if day is None:
            return self.say("unknown_day", language)
        if intent.name == "IreneGetWeek":
            return self.say("week", language, week=day.isocalendar().week)
        away = (day - today).days
        if intent.name == "IreneCountDays":
            return self._count(away, language)
        key = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(away, "other")
        return self.say(key, language, date=date_words(day, self.answers_in(language)))

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intents are for."""
        slots = {
            "days": "how many days after today, such as 1 for tomorrow and -1 for yesterday",
            "weekday": "the next such day: 0 for Monday to 6 for Sunday",
            "feast": "an English name such as christmas, easter, new year, mothers day",
            "month": "1 to 12, together with day_of_month",
            "day_of_month": "1 to 31, together with month",
        }
        return [
            IntentInfo("HassGetCurrentDate", "Tells date and weekday of today or a day.", slots),
            IntentInfo("IreneCountDays", "Counts the days from today to a day.", slots),
            IntentInfo("IreneGetWeek", "Tells the number of the week of today or a day.", slots),
        ]

    def _count(self, away: int, language: str) -> Response:
        near = {0: "is_today", 1: "is_tomorrow", -1: "was_yesterday"}.get(away)
        key = near or ("days_left" if away > 0 else "days_ago")
        return self.say(key, language, days=abs(away))


def _day(intent: Intent, today: date) -> date | None:
    """Return the day that was said; None when there is none such."""
    slots = said(intent)
    if "feast" in slots:
        return next_feast(str(slots["feast"]), today)
    try:
        if "weekday" in slots:
            weekday = int(slots["weekday"])
            return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
        if "month" in slots or "day_of_month" in slots:
            month = int(slots.get("month", today.month))
            return _next_date(month, int(slots.get("day_of_month", 1)), today)
        days = int(slots.get("days", 0)) - int(slots.get("days_ago", 0))
        return today + timedelta(days=days) if abs(days) <= _MAX_DAYS else None
    except (ValueError, OverflowError):
        return None


def _next_date(month: int, day: int, today: date) -> date | None:
    """Return the next day of that number, today included; None for 30 February."""
    for year in range(today.year, min(today.year + 9, date.max.year + 1)):
        try:
            found = date(year, month, day)
        except ValueError:
            continue  # 29 February comes every four years, and once after eight
        if found >= today:
            return found
    return None


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


@hookimpl
def irene_intent_handlers() -> list[type[TimeHandler] | type[DateHandler]]:
    """Offer the handlers of time and date."""
    return [TimeHandler, DateHandler]

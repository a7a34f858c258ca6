"""Days and times of day: from slots to the local moment that a person means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum

from irene_plugins.intents.spoken.durations import read_duration, read_number

EVERY = {
    "daily": (0, 1, 2, 3, 4, 5, 6),
    "weekdays": (0, 1, 2, 3, 4),
    "weekends": (5, 6),
}
"""weekdays (0 is Monday) by the value of the slot `every`"""

DAY_SLOTS = frozenset({"date", "day", "weekday", "month_day", "every"})
"""slots that tell a day"""
_NOON = 12 * 60
_DAY = 24 * 60
_FOUR_YEARS = 4 * 366
"""days after which a 29 February has come"""
_PARTS = {"am": 8 * 60, "noon": _NOON, "pm": 15 * 60, "evening": 19 * 60, "night": 21 * 60}
"""parts of the day, with the minute that stands for each when no time is given"""


class Unclear(Enum):
    """Why slots give no moment."""

    MISSING = "missing"
    """a time must be asked for"""
    PAST = "past"
    """the moment is over"""
    IMPOSSIBLE = "impossible"
    """there is no such time"""
    NO_DAY = "no_day"
    """there is no such day"""
    FAR = "far"
    """too many days away"""


@dataclass(frozen=True)
class When:
    """A moment that was asked for."""

    local: datetime
    """local time without a zone, of the first one when it comes again"""
    at: float | None = None
    """seconds since the epoch, for what is due after a duration, whatever clocks show then"""
    days: tuple[int, ...] = ()
    """weekdays (0 is Monday) on which it comes again; once without any"""


@dataclass(frozen=True)
class Habits:
    """How a time that is not said exactly is understood."""

    wakes_at: int = 0
    """minute of the day from which on "at three tomorrow" is taken; 0 takes the night, too"""
    guesses: bool = False
    """whether "tomorrow morning" is a time"""
    max_days: int = 366
    """how far ahead one may plan"""


def read_when(slots: Mapping[str, object], now: datetime, habits: Habits) -> When | Unclear:
    """Return the moment that slots tell.

    A time without a half of the day is the next one of the two, on another day the first one after
    `habits.wakes_at`. Slots: `hours`, `minutes`, `seconds` from now; or `time` (`HH:MM`), else
    `hour`, `minute`, `to` (minutes before the hour) and `part` (`am`, `noon`, `pm`, `evening`,
    `night`); with `date` (`YYYY-MM-DD`), `day` (0 is today), `weekday` (0 is Monday), `month_day`
    (with `month` or without), or `every` (a weekday, or a key of `EVERY`).
    """
    duration_s = read_duration(slots)
    if duration_s is not None:
        return _after(duration_s, now, habits)
    minutes = read_minutes(slots)
    if minutes == []:
        return Unclear.IMPOSSIBLE
    if minutes is None:
        part = str(slots.get("part", ""))
        if not habits.guesses or part not in _PARTS:
            day = read_date(slots, now.date())
            return day if isinstance(day, Unclear) else Unclear.MISSING
        minutes = [_PARTS[part]]
    days = read_days(slots.get("every"))
    if days is not None:
        return _again(days, minutes, now, habits)
    return _once(slots, minutes, now, habits)


def read_minutes(slots: Mapping[str, object]) -> list[int] | None:
    """Return the minutes of the day that slots may mean; none of them is no time of day.

    None says that no time is told.
    """
    if "time" in slots:
        return _clock_minutes(str(slots["time"]))
    if "hour" not in slots:
        return None
    numbers = [read_number(slots.get(name, 0)) for name in ("hour", "minute", "to")]
    if any(number is None or number != number // 1 for number in numbers):
        return []
    hour, minute, before = (int(number or 0) for number in numbers)
    if not (0 <= hour <= 24 and 0 <= minute < 60 and 0 <= before < 60):
        return []
    total = (hour * 60 + minute - before) % _DAY
    if hour == 0 or hour > 12:
        return [total]
    halves = sorted({total % _NOON, total % _NOON + _NOON})
    return _in_part(halves, str(slots.get("part", "")))


def read_days(value: object) -> tuple[int, ...] | None:
    """Return the weekdays of the slot `every`; None without a sound one."""
    if value in EVERY:
        return EVERY[str(value)]
    number = read_number(value)
    return (int(number),) if number is not None and number in range(7) else None


def every(days: tuple[int, ...]) -> str | int:
    """Return the value of the slot `every` that `read_days` reads as these weekdays."""
    names = (name for name, meant in EVERY.items() if meant == days)
    return next(names, days[0])


def read_date(slots: Mapping[str, object], today: date) -> date | Unclear | None:
    """Return the day that slots tell; None when they tell none."""
    try:
        if "date" in slots:
            return date.fromisoformat(str(slots["date"]))
        if (ahead := read_number(slots.get("day"))) is not None:
            return today + timedelta(days=int(ahead))
    except (ValueError, OverflowError):
        return Unclear.NO_DAY
    if "month_day" in slots:
        return _month_day(slots, today)
    return _weekday(slots, today)


def _weekday(slots: Mapping[str, object], today: date) -> date | Unclear | None:
    """Return the next day of that name, which may be today."""
    weekday = read_number(slots.get("weekday"))
    if weekday is None:
        return None
    if weekday not in range(7):
        return Unclear.NO_DAY
    return today + timedelta(days=(int(weekday) - today.weekday()) % 7)


def _month_day(slots: Mapping[str, object], today: date) -> date | Unclear:
    """Return the next day of that number, of any month or of the one that is told."""
    wanted, month = read_number(slots["month_day"]), read_number(slots.get("month"))
    days = (today + timedelta(days=ahead) for ahead in range(_FOUR_YEARS))
    found = (day for day in days if day.day == wanted and month in (None, day.month))
    return next(found, Unclear.NO_DAY)


def instant(local: datetime, zone: tzinfo) -> float:
    """Return a local time as seconds since the epoch.

    A time that a change of the clocks leaves out comes as much later as they go forward; of one
    that comes twice the first one is meant (PEP 495).
    """
    return local.replace(tzinfo=zone, fold=0).timestamp()


def next_day(
    minute: int, days: Iterable[int], now: datetime, after: date | None = None
) -> datetime:
    """Return the first local time at that minute of one of the weekdays that is yet to come.

    Args:
        minute: minute of the day.
        days: weekdays, 0 is Monday.
        now: the present, with its zone.
        after: only later days count.
    """
    wanted = set(days)
    day = now.date() if after is None else max(now.date(), after + timedelta(days=1))
    while True:
        local = _at(day, minute)
        if day.weekday() in wanted and instant(local, _zone(now)) > now.timestamp():
            return local
        day += timedelta(days=1)


def _after(duration_s: float, now: datetime, habits: Habits) -> When | Unclear:
    if duration_s < 1:
        return Unclear.PAST
    if duration_s > habits.max_days * 86400:
        return Unclear.FAR
    at = now.timestamp() + duration_s
    return When(datetime.fromtimestamp(at, _zone(now)).replace(tzinfo=None), at)


def _again(days: tuple[int, ...], minutes: list[int], now: datetime, habits: Habits) -> When:
    minute = _likely(minutes, habits)
    return When(next_day(minute, days, now), days=days)


def _once(
    slots: Mapping[str, object], minutes: list[int], now: datetime, habits: Habits
) -> When | Unclear:
    day = read_date(slots, now.date())
    if isinstance(day, Unclear):
        return day
    if day is None:
        return When(min(next_day(minute, range(7), now) for minute in minutes))
    if day == now.date():
        return _today(slots, minutes, now, habits)
    if day < now.date():
        return Unclear.PAST
    is_far = (day - now.date()).days > habits.max_days
    return Unclear.FAR if is_far else When(_at(day, _likely(minutes, habits)))


def _today(
    slots: Mapping[str, object], minutes: list[int], now: datetime, habits: Habits
) -> When | Unclear:
    """Return the first of the times that is yet to come today."""
    today = now.date()
    for local in (_at(today, minute) for minute in minutes):
        if instant(local, _zone(now)) > now.timestamp():
            return When(local)
    if "weekday" in slots:
        return When(_at(today + timedelta(days=7), _likely(minutes, habits)))
    if slots.get("part") == "night":  # tonight at one is tomorrow
        return When(_at(today + timedelta(days=1), minutes[0]))
    return Unclear.PAST


def _clock_minutes(text: str) -> list[int]:
    try:
        told = time.fromisoformat(text.strip().zfill(5))
    except ValueError:
        return []
    return [told.hour * 60 + told.minute]


def _in_part(halves: list[int], part: str) -> list[int]:
    """Return which of the two times of day lies in a part of the day."""
    morning, afternoon = halves[0], halves[-1]
    if part == "am":
        return [morning]
    if part in ("pm", "evening"):
        return [afternoon]
    if part == "night":
        return [morning if morning < 6 * 60 else afternoon]
    if part == "noon":
        return [afternoon if morning < 6 * 60 else morning]
    return halves


def _likely(minutes: list[int], habits: Habits) -> int:
    return next((minute for minute in minutes if minute >= habits.wakes_at), minutes[0])


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60))


def _zone(now: datetime) -> tzinfo:
    assert now.tzinfo is not None  # by contract of HandlerContext
    return now.tzinfo

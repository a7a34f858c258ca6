"""What is due at a local time: what is kept of alarms and reminders, and which of them is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from irene_plugins.intents.agenda.picking import called, in_order
from irene_plugins.intents.agenda.wall_time import (
    DAY_SLOTS,
    Unclear,
    When,
    every,
    instant,
    next_day,
    read_date,
    read_days,
    read_minutes,
)
from irene_plugins.intents.spoken.durations import read_duration, read_number

_LATEST_S = 1e11


@dataclass(frozen=True)
class Appointment:
    """Something that is due at a local time, once or on weekdays, or after a duration.

    Raises:
        TypeError, ValueError: a value makes no sense, which happens to files only.
    """

    number: int
    """counts up in the order in which they are made"""
    text: str
    """what it is about; may be empty"""
    local: str
    """local date and time when it is due next, in ISO 8601 without a zone: it keeps its hour
    when clocks change"""
    at: float | None = None
    """seconds since the epoch, for what is due after a duration; `local` is not asked then"""
    days: tuple[int, ...] = ()
    """weekdays (0 is Monday) on which it comes again; once without any"""
    again: bool = False
    """whether it comes again because it was put off"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", tuple(self.days))  # JSON has lists only
        if not isinstance(self.number, int) or not isinstance(self.text, str):
            raise ValueError(f"an appointment called {self.text!r}")
        if not set(self.days) <= set(range(7)) or datetime.fromisoformat(self.local).tzinfo:
            raise ValueError(f"an appointment on {self.days} at {self.local}")
        if self.at is not None and not 0 <= self.at < _LATEST_S:
            raise ValueError(f"an appointment at {self.at}")

    @classmethod
    def made(cls, number: int, text: str, when: When) -> Appointment:
        """Return the appointment for a moment that was asked for."""
        return cls(number, text, when.local.isoformat(), when.at, when.days)

    def due_at(self, zone: tzinfo) -> float:
        """Return when it is due, in seconds since the epoch."""
        return instant(self._local, zone) if self.at is None else self.at

    def moment(self, zone: tzinfo) -> datetime:
        """Return when it is due, as a local time with its zone."""
        return datetime.fromtimestamp(self.due_at(zone), zone)

    def following(self, now: datetime) -> Appointment | None:
        """Return it at its next time that is yet to come; None when it does not come again."""
        if not self.days:
            return None
        minute = self._local.hour * 60 + self._local.minute
        local = next_day(minute, self.days, now, after=self._local.date())
        return replace(self, local=local.isoformat())

    def latest(self, now: datetime) -> Appointment:
        """Return it at the last of its times that are over, when it was due several times."""
        zone = _zone(now)
        last, one = self, self
        while self.days and one.due_at(zone) <= now.timestamp():
            last, one = one, one.following(one.moment(zone)) or one
        return last

    def put_off(self, number: int, seconds: float, now: datetime) -> Appointment:
        """Return a new one that is due once, after that time."""
        at = now.timestamp() + seconds
        local = datetime.fromtimestamp(at, now.tzinfo).replace(tzinfo=None)
        return Appointment(number, self.text, local.isoformat(), at, again=True)

    @property
    def _local(self) -> datetime:
        return datetime.fromisoformat(self.local)


def meant(
    appointments: Sequence[Appointment], slots: Mapping[str, object], now: datetime
) -> list[Appointment]:
    """Return those that the slots point at, the next one first.

    Slots: `task`, `time` or `hour` and so on, `date`, `day`, `weekday` or `every` (see
    `wall_time.read_when`), `order` (1 is the next one, -1 the last). Without such a slot all of
    them are meant.
    """
    zone = _zone(now)
    found = sorted(appointments, key=lambda one: (one.due_at(zone), one.number))
    if task := str(slots.get("task", "")).strip():
        found = called(found, lambda one: one.text, task)
    minutes = read_minutes(slots)
    if minutes is not None:
        found = [one for one in found if _minute(one.moment(zone)) in minutes]
    found = [one for one in found if _is_on(one, slots, now)]
    if (order := read_number(slots.get("order"))) is not None:
        found = in_order(found, order)
    return found


def completed(
    slots: Mapping[str, object], made: Appointment, now: datetime
) -> Mapping[str, object]:
    """Return slots of "no, at eight" with what they leave as it was made: the day, or the time.

    Of the two times that an hour may mean, the one nearer to what was made is taken.
    """
    minutes = read_minutes(slots)
    if minutes == [] or read_duration(slots) is not None:
        return slots
    moment = made.moment(_zone(now))
    was = _minute(moment)
    minute = was if minutes is None else min(minutes, key=lambda one: abs(one - was))
    whole = {**slots, "time": f"{minute // 60:02}:{minute % 60:02}"}
    if not DAY_SLOTS.isdisjoint(slots):
        return whole
    if made.days:
        return {**whole, "every": every(made.days)}
    return {**whole, "date": moment.date().isoformat()}


def _is_on(one: Appointment, slots: Mapping[str, object], now: datetime) -> bool:
    """Return whether it is due on the day that the slots tell; without one it is."""
    days = read_days(slots.get("every"))
    if days is not None:
        return set(days) <= set(one.days)
    day = read_date(slots, now.date())
    if day is None or isinstance(day, Unclear):
        return day is None
    return one.moment(_zone(now)).date() == day or day.weekday() in one.days


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _zone(now: datetime) -> tzinfo:
    assert now.tzinfo is not None  # by contract of HandlerContext
    return now.tzinfo

"""The handler of alarms: once, on weekdays or every day, put off for some minutes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from irene import Intent, IntentInfo, Response, hookimpl
from irene_plugins.intents.agenda.appointments import Appointment
from irene_plugins.intents.agenda.keeping import MISSED_AFTER_S, RANG_AT, Asked
from irene_plugins.intents.agenda.ledger import zone_of
from irene_plugins.intents.agenda.planning import WHEN_SLOTS, CalendarHandler
from irene_plugins.intents.agenda.wall_time import Habits
from irene_plugins.intents.spoken.clock import time_words, usual_hours
from irene_plugins.intents.spoken.durations import ago_words, duration_words, read_duration

_DAY_S = 24 * 3600


@dataclass(frozen=True)
class AlarmOptions:
    """How alarms are kept and put off."""

    max_alarms: int = field(default=50, metadata={"range": (1, 1000)})
    """alarms that may be set at once"""
    max_days: int = field(default=366, metadata={"range": (1, 3660)})
    """how many days ahead an alarm may be set"""
    snooze_minutes: int = field(default=10, metadata={"range": (1, 120)})
    """how long "snooze" puts off what has rung"""
    snooze_within_minutes: int = field(default=15, metadata={"range": (1, 1440)})
    """how long after it rang something may be put off"""


class AlarmHandler(CalendarHandler[AlarmOptions]):
    """Wakes people; alarms survive a restart.

    It also puts off what timers and reminders have announced: "five more minutes" is said to
    whatever rang last.
    """

    name = "alarms"
    noun = "alarm"
    summary = "alarms, once or again and again, with snooze; they survive a restart"
    Options = AlarmOptions
    infos = (
        IntentInfo("IreneSetAlarm", "Sets an alarm.", WHEN_SLOTS),
        IntentInfo("IreneListAlarms", "Tells the alarms.", {"date": WHEN_SLOTS["date"]}),
        IntentInfo(
            "IreneCancelAlarm",
            "Cancels one alarm, or all of them.",
            {
                "time": "time of the alarm in 24 hours, HH:MM",
                "date": "day of the alarm, YYYY-MM-DD",
                "order": "1 for the next one, 2 for the one after it ..., -1 for the last",
                "all": "yes to cancel all",
            },
        ),
        IntentInfo(
            "IreneSnooze", "Puts off what has just rung.", {"minutes": "minutes, if they were said"}
        ),
        IntentInfo("IreneDismissAlarm", "Turns off the alarm that rings."),
    )
    intents = tuple(info.name for info in infos)

    def _answers(self) -> Mapping[str, Callable[[Asked], Response | None]]:
        return {
            "IreneSetAlarm": self._set,
            "IreneListAlarms": self._tell,
            "IreneCancelAlarm": self._cancel,
            "IreneSnooze": self._snooze,
            "IreneDismissAlarm": self._dismiss,
        }

    def _habits(self) -> Habits:
        return Habits(max_days=self.options.max_days)

    def _announcement(self, entry: Appointment, late_s: float) -> Response:
        language = self.services.language
        now = self.services.clock.now()
        key = "missed" if late_s >= MISSED_AFTER_S else "due"
        time = time_words(entry.moment(zone_of(now)).time(), usual_hours(language), language)
        said = self.say(key, language, time=time, ago=ago_words(late_s, language))
        return self._about(said, entry, now)

    def _set(self, asked: Asked) -> Response:
        followed = self.followed(asked)
        when = self._when(asked, followed)
        if isinstance(when, Response):
            return when
        return self._made(when, "", self.options.max_alarms, asked, followed)

    def _snooze(self, asked: Asked) -> Response:
        seconds = read_duration(asked.slots)
        if seconds is None:
            seconds = self.options.snooze_minutes * 60
        if not 1 <= seconds <= _DAY_S:
            return self.say("no_snooze", asked.language)
        return self._snooze_other(asked, seconds) or self._snooze_own(asked, seconds)

    def _snooze_own(self, asked: Asked, seconds: float) -> Response:
        rung = self.rung(self._snooze_within_s)
        if rung is None:
            return self.say("nothing_rang", asked.language)
        self.services.hush()
        self.forget_rung()
        self.ledger.put(rung.put_off(self.ledger.next_number(), seconds, asked.context.now))
        return self._snoozed(asked, seconds)

    def _snooze_other(self, asked: Asked, seconds: float) -> Response | None:
        """Put off a timer or a reminder, when it was announced last and not long ago."""
        last = asked.context.last_response
        said = last.data if last is not None else {}
        rang_s = asked.now_s - said.get(RANG_AT, -math.inf)
        if rang_s > self._snooze_within_s:
            return None
        slots: dict[str, str | float] = {"seconds": round(seconds)}
        if "timer" in said:
            intent, slots["name"] = "HassStartTimer", said["timer"]["name"]
        elif "reminder" in said:
            intent, slots["task"] = "IreneSetReminder", said["reminder"]["text"]
        else:
            return None
        self.services.answer(Intent(intent, asked.intent.text, asked.language, slots))
        self.services.hush()
        return self._snoozed(asked, seconds)

    @property
    def _snooze_within_s(self) -> float:
        return self.options.snooze_within_minutes * 60

    def _snoozed(self, asked: Asked, seconds: float) -> Response:
        duration = duration_words(seconds, asked.language, dative=True)
        return self.say("snoozed", asked.language, duration=duration)

    def _dismiss(self, asked: Asked) -> Response | None:
        """Silence what rings, or what was put off; else the alarm that is set is meant."""
        put_off = [entry for entry in self.ledger.entries() if entry.again]
        if self.rung(self._snooze_within_s) is None and not put_off:
            return self._cancel(asked)
        self.services.hush()
        self.forget_rung()
        self.ledger.drop(put_off)
        return self.say("dismissed", asked.language)


@hookimpl
def irene_intent_handlers() -> list[type[AlarmHandler]]:
    """Offer the handler of alarms."""
    return [AlarmHandler]

"""What the handlers of alarms and reminders share: appointments that are made, told, cancelled."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from irene import Response
from irene_plugins.intents.agenda.appointments import Appointment, completed, meant
from irene_plugins.intents.agenda.keeping import Asked, KeepingHandler
from irene_plugins.intents.agenda.ledger import zone_of
from irene_plugins.intents.agenda.wall_time import DAY_SLOTS, Habits, Unclear, When, read_when
from irene_plugins.intents.spoken.moments import at_words, days_words, listed, moment_words

OptionsT = TypeVar("OptionsT")

WHEN_SLOTS = {
    "time": "time of day in 24 hours, HH:MM",
    "date": "day, YYYY-MM-DD; the next time of that hour without",
    "every": "days on which it comes again: daily, weekdays, weekends, or 0 (Monday) to 6",
    "hours": "hours from now, instead of a time",
    "minutes": "minutes from now, instead of a time",
}
"""what language models are told of the slots of `wall_time.read_when`"""


class CalendarHandler(KeepingHandler[OptionsT, Appointment]):
    """A handler whose entries are appointments."""

    shared = (*KeepingHandler.shared, "moments")

    @abstractmethod
    def _habits(self) -> Habits:
        """Return how a time that is not said exactly is understood."""

    def _text(self, entry: Appointment, language: str) -> str:
        """Return what an appointment is about, as the assistant says it."""
        return entry.text

    def _read(self, **table: Any) -> Appointment:
        return Appointment(**table)

    def _following(self, entry: Appointment) -> Appointment | None:
        return entry.following(self.services.clock.now())

    def _latest(self, entry: Appointment) -> Appointment:
        return entry.latest(self.services.clock.now())

    def _is_told_by(self, told: Mapping[str, Any], entry: Appointment, asked: Asked) -> bool:
        return self._data(entry, asked.context.now) == told

    def _when(self, asked: Asked, followed: Appointment | None) -> When | Response:
        """Return the moment that was asked for, or the answer when there is none."""
        now = asked.context.now
        when: When | Unclear = Unclear.PAST
        if followed is not None:
            when = read_when(completed(asked.slots, followed, now), now, self._habits())
        if when is Unclear.PAST:  # "no, at seven" at night is in the morning
            when = read_when(asked.slots, now, self._habits())
        if when is Unclear.MISSING:
            has_day = not DAY_SLOTS.isdisjoint(asked.slots)
            return self.ask("at_what_time" if has_day else "when", "when", asked.language)
        if isinstance(when, Unclear):
            said = self.say(when.value, asked.language, days=self._habits().max_days)
            return said if followed is None else self._about(said, followed, now)
        return when

    def _made(
        self, when: When, text: str, most: int, asked: Asked, followed: Appointment | None
    ) -> Response:
        """Make an appointment, unless there is the same one or there are too many."""
        if followed is not None and "instead" in asked.slots:
            self.ledger.put(made := Appointment.made(followed.number, text, when))
            return self._told("set_instead", asked, made)
        entries = self.ledger.entries()
        made = Appointment.made(self.ledger.next_number(), text, when)
        if not any(replace(made, number=entry.number) == entry for entry in entries):
            if len(entries) >= most:
                return self.say("too_many", asked.language)
            self.ledger.put(made)
        return self._told("set", asked, made)

    def _cancel(self, asked: Asked) -> Response:
        entries = self.ledger.entries()
        if not entries:
            return self.say("none", asked.language)
        if asked.slots.get("all"):
            return self._drop(entries, asked)
        found = meant(entries, asked.slots, asked.context.now)
        if not found:
            return self.say("not_found", asked.language, which=self._list(entries, asked, "and"))
        if len(found) > 1:
            which = self._list(found, asked, "or")
            return self.ask("which", "which", asked.language, which=which)
        return self._drop(found, asked)

    def _drop(self, entries: Sequence[Appointment], asked: Asked) -> Response:
        self.ledger.drop(entries)
        if len(entries) == 1:
            return self._told("cancelled", asked, entries[0])
        return self.say("all_cancelled", asked.language, n=len(entries))

    def _tell(self, asked: Asked) -> Response:
        """Return what there is, the next one first."""
        entries = self.ledger.entries()
        if not entries:
            return self.say("none", asked.language)
        found = meant(entries, asked.slots, asked.context.now)
        if not found:
            return self.say("not_found", asked.language, which=self._list(entries, asked, "and"))
        data = {"entries": [self._data(entry, asked.context.now) for entry in found]}
        if len(found) == 1:
            key = "next" if "order" in asked.slots and len(entries) > 1 else "one"
            return replace(self._told(key, asked, found[0]), data=data)
        listing = self._list(found, asked, "and")
        return replace(self.say("several", asked.language, n=len(found), which=listing), data=data)

    def _told(self, key: str, asked: Asked, entry: Appointment) -> Response:
        """Return the answer of that key about an appointment."""
        text = self._text(entry, asked.language)
        said = self.say(key, asked.language, moment=self._moment(entry, asked), text=text)
        return self._about(said, entry, asked.context.now)

    def _about(self, said: Response, entry: Appointment, now: datetime) -> Response:
        return replace(said, data={self.noun: self._data(entry, now)})

    def _moment(self, entry: Appointment, asked: Asked) -> str:
        """Return when an appointment is due, such as `tomorrow at 7 AM`."""
        now = asked.context.now
        moment = entry.moment(zone_of(now))
        if not entry.days:
            return moment_words(moment, now, asked.language)
        return f"{days_words(entry.days, asked.language)} {at_words(moment, asked.language)}"

    def _list(self, entries: Sequence[Appointment], asked: Asked, link: str) -> str:
        labels = []
        for entry in entries:
            moment, text = self._moment(entry, asked), self._text(entry, asked.language)
            labels.append(self.say("label", asked.language, moment=moment, text=text).text)
        return listed(labels, self.say(link, asked.language).text)

    def _data(self, entry: Appointment, now: datetime) -> dict[str, Any]:
        moment = entry.moment(zone_of(now))
        return {"text": entry.text, "at": moment.isoformat(), "days": list(entry.days)}

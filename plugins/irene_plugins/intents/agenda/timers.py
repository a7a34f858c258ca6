"""The handler of timers: several at once, named or not, as long as they run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from irene import IntentInfo, Response, hookimpl
from irene_plugins.intents.agenda.keeping import MISSED_AFTER_S, Asked, KeepingHandler
from irene_plugins.intents.agenda.timer_entries import Timer, meant
from irene_plugins.intents.spoken.durations import (
    ago_words,
    duration_words,
    read_duration,
    read_number,
    roughly,
)
from irene_plugins.intents.spoken.moments import listed

_DURATION = {
    "hours": "hours of the duration",
    "minutes": "minutes of the duration",
    "seconds": "seconds of the duration",
}
_WHICH = {
    "name": "name of the timer that is meant",
    "start_hours": "hours that the timer that is meant was set to",
    "start_minutes": "minutes that the timer that is meant was set to",
    "start_seconds": "seconds that the timer that is meant was set to",
    "order": "1 for the timer that was set first, 2 for the second ..., -1 for the last",
}

_LONGEST_NAME = 60
"""characters; more is no name but a mistake"""
_RINGS_S = 120
"""how long after its end "stop the timer" means the one that ended"""
_GOES_ON_S = 15 * 60
"""how long after its end a timer may be made longer all the same"""


@dataclass(frozen=True)
class TimerOptions:
    """How many timers there may be, and how long."""

    max_timers: int = field(default=20, metadata={"range": (1, 1000)})
    """timers that may run at once"""
    max_hours: float = field(default=24.0, metadata={"range": (0.01, 8760)})
    """longest timer, in hours"""


class TimerHandler(KeepingHandler[TimerOptions, Timer]):
    """Sets timers and announces their ends; they survive a restart."""

    name = "timers"
    noun = "timer"
    summary = "timers: several, named, paused, made longer; they survive a restart"
    Options = TimerOptions
    infos = (
        IntentInfo(
            "HassStartTimer",
            "Starts a timer; asks for the duration when none is given.",
            {**_DURATION, "name": "what the timer is for, such as pizza"},
        ),
        IntentInfo("HassCancelTimer", "Cancels one timer.", _WHICH),
        IntentInfo("HassCancelAllTimers", "Cancels all timers."),
        IntentInfo("HassIncreaseTimer", "Adds time to a timer.", {**_DURATION, **_WHICH}),
        IntentInfo("HassDecreaseTimer", "Takes time from a timer.", {**_DURATION, **_WHICH}),
        IntentInfo("HassPauseTimer", "Pauses a timer.", _WHICH),
        IntentInfo("HassUnpauseTimer", "Lets a paused timer go on.", _WHICH),
        IntentInfo("HassTimerStatus", "Tells how much time is left of the timers.", _WHICH),
    )
    intents = tuple(info.name for info in infos)

    def _answers(self) -> Mapping[str, Callable[[Asked], Response | None]]:
        return {
            "HassStartTimer": self._start,
            "HassCancelTimer": self._cancel,
            "HassCancelAllTimers": self._cancel_all,
            "HassIncreaseTimer": self._increase,
            "HassDecreaseTimer": self._decrease,
            "HassPauseTimer": self._pause,
            "HassUnpauseTimer": self._resume,
            "HassTimerStatus": self._tell,
        }

    def _read(self, **table: Any) -> Timer:
        return Timer(**table)

    def _announcement(self, entry: Timer, late_s: float) -> Response:
        language = self.services.language
        ago = ago_words(late_s, language)
        key = "missed" if late_s >= MISSED_AFTER_S else "done"
        said = self.say(key, language, timer=self._label(entry, language), ago=ago)
        return self._about(said, entry, self.services.clock.now().timestamp())

    def _start(self, asked: Asked) -> Response:
        length_s = self._wanted_s(asked)
        if length_s is None:
            return self.ask("for_how_long", "duration", asked.language)
        if length_s < 1:
            return self.say("too_short", asked.language)
        most_s = self.options.max_hours * 3600
        if length_s > most_s:
            most = duration_words(most_s, asked.language)
            return self.say("too_long", asked.language, most=most)
        instead_of = self.followed(asked) if "instead" in asked.slots else None
        if instead_of is None and len(self.ledger.entries()) >= self.options.max_timers:
            return self.say("too_many", asked.language)
        number, name = self._numbered(asked, instead_of)
        timer = Timer(number, name, length_s, asked.now_s + length_s)
        self.ledger.put(timer)
        key = f"started{'_named' if name else ''}{'_instead' if instead_of is not None else ''}"
        duration = duration_words(length_s, asked.language)
        said = self.say(key, asked.language, name=name, duration=duration)
        said = replace(said, text=said.text[:1].upper() + said.text[1:])
        return self._about(said, timer, asked.now_s)

    def _wanted_s(self, asked: Asked) -> float | None:
        """Return the duration that is wanted; None when none is told.

        A number alone, "no, ten", has the largest unit that tells the last timer in whole numbers.
        """
        count, told = read_number(asked.slots.get("count")), asked.told(self.noun)
        if count is None or told is None:
            return read_duration(asked.slots)
        return count * next(unit_s for unit_s in (3600, 60, 1) if told["length_s"] % unit_s < 1)

    def _is_told_by(self, told: Mapping[str, Any], entry: Timer, asked: Asked) -> bool:
        return (entry.name, entry.length_s) == (told["name"], told["length_s"])

    def _numbered(self, asked: Asked, instead_of: Timer | None) -> tuple[int, str]:
        """Return number and name of a timer: those of the one that it replaces, or new ones."""
        if instead_of is not None:
            return instead_of.number, instead_of.name
        name = str(asked.slots.get("name", "")).strip(" -")[:_LONGEST_NAME]
        return self.ledger.next_number(), name

    def _cancel(self, asked: Asked) -> Response:
        if asked.slots.get("all"):
            return self._cancel_all(asked)
        rung = self.rung(_RINGS_S)
        if rung is not None and rung in self._meant_beside(rung, asked):
            return self._silence(asked)
        return self._with_one(asked, self.ledger.entries(), self._cancel_one)

    def _cancel_one(self, asked: Asked, timer: Timer) -> Response:
        self.ledger.drop([timer])
        return self._told("cancelled", asked, timer)

    def _silence(self, asked: Asked) -> Response:
        """Silence a timer that rings: who says "stop the timer" then means no other one."""
        self.forget_rung()
        self.services.hush()
        return self.say("silenced", asked.language)

    def _cancel_all(self, asked: Asked) -> Response:
        timers = self.ledger.entries()
        if not timers:
            return self._silence(asked) if self.rung(_RINGS_S) else self._without_timers(asked)
        self.ledger.drop(timers)
        if len(timers) == 1:
            return self._told("cancelled", asked, timers[0])
        return self.say("all_cancelled", asked.language, n=len(timers))

    def _increase(self, asked: Asked) -> Response:
        return self._change(asked, 1)

    def _decrease(self, asked: Asked) -> Response:
        return self._change(asked, -1)

    def _change(self, asked: Asked, sign: int) -> Response:
        seconds = read_duration(asked.slots)
        rung = self.rung(_GOES_ON_S) if sign > 0 else None
        if not self.ledger.entries() and rung is None:
            return self._without_timers(asked)
        if seconds is None:
            return self.ask("by_how_much", "duration", asked.language)
        if not 1 <= seconds < math.inf:
            return self.say("too_short_a_change", asked.language)
        if rung is not None and self._meant_beside(rung, asked) == [rung]:
            return self._go_on(asked, rung, seconds)
        return self._with_one(
            asked,
            self.ledger.entries(),
            lambda asked, timer: self._change_one(asked, timer, sign * seconds),
        )

    def _go_on(self, asked: Asked, rung: Timer, seconds: float) -> Response:
        """Let a timer that has just ended run once more."""
        self.services.hush()
        self.forget_rung()
        slots: dict[str, str | float] = {"name": rung.name, "seconds": seconds}
        return self._start(replace(asked, intent=replace(asked.intent, slots=slots)))

    def _change_one(self, asked: Asked, timer: Timer, seconds: float) -> Response:
        remaining_s = timer.remaining_s(asked.now_s)
        if remaining_s + seconds < 1:
            return self._told("has_only", asked, timer)
        most_s = self.options.max_hours * 3600
        if remaining_s + seconds > most_s:
            return self.say("too_long", asked.language, most=duration_words(most_s, asked.language))
        timer = timer.changed(seconds)
        self.ledger.put(timer)
        return self._told("changed", asked, timer)

    def _pause(self, asked: Asked) -> Response:
        running = [timer for timer in self.ledger.entries() if not timer.is_paused]
        return self._with_one(asked, running, self._pause_one, otherwise="already_paused")

    def _pause_one(self, asked: Asked, timer: Timer) -> Response:
        timer = timer.paused(asked.now_s)
        self.ledger.put(timer)
        return self._told("paused", asked, timer)

    def _resume(self, asked: Asked) -> Response:
        paused = [timer for timer in self.ledger.entries() if timer.is_paused]
        return self._with_one(asked, paused, self._resume_one, otherwise="not_paused")

    def _resume_one(self, asked: Asked, timer: Timer) -> Response:
        timer = timer.resumed(asked.now_s)
        self.ledger.put(timer)
        return self._told("resumed", asked, timer)

    def _tell(self, asked: Asked) -> Response:
        timers = self.ledger.entries()
        if not timers:
            return self._without_timers(asked)
        found = meant(timers, asked.slots)
        if not found:
            return self._not_found(asked, timers)
        found.sort(key=lambda timer: timer.remaining_s(asked.now_s))
        sentences = [self._status(timer, asked) for timer in found]
        told = [self._data(timer, asked.now_s) for timer in found]
        text = " ".join(response.text for response in sentences)
        return replace(sentences[0], text=text, data={"timers": told})

    def _status(self, timer: Timer, asked: Asked) -> Response:
        return self._told("status_paused" if timer.is_paused else "status", asked, timer)

    def _meant_beside(self, rung: Timer, asked: Asked) -> list[Timer]:
        """Return which are meant of those that run and the one that has rung: the nearest name is.

        Whoever counts them counts those that run.
        """
        running = self.ledger.entries()
        if running and "order" in asked.slots:
            return meant(running, asked.slots)
        return meant([rung, *running], asked.slots)

    def _with_one(
        self,
        asked: Asked,
        timers: Sequence[Timer],
        answer: Callable[[Asked, Timer], Response],
        otherwise: str = "",
    ) -> Response:
        """Answer for the one timer that is meant; ask when it may be several.

        Args:
            asked: what is being answered.
            timers: those that it can be.
            answer: what is done with the one.
            otherwise: key of the answer when only others, which it cannot be, are meant.
        """
        everything = self.ledger.entries()
        if not everything:
            return self._without_timers(asked)
        found = meant(timers, asked.slots)
        if len(found) == 1:
            return answer(asked, found[0])
        if found:
            return self._which(asked, found)
        others = meant(everything, asked.slots) if otherwise else []
        if len(others) == 1:
            return self._told(otherwise, asked, others[0])
        if others:
            return self.say(f"all_{otherwise}", asked.language)
        return self._not_found(asked, everything)

    def _which(self, asked: Asked, timers: Sequence[Timer]) -> Response:
        labels = [self._choice(timer, asked.language) for timer in timers]
        if len(set(labels)) < len(labels):
            return self.ask("which_of_alike", "timer", asked.language, n=len(timers))
        choices = listed(labels, self.say("or", asked.language).text)
        return self.ask("which", "timer", asked.language, timers=choices)

    def _without_timers(self, asked: Asked) -> Response:
        return self.say("none", asked.language)

    def _not_found(self, asked: Asked, timers: Sequence[Timer]) -> Response:
        labels = [self._choice(timer, asked.language) for timer in timers]
        choices = listed(labels, self.say("and", asked.language).text)
        return self.say("not_found", asked.language, timers=choices)

    def _told(self, key: str, asked: Asked, timer: Timer) -> Response:
        """Return the answer of that key about a timer."""
        remaining_s = timer.remaining_s(asked.now_s)
        said = self.say(
            key,
            asked.language,
            timer=self._label(timer, asked.language),
            remaining=duration_words(roughly(remaining_s), asked.language),
        )
        return self._about(said, timer, asked.now_s)

    def _label(self, timer: Timer, language: str) -> str:
        """Return what a timer is called in a sentence, without an article."""
        return self._worded("label", timer, language)

    def _choice(self, timer: Timer, language: str) -> str:
        """Return what a timer is called among others, with an article."""
        return self._worded("choice", timer, language)

    def _worded(self, key: str, timer: Timer, language: str) -> str:
        suffix = "named" if timer.name else "unnamed"
        duration = duration_words(timer.length_s, language)
        return self.say(f"{key}_{suffix}", language, name=timer.name, duration=duration).text

    def _about(self, response: Response, timer: Timer, now_s: float) -> Response:
        return replace(response, data={self.noun: self._data(timer, now_s)})

    def _data(self, timer: Timer, now_s: float) -> dict[str, Any]:
        return {
            "name": timer.name,
            "length_s": timer.length_s,
            "remaining_s": round(timer.remaining_s(now_s), 1),
            "is_paused": timer.is_paused,
        }


@hookimpl
def irene_intent_handlers() -> list[type[TimerHandler]]:
    """Offer the handler of timers."""
    return [TimerHandler]

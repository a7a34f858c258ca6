"""The handler of reminders: what and when, once or again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from irene import IntentInfo, Response, hookimpl
from irene_plugins.intents.agenda.appointments import Appointment
from irene_plugins.intents.agenda.keeping import MISSED_AFTER_S, Asked
from irene_plugins.intents.agenda.planning import WHEN_SLOTS, CalendarHandler
from irene_plugins.intents.agenda.wall_time import Habits, When
from irene_plugins.intents.spoken.durations import ago_words

_LONGEST_TASK = 200
"""characters; more is no task but a mistake"""
_WAKES_AT = 7 * 60
"""minute of the day: "tomorrow at three" is not in the night"""
_TURNED = {
    "en": {"my": "your", "mine": "yours", "me": "you", "myself": "yourself", "i": "you"},
    "de": {
        **{"mein": "dein", "meine": "deine", "meinen": "deinen", "meinem": "deinem"},
        **{"meiner": "deiner", "meines": "deines", "mich": "dich", "mir": "dir"},
    },
}
"""words of whoever is reminded, as the assistant says them"""


@dataclass(frozen=True)
class ReminderOptions:
    """How reminders are kept and told."""

    max_reminders: int = field(default=100, metadata={"range": (1, 10000)})
    """reminders that may be waiting at once"""
    max_days: int = field(default=366, metadata={"range": (1, 3660)})
    """how many days ahead one may be reminded"""
    rings: bool = True
    """whether the alarm sound goes on until it is stopped; else it is said once"""


class ReminderHandler(CalendarHandler[ReminderOptions]):
    """Reminds of things; reminders survive a restart."""

    name = "reminders"
    noun = "reminder"
    summary = "reminders at a time, once or again and again; they survive a restart"
    Options = ReminderOptions
    infos = (
        IntentInfo(
            "IreneSetReminder",
            "Reminds the user of something at a time, once or again and again.",
            {"task": "what to be reminded of, such as call mum", **WHEN_SLOTS},
            ("task",),
        ),
        IntentInfo("IreneListReminders", "Tells the reminders.", {"date": WHEN_SLOTS["date"]}),
        IntentInfo(
            "IreneCancelReminder",
            "Cancels one reminder, or all of them.",
            {
                "task": "what the reminder is about",
                "order": "1 for the next one, 2 for the one after it ..., -1 for the last",
                "all": "yes to cancel all",
            },
        ),
    )
    intents = tuple(info.name for info in infos)

    def _answers(self) -> Mapping[str, Callable[[Asked], Response | None]]:
        return {
            "IreneSetReminder": self._set,
            "IreneListReminders": self._tell,
            "IreneCancelReminder": self._cancel,
        }

    def _habits(self) -> Habits:
        return Habits(_WAKES_AT, guesses=True, max_days=self.options.max_days)

    def _rings(self) -> bool:
        return self.options.rings

    def _text(self, entry: Appointment, language: str) -> str:
        turned = _TURNED.get(language.replace("_", "-").lower().split("-")[0], {})
        return " ".join(turned.get(word.casefold(), word) for word in entry.text.split())

    def _announcement(self, entry: Appointment, late_s: float) -> Response:
        language = self.services.language
        key = "missed" if late_s >= MISSED_AFTER_S else "due"
        text = self._text(entry, language)
        said = self.say(key, language, text=text, ago=ago_words(late_s, language))
        return self._about(said, entry, self.services.clock.now())

    def _set(self, asked: Asked) -> Response:
        followed = self.followed(asked)
        task = " ".join(str(asked.slots.get("task", "")).split())[:_LONGEST_TASK]
        task = task or (followed.text if followed is not None else "")
        when = self._when(asked, followed)
        if not task and (isinstance(when, When) or when.asks):
            return self.ask("of_what", "task", asked.language)
        if isinstance(when, Response):
            return when
        return self._made(when, task, self.options.max_reminders, asked, followed)


@hookimpl
def irene_intent_handlers() -> list[type[ReminderHandler]]:
    """Offer the handler of reminders."""
    return [ReminderHandler]

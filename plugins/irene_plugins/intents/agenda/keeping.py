"""What handlers share whose entries survive a restart and are announced when they are due."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from irene import HandlerContext, Intent, IntentInfo, ProviderFailedError, Response, Services
from irene_plugins.intents.agenda.ledger import EntryT, Ledger, StateFile, zone_of
from irene_plugins.intents.agenda.turns import PATIENCE_S, Presence
from irene_plugins.intents.bundled import BundledHandler, content

OptionsT = TypeVar("OptionsT")

MISSED_AFTER_S = 60
"""from here on an announcement says how late it is"""
RINGS_UNTIL_S = 15 * 60
"""what is later than this is told once, without ringing: nobody waits for it any more"""
FORGOTTEN_AFTER_S = 24 * 3600
"""what is later than this is only noted"""

LEFT_TO_SPEAKERS_S = 5.0
"""how long a program that only writes leaves what is due to one that speaks"""

_HANGS_AFTER_S = 10.0
"""how long a program that speaks lets another one announce, on a busy machine, before it does"""

FOLLOWS = frozenset({"instead", "another"})
"""slots of what follows the thing that was just made: it is corrected, or wanted once more"""

RANG_AT = "rang_at"
"""key of an announcement's data: when it was made, in seconds since the epoch"""


@dataclass(frozen=True)
class Asked:
    """One intent that is being answered, with the handler's language at hand."""

    intent: Intent
    context: HandlerContext

    @property
    def slots(self) -> Mapping[str, Any]:
        """Slots of the intent."""
        return self.intent.slots

    def afresh(self) -> Asked:
        """Return it with the slots said now alone, when it follows what was just made.

        "No, at eight" after "wake me at half past seven" is not half past eight.
        """
        said = {name: self.slots[name] for name in self.slots.keys() - self.intent.kept}
        if FOLLOWS.isdisjoint(said):
            return self
        return replace(self, intent=replace(self.intent, slots=said, kept=frozenset()))

    def told(self, noun: str) -> Mapping[str, Any] | None:
        """Return what the last answer told of such an entry."""
        last = self.context.last_response
        return None if last is None else last.data.get(noun)

    @property
    def language(self) -> str:
        """BCP 47 tag to answer in."""
        return self.context.language

    @property
    def now_s(self) -> float:
        """Seconds since the epoch."""
        return self.context.now.timestamp()


class KeepingHandler(BundledHandler[OptionsT], Generic[OptionsT, EntryT]):
    """A handler with a ledger: entries are announced when due, also those that were missed.

    An entry is announced first and written off then, so that a crash in between announces it once
    more and never not at all. Of several programs with the same state folder one announces it:
    one that speaks, if there is any; the others take over when it does not.
    """

    shared: ClassVar[tuple[str, ...]] = ("durations", "corrections")
    """Files beside its own whose lists and rules its templates use."""
    looks_again_s: ClassVar[float] = 30.0
    """Time after which what another program has set, such as `irene ask`, is noticed at last."""
    noun: ClassVar[str]
    """What an entry is called in the data of answers."""
    infos: ClassVar[tuple[IntentInfo, ...]] = ()
    """What its intents are for."""

    def __init__(self, options: OptionsT | None = None) -> None:
        super().__init__(options)
        self._ledger: Ledger[EntryT] | None = None
        self._rung: tuple[EntryT, float] | None = None
        self._answering = threading.RLock()
        self._speakers: Presence | None = None

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return the templates of the language with the lists and rules that they share."""
        own = super().sentences(language)
        if own is None:
            return None
        files = [content(name, language) or {} for name in self.shared]
        joined = {
            key: {
                name: value for file in (*files, own) for name, value in file.get(key, {}).items()
            }
            for key in ("lists", "expansion_rules")
        }
        return {**own, **joined}

    def start(self, services: Services) -> None:
        """Read what is kept; what was missed is announced."""
        super().start(services)
        self._close()
        file = StateFile.of(services, self.name)
        if file is not None:
            self._speakers = Presence(services.state_folder() / "speakers", services.clock)
            if services.speaks:
                self._speakers.enter()
        self._ledger = Ledger(
            services,
            file,
            self._read,
            self._announce_due,
            looks_again_s=self.looks_again_s,
            spare_s=self._spare_s,
        )
        self._announce_due()

    def handle(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Answer the intent.

        Raises:
            ProviderFailedError: the handler was not started.
        """
        with self._answering, self.ledger.turn():
            return self._answers()[intent.name](Asked(intent, context).afresh())

    def describe(self) -> tuple[IntentInfo, ...]:
        """Say what its intents are for."""
        return self.infos

    @property
    def ledger(self) -> Ledger[EntryT]:
        """What it keeps.

        Raises:
            ProviderFailedError: the handler was not started.
        """
        if self._ledger is None:
            raise ProviderFailedError(f"intent handler {self.name!r} was not started")
        return self._ledger

    def rung(self, within_s: float) -> EntryT | None:
        """Return what was announced last, no longer ago than that; None when nothing was."""
        if self._rung is None:
            return None
        entry, rung_s = self._rung
        return entry if self.services.clock.now().timestamp() - rung_s <= within_s else None

    def forget_rung(self) -> None:
        """Have done with what was announced last."""
        self._rung = None

    def followed(self, asked: Asked) -> EntryT | None:
        """Return the entry that was just made, when what is asked follows it."""
        told = asked.told(self.noun)
        if told is None or FOLLOWS.isdisjoint(asked.slots):
            return None
        meant = [one for one in self.ledger.entries() if self._is_told_by(told, one, asked)]
        return max(meant, key=lambda one: one.number, default=None)

    def ask(self, key: str, slot: str, language: str, /, **values: object) -> Response:
        """Return a question for a slot."""
        return replace(self.say(key, language, **values), asks=slot)

    @abstractmethod
    def _answers(self) -> Mapping[str, Callable[[Asked], Response | None]]:
        """Return what answers each intent."""

    @abstractmethod
    def _is_told_by(self, told: Mapping[str, Any], entry: EntryT, asked: Asked) -> bool:
        """Return whether what an answer told was of this entry, or of one that is alike."""

    @abstractmethod
    def _read(self, **table: Any) -> EntryT:
        """Return an entry from what was written of it; TypeError or ValueError when it is none."""

    @abstractmethod
    def _announcement(self, entry: EntryT, late_s: float) -> Response:
        """Return what is said of an entry that is due, or was due so long ago."""

    def _following(self, entry: EntryT) -> EntryT | None:
        """Return what takes the place of an entry that is due; None when nothing does."""
        return None

    def _latest(self, entry: EntryT) -> EntryT:
        """Return an entry that is due as it is told: one that was due several times, once."""
        return entry

    def _rings(self) -> bool:
        """Return whether an announcement comes with a sound that goes on until it is hushed."""
        return True

    def _close(self) -> None:
        if self._ledger is not None:
            self._ledger.close()
        if self._speakers is not None:
            self._speakers.leave()

    def _spare_s(self) -> float:
        """Return how long what is due is left to a program that speaks."""
        is_left = not self.services.speaks and self._speakers and self._speakers.is_anybody()
        return LEFT_TO_SPEAKERS_S if is_left else 0.0

    def _announce_due(self) -> None:
        """Announce what is due now; called by the ledger's alarm clock.

        Whoever has the turn is at it. Only a program that speaks does without a turn in the end,
        should the other one hang.
        """
        patience_s = _HANGS_AFTER_S if self.services.speaks else PATIENCE_S
        with self._answering, self.ledger.turn(patience_s) as is_mine:
            if is_mine or self.services.speaks:
                self._announce_and_write_off()
            else:
                self.ledger.schedule()

    def _announce_and_write_off(self) -> None:
        due = self.ledger.take_due(self._following)
        now = self.services.clock.now()
        for entry in map(self._latest, due):
            if not self._is_told(entry, now):
                self.ledger.give_back(due)  # the run ends: the next one tells it
                return
        if due:
            self.ledger.save()
        else:
            self.ledger.schedule()

    def _is_told(self, entry: EntryT, now: datetime) -> bool:
        """Tell of an entry that is due; return False when nobody will be told any more."""
        due_at = entry.due_at(zone_of(now))
        late_s = 0.0 if due_at is None else now.timestamp() - due_at
        response = self._announcement(entry, late_s)
        response = replace(response, data={**response.data, RANG_AT: now.timestamp()})
        if late_s > FORGOTTEN_AFTER_S:
            self.services.warn(f"{self.name}: missed while irene was off: {response.text}")
            return True
        rings = self._rings() and late_s <= RINGS_UNTIL_S
        self._rung = (entry, now.timestamp())
        return self.services.announce(response, rings=rings)

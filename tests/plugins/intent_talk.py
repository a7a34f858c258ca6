"""A conversation in writing with handlers on virtual time: what is said goes through hassil."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from irene import HandlerContext, Intent, IntentHandler, IntentMatcher, Response, SentenceSource
from irene.pipeline.answering.dialogue import Dialogue
from irene.testing import ScriptedServices, VirtualClock
from irene_plugins.intent_recognition.hassil import HassilRecognizer


@cache
def matcher_of(kinds: tuple[type[IntentHandler[Any]], ...], language: str) -> IntentMatcher:
    """Return the matcher of the handlers' own sentences; compiled once for all tests."""
    handlers = [kind() for kind in kinds]
    sources = [SentenceSource(h.name, language, h.sentences(language) or {}) for h in handlers]
    return HassilRecognizer().open_matcher(sources)


class Talk:
    """Handlers, their services, and a person who talks to them.

    A question is answered as the assistant does it: the next sentence is understood in the context
    of the question, and the slots known so far are added to its own.
    """

    def __init__(
        self,
        folder: Path,
        kinds: Sequence[type[IntentHandler[Any]]],
        language: str = "en",
        start: datetime | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.language = language
        self.clock = VirtualClock(start) if start else VirtualClock()
        self._kinds = tuple(kinds)
        self._options = options or {}
        self.announced: list[str] = []
        """everything that was announced, also before a restart"""
        self.rang: list[bool] = []
        """whether each announcement rings"""
        self.dialogue = Dialogue(timeout_s=math.inf)
        self.last: Response | None = None
        self.start()

    def start(self) -> None:
        """Start the assistant, on what an earlier one left in the folder."""
        self.handlers = [kind(self._options.get(kind.name)) for kind in self._kinds]
        self.services = ScriptedServices(self.folder, self.clock, self.handlers, self.language)
        for handler in self.handlers:
            handler.start(self.services)
        self._collect()

    def wait(self, seconds: float) -> list[str]:
        """Let time pass; return what was announced meanwhile."""
        before = len(self.announced)
        self.services.advance(seconds)
        self._collect()
        return self.announced[before:]

    def off(self, seconds: float) -> list[str]:
        """Switch the assistant off for a while; return what it announces when it is back."""
        before = len(self.announced)
        self.clock.advance(seconds)
        self.start()
        return self.announced[before:]

    def understand(self, text: str) -> Intent | None:
        """Return what is understood of a sentence in the present context."""
        matcher = matcher_of(self._kinds, self.language)
        if (whole := matcher.match(text, self.language, {})) is not None:
            return whole
        found = matcher.match(text, self.language, self.dialogue.context(0.0))
        if found is None:
            return None
        return self.dialogue.completed(replace(found, continues=True), 0.0)

    def say(self, text: str) -> str:
        """Say a sentence; return the answer, empty when nobody understands it."""
        intent = self.understand(text)
        if intent is None:
            return ""
        return self._answered(intent)

    def do(self, name: str, slots: Mapping[str, Any] | None = None, text: str = "") -> str:
        """Have an intent answered, as a language model would; return the answer."""
        return self._answered(Intent(name, text, self.language, dict(slots or {})))

    @property
    def asks(self) -> str:
        """The slot that the last answer asked for."""
        return self.dialogue.asks(0.0)

    def _answered(self, intent: Intent) -> str:
        handler = next(handler for handler in self.handlers if intent.name in handler.intents)
        context = HandlerContext(self.clock.now(), self.language, last_response=self.last)
        response = handler.handle(intent, context)
        self._collect()
        self.dialogue.note(intent, response, 0.0)
        self.last = response or self.last
        return response.text if response is not None else ""

    def _collect(self) -> None:
        for response, rings in self.services.announced:
            self.announced.append(response.text)
            self.rang.append(rings)
            self.last = response
        self.services.announced.clear()

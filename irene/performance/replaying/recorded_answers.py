"""What was answered in a recording, for handlers that are not asked again."""

from __future__ import annotations

import threading
from collections import defaultdict, deque

from irene.domain.events import (
    FollowUpStarted,
    IntentNotRecognized,
    IntentRecognized,
    ResponseGiven,
)
from irene.domain.intents import Response
from irene.pipeline.recording.reading import Recording


class RecordedAnswers:
    """The answers by what was said; each is given in the order in which it came."""

    def __init__(self, recording: Recording) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, deque[ResponseGiven]] = defaultdict(deque)
        self._invites: set[int | None] = set()
        self.recited: dict[str, int] = {}
        """how often each handler's recorded answer was given, by its name"""
        self.missing: dict[str, int] = {}
        """how often there was none"""
        said: dict[int | None, str] = {}
        before: int | None = None
        for event in recording.events:
            if isinstance(event, (IntentRecognized, IntentNotRecognized)):
                said[event.session] = event.text
            elif isinstance(event, ResponseGiven):
                self._answers[said.get(event.session, "")].append(event)
                before = event.session
            elif isinstance(event, FollowUpStarted):
                self._invites.add(before)

    def take(self, handler: str, text: str, language: str) -> Response | None:
        """Return what was answered to a text; None when that was nothing, or is not known."""
        with self._lock:
            left = self._answers[text]
            if not left:
                self.missing[handler] = self.missing.get(handler, 0) + 1
                return None
            given = left.popleft()
            self.recited[handler] = self.recited.get(handler, 0) + 1
        invites = given.session in self._invites and not given.asks
        return Response(given.text, language, given.asks, invites, given.data)

"""Stamping events with audio time and session, and handing them on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from irene.domain.events import Event


class EventStream:
    """The one place through which every event of a run goes; may be used from any thread.

    Audio time never goes back: an event gets the latest of its own time, the input's position and
    the time of the event before it.
    """

    def __init__(self, sink: Callable[[Event], None]) -> None:
        self._sink = sink
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._last_s = 0.0
        self._position_s = 0.0
        self._session: int | None = None
        self.on_quiet: Callable[[bool], None] = lambda is_quiet: None
        """told from any thread when a session begins (False) and when the last one is over"""

    @property
    def now_s(self) -> float:
        """Audio time of the latest event."""
        return max(self._last_s, self._position_s)

    @property
    def session(self) -> int | None:
        """Number of the session in progress; None when nobody talks to the assistant."""
        return self._session

    def begin_run(self) -> None:
        """Start again at audio time 0, outside of any session."""
        with self._lock:
            self._last_s = self._position_s = 0.0
            self._session = None

    def advance(self, time_s: float) -> None:
        """Note that the input was processed up to this audio time; for the input's thread."""
        self._position_s = max(self._position_s, time_s)

    def enter_session(self, session: int | None) -> None:
        """Name the session that events without one belong to."""
        with self._turn:  # quiet is told in the order in which it came
            with self._lock:
                self._session = session
            self.on_quiet(session is None)

    def leave_session(self, session: int) -> None:
        """Name no session any more, unless a later one has begun."""
        with self._turn:
            with self._lock:
                if self._session != session:
                    return
                self._session = None
            self.on_quiet(True)

    def emit(self, event: Event) -> None:
        """Stamp an event and hand it on; one without a session belongs to that in progress."""
        with self._lock:
            self._hand_on(event, self._session if event.session is None else event.session)

    def emit_apart(self, event: Event) -> None:
        """Do what `emit` does for an event that a session in progress has nothing to do with."""
        with self._lock:
            self._hand_on(event, event.session)

    def _hand_on(self, event: Event, session: int | None) -> None:
        self._last_s = max(self._last_s, self._position_s, event.time_s)
        self._sink(replace(event, time_s=self._last_s, session=session))

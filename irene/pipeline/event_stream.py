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
        self._last_s = 0.0
        self._session: int | None = None

    def begin_run(self) -> None:
        """Start again at audio time 0, outside of any session."""
        with self._lock:
            self._last_s, self._session = 0.0, None

    def advance(self, time_s: float) -> None:
        """Note that the input was processed up to this audio time."""
        with self._lock:
            self._last_s = max(self._last_s, time_s)

    def enter_session(self, session: int | None) -> None:
        """Name the session that events without one belong to."""
        with self._lock:
            self._session = session

    def leave_session(self, session: int) -> None:
        """Name no session any more, unless a later one has begun."""
        with self._lock:
            if self._session == session:
                self._session = None

    def emit(self, event: Event) -> None:
        """Stamp an event and hand it on."""
        with self._lock:
            self._last_s = max(self._last_s, event.time_s)
            session = self._session if event.session is None else event.session
            self._sink(replace(event, time_s=self._last_s, session=session))

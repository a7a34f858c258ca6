"""Letting a run end without breaking anything off: what was begun is finished, no more begun."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from irene.domain.clock import Clock
from irene.pipeline.answering.announcing import Announcer
from irene.pipeline.event_stream import EventStream

_LOOK_S = 0.03
"""how often it is looked whether it is over: shorter than the shortest wake word"""


def in_progress(events: EventStream, announcer: Announcer) -> Callable[[], bool]:
    """Return what says whether the session in progress now, or something that is said, goes on.

    A session that follows, with or without a wake word, is another one. A ring goes on until
    somebody stops it, so it is not waited for.
    """
    session = events.session
    return lambda: announcer.is_speaking or (session is not None and events.session == session)


class Drain:
    """Ends a run when what is in progress is done; belongs to the event loop of the run."""

    def __init__(
        self, events: EventStream, announcer: Announcer, clock: Clock, stop: Callable[[], None]
    ) -> None:
        """`stop` ends the run."""
        self._events = events
        self._announcer = announcer
        self._clock = clock
        self._stop = stop
        self._task: asyncio.Task[None] | None = None

    def begin(self, limit_s: float) -> bool:
        """Stop the run when nothing is in progress any more, at the latest after so many seconds.

        Returns False when nothing is: the run is stopped at once. What was begun goes on as it is.
        """
        if self._task is not None:
            return True
        is_busy = in_progress(self._events, self._announcer)
        if not is_busy():
            self._stop()
            return False
        self._task = asyncio.ensure_future(self._stop_after(is_busy, limit_s))
        return True

    def give_up(self) -> None:
        """Stop nothing any more: the run is over, and another one is not meant."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _stop_after(self, is_busy: Callable[[], bool], limit_s: float) -> None:
        await drained(is_busy, self._clock, limit_s)
        self._stop()


async def drained(is_busy: Callable[[], bool], clock: Clock, limit_s: float) -> bool:
    """Wait until nothing is in progress any more; return False when the time was over before."""
    until_s = clock.monotonic() + limit_s
    while is_busy():
        if clock.monotonic() >= until_s:
            return False
        await asyncio.sleep(_LOOK_S)
    return True

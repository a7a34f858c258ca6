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


async def drained(is_busy: Callable[[], bool], clock: Clock, limit_s: float) -> bool:
    """Wait until nothing is in progress any more; return False when the time was over before."""
    until_s = clock.monotonic() + limit_s
    while is_busy():
        if clock.monotonic() >= until_s:
            return False
        await asyncio.sleep(_LOOK_S)
    return True

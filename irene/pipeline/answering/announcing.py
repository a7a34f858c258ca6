"""Saying what nobody asked for just now: a timer that is due, an answer that came late."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field

from irene.domain.deadlines import within
from irene.domain.events import AnnouncementMade, ErrorRaised
from irene.domain.intents import Response
from irene.errors import IreneError
from irene.pipeline.event_stream import EventStream

PATIENCE_S = 8.0
"""longest time for which an announcement lets somebody finish who talks to the assistant"""


def _promise() -> Future[bool]:
    """Return a future that whoever waits for it cannot cancel: what is announced is said."""
    future: Future[bool] = Future()
    future.set_running_or_notify_cancel()
    return future


@dataclass(frozen=True)
class Announcement:
    """Something to be said."""

    response: Response
    rings: bool
    """whether it rings until somebody stops it"""
    told: Future[bool] = field(default_factory=_promise, compare=False)
    """done when people have heard it; False: never, because somebody wanted silence"""

    def settle(self, is_told: bool, error: IreneError | None = None) -> None:
        """Note what became of it, unless that is known."""
        with suppress(InvalidStateError):
            self.told.set_exception(error) if error else self.told.set_result(is_told)


Deliver = Callable[[Announcement], Awaitable[bool]]
"""Brings an announcement to people; returns when they have heard it, or False when somebody
interrupted before it was begun."""


class Announcer:
    """Tells announcements one after another; its event comes at once, its voice when it is quiet.

    What is announced before `run` is told as soon as it runs. One that somebody interrupts before
    it was begun comes when it is quiet again: an alarm is never lost.
    """

    def __init__(self, events: EventStream, deliver: Deliver) -> None:
        self._events = events
        self._deliver = deliver
        self._waiting: deque[Announcement] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._current: Announcement | None = None
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._hushes = 0
        self._is_closed = False
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()

    def announce(self, response: Response, rings: bool) -> Future[bool]:
        """Take an announcement; from any thread. Return `Announcement.told`.

        Once it is closed nobody will ever hear one, which is known at once.
        """
        loop, announcement = self._loop, Announcement(response, rings)
        with self._lock:
            if self._is_closed:
                announcement.settle(is_told=False)
                return announcement.told
            self._waiting.append(announcement)
            if loop is not None:
                self._idle.clear()
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._tell_waiting)
        return announcement.told

    def run(self) -> None:
        """Begin to tell; called on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._quiet.set()
        with self._lock:
            if self._waiting:
                self._idle.clear()
        self._tell_waiting()

    def stop(self) -> None:
        """Give up what is being told; of what waits only the event comes. On the event loop."""
        self._loop = None
        while (waiting := self._next()) is not None:  # nobody hears it, but somebody may read it
            self._emit(waiting)
            waiting.settle(is_told=False)
        self._idle.set()
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """Do what `stop` does, and take nothing any more. On the event loop."""
        with self._lock:
            self._is_closed = True
        self.stop()

    def hush(self) -> None:
        """Drop what has not been told yet; from any thread."""
        self._hushes += 1
        self._drop_waiting()

    def set_quiet(self, is_quiet: bool) -> None:
        """Note whether nobody talks to the assistant now; from any thread."""
        change = self._quiet.set if is_quiet else self._quiet.clear
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(change)

    @property
    def is_speaking(self) -> bool:
        """Whether something is told that comes to an end by itself: no ring does."""
        current = self._current
        return current is not None and not current.rings

    def wait_idle(self) -> None:
        """Block until everything has been told or given up; not on the event loop."""
        self._idle.wait()

    def _tell_waiting(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._tell_all())

    def _drop_waiting(self) -> None:
        while (dropped := self._next()) is not None:
            dropped.settle(is_told=False)

    def _next(self) -> Announcement | None:
        with self._lock:  # somebody on another thread may want silence just now
            return self._waiting.popleft() if self._waiting else None

    async def _tell_all(self) -> None:
        try:
            while (announcement := self._next()) is not None:
                self._current = announcement
                try:
                    await self._tell(announcement)
                finally:
                    self._current = None
                    announcement.settle(is_told=False)  # unless it was told, or failed
        finally:
            with self._lock:
                if not self._waiting or self._loop is None:
                    self._idle.set()

    def _emit(self, announcement: Announcement) -> None:
        response, rings = announcement.response, announcement.rings
        event = AnnouncementMade(text=response.text, rings=rings, data=response.data)
        self._events.emit_apart(event)

    async def _tell(self, announcement: Announcement) -> None:
        self._emit(announcement)
        hushes = self._hushes
        while not announcement.told.done() and hushes == self._hushes:
            with suppress(asyncio.TimeoutError):  # an alarm does not wait for the end of a chat
                await within(PATIENCE_S, self._until_quiet())
            if hushes == self._hushes:
                await self._try_to_deliver(announcement)

    async def _until_quiet(self) -> None:
        while not self._quiet.is_set():  # it may be over again before this has its turn
            await self._quiet.wait()

    async def _try_to_deliver(self, announcement: Announcement) -> None:
        try:
            if await self._deliver(announcement):
                announcement.settle(is_told=True)
        except IreneError as error:
            self._events.emit_apart(ErrorRaised(code=error.code, message=str(error)))
            announcement.settle(is_told=False, error=error)

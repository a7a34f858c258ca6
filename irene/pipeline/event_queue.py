"""Events on their way to whoever iterates a run: from any thread to one event loop."""

from __future__ import annotations

import asyncio

from irene.domain.events import Event


class EventQueue:
    """A queue that any thread may put into, and that belongs to an event loop once it is entered.

    What is put before that, or after the loop was closed, is dropped.
    """

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None

    def enter(self) -> None:
        """Deliver to the event loop that is running now."""
        self._loop = asyncio.get_running_loop()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop; None before it was entered, and when it is closed."""
        return self._loop if self._loop is not None and not self._loop.is_closed() else None

    @property
    def n_waiting(self) -> int:
        """Events that nobody has taken yet."""
        return self._queue.qsize()

    def put(self, event: Event | None) -> None:
        """Hand an event on, or None for the end of the run."""
        if (loop := self.loop) is not None:
            loop.call_soon_threadsafe(self._queue.put_nowait, event)

    def end_after(self, seconds: float) -> None:
        """Put None, the end of the run, after so many seconds: then the iteration is over."""
        if (loop := self.loop) is not None:
            queue = self._queue
            loop.call_soon_threadsafe(lambda: loop.call_later(seconds, queue.put_nowait, None))

    async def get(self) -> Event | None:
        """Wait for the next event; None is the end of the run."""
        return await self._queue.get()

    def begin_again(self) -> None:
        """Start empty for another run; an `end_after` of the last one has no effect on it."""
        self._queue = asyncio.Queue()

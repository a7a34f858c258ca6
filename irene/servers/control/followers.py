"""Clients that follow the events of a run, each at its own pace, none at the assistant's cost."""

from __future__ import annotations

import asyncio

from irene.domain.events import Event
from irene.servers.control.protocol import encoded

LONGEST_QUEUE = 512
"""events that may wait for one client to read them"""


class Follower:
    """The events that one client has not been sent yet; the end, or falling behind, ends it."""

    def __init__(self, longest: int = LONGEST_QUEUE) -> None:
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue(longest + 1)
        self._longest = longest
        self.lost = asyncio.Event()
        """set when it read too slowly, so that it is sent no more"""

    def put(self, line: bytes) -> bool:
        """Take an event's line; return False when too many wait already."""
        if self._lines.qsize() >= self._longest:
            self.lost.set()
            return False
        self._lines.put_nowait(line)
        return True

    def end(self) -> None:
        """Say that nothing more will come."""
        if not self._lines.full():  # else it is full of what nobody reads, and is given up
            self._lines.put_nowait(None)

    async def next(self) -> bytes | None:
        """Return the next line; None when there will be none any more."""
        return await self._lines.get()


class Followers:
    """All clients that follow; used on the event loop only, and never waits."""

    def __init__(self) -> None:
        self._all: set[Follower] = set()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, longest: int = LONGEST_QUEUE) -> Follower:
        """Return a new follower, which gets every event from now on."""
        follower = Follower(longest)
        self._all.add(follower)
        return follower

    def remove(self, follower: Follower) -> None:
        """Send it nothing more."""
        self._all.discard(follower)

    def publish(self, event: Event) -> None:
        """Send an event to every client; one that does not keep up is dropped."""
        if not self._all:
            return
        line = encoded(event.to_dict())
        for follower in [one for one in self._all if not one.put(line)]:
            self.remove(follower)

    def end(self) -> None:
        """Say to everybody that nothing more will come."""
        for follower in self._all:
            follower.end()
        self._all.clear()

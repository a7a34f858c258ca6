"""Going on with another ear: who brings it, and the one that waits for its moment."""

from __future__ import annotations

import threading
from typing import Protocol

from irene.config.sections import Config
from irene.pipeline.listening.ear import Ear


class Renewal(Protocol):
    """Another ear, and the configuration that goes with it."""

    config: Config
    """what the listener goes by"""
    afresh: bool
    """whether every conversion of rates is opened anew"""

    def renewed(self, ear: Ear) -> Ear:
        """Return the ear to listen with instead of this one; called on the capture thread."""
        ...

    def done(self) -> None:
        """Note that the new ear is in use, or that it never will be as listening has ended."""
        ...

    def supersede(self, other: Renewal) -> None:
        """Take over what another renewal was to do, which this one replaces before its moment."""
        ...


class NextRenewal:
    """The renewal that waits until nobody speaks, if any; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_closed = False
        self.waiting: Renewal | None = None
        """the one that waits; for reading"""

    def put(self, renewal: Renewal | None) -> Renewal | None:
        """Set the renewal that waits, or none; return the one that it replaces, now void."""
        with self._lock:
            before, self.waiting = self.waiting, None if self._is_closed else renewal
        if self._is_closed and renewal is not None:
            renewal.done()
        return before

    def take(self) -> Renewal | None:
        """Return the one that waits: its moment has come."""
        return self.put(None)

    def close(self) -> None:
        """Say that nobody listens any more."""
        self._is_closed = True
        left = self.take()
        if left is not None:
            left.done()

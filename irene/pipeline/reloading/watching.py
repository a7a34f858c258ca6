"""Watching the files of a configuration: by looking at them now and then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial

from irene.components.threads import start_daemon
from irene.config.included import Stamp, digests, stamps
from irene.config.sections import Config
from irene.domain.clock import Clock

EVERY_S = 1.0
"""time from one look to the next; a change counts once two looks in a row see the same"""


class Watcher:
    """Tells when the files of a configuration have changed and are quiet again.

    An editor that saves by renaming, and one that writes in pieces, are waited for; a file that is
    only touched is no change. No service of the system is used: this works on every file system,
    and costs a `stat` per file and second.
    """

    def __init__(
        self, current: Callable[[], Config], on_change: Callable[[], None], clock: Clock
    ) -> None:
        """`current` is the configuration whose files are looked at; nothing is watched yet."""
        self._current = current
        self._on_change = on_change
        self._clock = clock
        self._changed = threading.Condition()
        self._turn: object = None
        self._seen: tuple[Stamp, ...] = ()
        self._told: tuple[Stamp, ...] = ()
        self._known: Mapping[str, bytes] = {}

    def watch(self, wanted: bool) -> None:
        """Look at the files from now on, on a thread of its own, or no more; from any thread."""
        with self._changed:
            if wanted is (self._turn is not None):
                return
            turn = self._turn = object() if wanted else None
            self._changed.notify_all()
        if turn is not None:
            self.take()
            start_daemon("watch", partial(self._watch, turn))

    def take(self) -> None:
        """Take the files as they are now for those that are known."""
        self._seen = self._told = stamps(self._current())
        self._known = digests(self._current())

    def look(self) -> None:
        """Look once; tell of what has changed since the last time and did not since the last look.

        The files that are looked at are those of the configuration as it is now.
        """
        seen, self._seen = self._seen, stamps(self._current())
        if self._seen != seen or self._seen == self._told:
            return
        self._told = self._seen
        known, self._known = self._known, digests(self._current())
        # What is named since the last look was read when that was noticed.
        if any(known.get(key, digest) != digest for key, digest in self._known.items()):
            self._on_change()

    def _watch(self, turn: object) -> None:
        while self._waited(turn):
            self.look()

    def _waited(self, turn: object) -> bool:
        """Wait for the time of the next look; return False when there is none."""
        with self._changed:
            until = self._clock.monotonic() + EVERY_S
            while self._turn is turn and (left := until - self._clock.monotonic()) > 0:
                self._clock.wait(self._changed, left)
            return self._turn is turn

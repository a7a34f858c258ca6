"""Watching the files of a configuration: by looking at them now and then."""

from __future__ import annotations

import threading
from collections.abc import Callable

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
        self._is_stopped = False
        self._seen: tuple[Stamp, ...] = ()
        self._told: tuple[Stamp, ...] = ()
        self._known: object = None

    def start(self) -> None:
        """Take the files as they are now, and look at them from now on, on a thread of its own."""
        self._seen = self._told = stamps(self._current())
        self._known = digests(self._current())
        start_daemon("watch", self._watch)

    def stop(self) -> None:
        """Look no more; from any thread."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def look(self) -> None:
        """Look once; tell of what has changed since the last time and did not since the last look.

        The files that are looked at are those of the configuration as it is now.
        """
        seen, self._seen = self._seen, stamps(self._current())
        if self._seen != seen or self._seen == self._told:
            return
        self._told = self._seen
        known, self._known = self._known, digests(self._current())
        if self._known != known:
            self._on_change()

    def _watch(self) -> None:
        while self._waited():
            self.look()

    def _waited(self) -> bool:
        """Wait for the time of the next look; return False when there is none."""
        with self._changed:
            until = self._clock.monotonic() + EVERY_S
            while not self._is_stopped and (left := until - self._clock.monotonic()) > 0:
                self._clock.wait(self._changed, left)
            return not self._is_stopped

"""The lanes to one worker: those that are in use, and those that wait to be used again."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack

from irene.components.isolation.lane import Lane
from irene.components.isolation.shared_region import SharedRegion
from irene.components.isolation.worker import NEW_LANE
from irene.domain.clock import Clock
from irene.errors import ProviderFailedError
from irene.telemetry.performance_metrics import Drained


class Lanes:
    """Opens lanes to a process and keeps them; one thread at a time may ask."""

    def __init__(self, clock: Clock, measured: Callable[[Drained], None]) -> None:
        """Begin without any; the arguments are those of `Lane`."""
        self._clock = clock
        self._measured = measured
        self._open: set[Lane] = set()
        self._free: list[Lane] = []

    @property
    def n_used(self) -> int:
        """Lanes that somebody has."""
        return len(self._open) - len(self._free)

    def take(self, control: socket.socket, lost: Callable[[], str]) -> Lane:
        """Return a lane that waits to be used again, or a new one.

        Args:
            control: tells the process of a new one.
            lost: see `Lane`.

        Raises:
            ProviderFailedError: no further lane can be opened.
        """
        if self._free:
            return self._free.pop()
        lane = self._new(control, lost)
        self._open.add(lane)
        return lane

    def give_back(self, lane: Lane) -> bool:
        """Take a lane back; return False when it is of no use any more, and is to be closed.

        One that has died with its process is closed by whoever has noticed.
        """
        if lane not in self._open:
            return True
        if lane.is_sound:
            self._free.append(lane)
        else:
            self._open.discard(lane)
        return lane.is_sound

    def all(self) -> list[Lane]:
        """Return all that are open."""
        return list(self._open)

    def part(self) -> list[Lane]:
        """Forget all, and return them: their process has ended."""
        lanes, self._open = list(self._open), set()
        self._free.clear()
        return lanes

    def _new(self, control: socket.socket, lost: Callable[[], str]) -> Lane:
        with ExitStack() as unsent:
            try:
                ours, theirs = map(unsent.enter_context, socket.socketpair())
                region = SharedRegion.create()
                unsent.callback(region.close)
                socket.send_fds(control, [NEW_LANE], [theirs.fileno(), region.fd])
            except OSError as error:
                raise ProviderFailedError(f"a worker cannot be asked: {error}") from error
            unsent.pop_all()
            theirs.close()
        return Lane(ours, region, self._clock, lost, self._measured)

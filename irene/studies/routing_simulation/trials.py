"""Trials of engines that were down, at the times at which the router's prober makes them."""

from __future__ import annotations

from random import Random

from irene.components.routing.lease import Lease
from irene.components.routing.outcome import Outcome
from irene.components.routing.router import Router
from irene.studies.routing_simulation.agenda import Agenda
from irene.studies.routing_simulation.engines import ALWAYS, Ending, Engine

_SHARE = 0.3
"""length of the short request of a trial, as a share of a usual one"""


class SimulatedProber:
    """Does in virtual time what `Prober` does with a thread: asks the same questions of the router.

    A trial that hangs is late after the deadline and keeps its place at the engine.
    """

    def __init__(self, router: Router[Engine], agenda: Agenda, random: Random) -> None:
        self._router = router
        self._agenda = agenda
        self._random = random
        self._next_s = ALWAYS
        self._is_closed = False
        router.is_probed = True

    def look(self) -> None:
        """Look at the circuits: one has changed, or a trial is over."""
        next_s = self._router.next_trial_s()
        if next_s is None or self._is_closed:
            return
        now_s = self._agenda.monotonic()
        if next_s <= now_s:
            for snapshot in self._router.snapshots():
                lease = self._router.trial(snapshot.name)
                if lease is not None:
                    self._try(lease)
        elif next_s < self._next_s or self._next_s <= now_s:
            self._next_s = next_s
            self._agenda.at(next_s, self.look)

    def close(self) -> None:
        """Make no more trials."""
        self._is_closed = True

    def _try(self, lease: Lease[Engine]) -> None:
        work = lease.candidate.work(lease.started_s, self._random)
        seconds = _SHARE * work.seconds if work.ending is Ending.ANSWER else work.seconds
        left_s = lease.left_s
        if left_s is not None and left_s < seconds:
            self._agenda.after(left_s, lambda: self._be_late(lease))
        if seconds < ALWAYS:
            is_answer = work.ending is Ending.ANSWER
            self._agenda.after(seconds, lambda: self._end(lease, is_answer))

    def _be_late(self, lease: Lease[Engine]) -> None:
        lease.late()
        self.look()

    def _end(self, lease: Lease[Engine], is_answer: bool) -> None:
        lease.end(Outcome.SUCCESS if is_answer else Outcome.FAILED)
        self.look()

"""Trying providers that were down, so that nobody who waits for an answer has to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from irene.components.calls.deadline import LateError, within
from irene.components.routing.lease import Lease
from irene.components.routing.outcome import Outcome
from irene.components.routing.router import Router
from irene.components.threads import start_daemon
from irene.domain.clock import Clock
from irene.errors import IreneError

T = TypeVar("T")

_PATIENCE_S = 10.0
"""longest trial of a provider without a deadline"""


class Prober(Generic[T]):
    """Makes a short request of each provider whose open time is over.

    Its thread runs only while a circuit is not closed. A trial that hangs is given up after the
    deadline; it keeps its place at the provider, which therefore gets no further one.
    """

    def __init__(
        self,
        router: Router[T],
        request: Callable[[T], None],
        clock: Clock,
        on_late: Callable[[str, LateError], None] = lambda name, error: None,
    ) -> None:
        """`request` asks the engine for something real, and raises when it does not work.

        `on_late` is told of a trial that hangs, with the provider's name.
        """
        self._on_late = on_late
        self._router = router
        self._request = request
        self._clock = clock
        self._changed = threading.Condition()
        self._is_running = False
        self._is_closed = False
        self._n_looks = 0
        router.is_probed = True

    def look(self) -> None:
        """Look at the circuits: one has changed."""
        with self._changed:
            self._n_looks += 1
            self._changed.notify_all()
            if self._is_running or self._is_closed:
                return
            self._is_running = True
        start_daemon("probe", self._run)

    def close(self) -> None:
        """Stop; a trial that runs is left to itself."""
        with self._changed:
            self._is_closed = True
            self._router.is_probed = False
            self._changed.notify_all()

    def _run(self) -> None:
        while self._wait():
            for name in self._due():
                lease = self._router.trial(name)
                if lease is not None:
                    self._try(lease)

    def _wait(self) -> bool:
        """Wait until a circuit may be tried; return False when there is nothing to wait for."""
        with self._changed:
            while not self._is_closed:
                seen = self._n_looks
                next_s = self._router.next_trial_s()
                if next_s is None:
                    break
                wait_s = next_s - self._clock.monotonic()
                if wait_s <= 0:
                    return True
                if seen == self._n_looks:
                    self._clock.wait(self._changed, wait_s)
            self._is_running = False
            return False

    def _due(self) -> list[str]:
        return [one.name for one in self._router.snapshots()]

    def _try(self, lease: Lease[T]) -> None:
        left_s = lease.left_s
        try:
            within(_PATIENCE_S if left_s is None else left_s, partial(self._asked, lease))
        except LateError as error:
            error.call = "probe"
            lease.late()
            self._on_late(lease.name, error)

    def _asked(self, lease: Lease[T]) -> None:
        outcome = Outcome.FAILED
        try:
            self._request(lease.candidate)
            outcome = Outcome.SUCCESS
        except IreneError:
            pass  # its circuit opens again, which is told
        finally:
            lease.end(outcome)

"""Calls that were given up because an engine did not answer, and what came of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from irene.domain.events import CallAbandoned, Event, LateResult
from irene.domain.kinds import Kind


@dataclass(frozen=True)
class AbandonedCall:
    """A call on a thread that nobody waits for any more."""

    provider: str
    """name of the provider instance"""
    call: str
    """name of the method that does not return"""
    since_s: float
    """clock time at which it was called"""


class AbandonedCalls:
    """Counts and names the threads that hang in an engine; a thread cannot be ended from outside.

    One that comes back in the end is counted no more. What it brings is discarded: the utterance
    has been answered without it.
    """

    def __init__(self, kind: Kind, report: Callable[[Event], None]) -> None:
        self._kind = kind
        self._report = report
        self._lock = threading.Lock()
        self._running: list[AbandonedCall] = []
        self.n_given_up = 0
        """calls that were ever given up"""
        self.n_late = 0
        """final hypotheses that came too late"""

    @property
    def running(self) -> tuple[AbandonedCall, ...]:
        """The calls that have not returned, oldest first."""
        with self._lock:
            return tuple(self._running)

    def hangs(self, provider: str, call: str | None = None) -> bool:
        """Whether a thread hangs in this provider, in any call or in that one."""
        return any(one.provider == provider and call in (None, one.call) for one in self.running)

    def give_up(self, call: AbandonedCall, now_s: float) -> None:
        """Note that nobody waits for a call any more, and tell."""
        with self._lock:
            self._running.append(call)
            self.n_given_up += 1
            n_running = len(self._running)
        self._report(
            CallAbandoned(
                kind=str(self._kind),
                provider=call.provider,
                call=call.call,
                seconds=now_s - call.since_s,
                abandoned=n_running,
            )
        )

    def returned(self, call: AbandonedCall, now_s: float, has_result: bool) -> None:
        """Note that the thread of a call came back, with a final hypothesis or without."""
        with self._lock:
            self._running.remove(call)
            self.n_late += has_result
        if has_result:
            seconds = now_s - call.since_s
            self._report(LateResult(kind=str(self._kind), provider=call.provider, seconds=seconds))

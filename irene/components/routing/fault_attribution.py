"""Whose fault a failed call is: the provider's, whose circuit may open, or the request's."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from irene.components.routing.breaker import Transition
from irene.components.routing.circuit_news import CircuitNews
from irene.components.routing.outcome import Outcome
from irene.components.routing.provider_record import ProviderRecord
from irene.components.routing.request_failures import HeldFailure, RequestFailures
from irene.components.routing.standings import Standings
from irene.components.routing.waiting import WaitingLine

if TYPE_CHECKING:
    from irene.components.routing.lease import Lease

LONGEST_DOUBT_S = 10.0
"""time after which a held failure counts although its request has not ended yet"""

_SUCCESS = Outcome.SUCCESS
"""looked up once: in CPython 3.11 the member of an Enum takes 0.2 µs to find, on every call"""


class FaultAttribution:
    """Counts how calls ended for or against their providers; guarded by the lock of its router.

    A request that every provider fails at is itself at fault. So a failure is held back, and not
    yet counted against its provider, while the same request may still fail everywhere else. When
    several requests in a row have failed everywhere, with no answer in between, the providers are
    down: from then on failures count at once.
    """

    __slots__ = (
        *("_line", "_most_in_row", "_n_in_row", "_news", "_standings"),
        *("excused", "pending"),
    )

    def __init__(
        self,
        most_in_row: int,
        standings: Standings[Any],
        line: WaitingLine,
        news: CircuitNews,
    ) -> None:
        """`most_in_row`: requests that may fail everywhere, one after another, and be excused."""
        self._most_in_row = most_in_row
        self._standings = standings
        self._line = line
        self._news = news
        self._n_in_row = 0
        self.pending: deque[tuple[float, RequestFailures]] = deque()
        """requests with failures that are held back, and until when each may be, clock time"""
        self.excused = 0
        """failures that counted against no provider, as their request was at fault"""

    def note(self, lease: Lease[Any], outcome: Outcome, took_s: float, now_s: float) -> None:
        """Count how a call ended, or hold its failure back; a `took_s` below 0 is not measured."""
        failures, record = lease.failures, lease.record
        if failures is not None and outcome.is_evidence:
            if not outcome.is_failure:
                self._n_in_row = 0
                if failures.held:
                    self._count_held(failures, now_s)
            elif self._hold(
                failures, HeldFailure(record, outcome, took_s, lease.generation), now_s
            ):
                record.note(outcome, took_s, now_s)
                return
        self.count(record, outcome, took_s, now_s, lease.generation)

    def count(
        self,
        record: ProviderRecord[Any],
        outcome: Outcome,
        took_s: float,
        now_s: float,
        generation: int,
    ) -> None:
        """Count a call at once; `generation` is that of its circuit when the call began."""
        breaker = record.breaker
        slow_s = breaker.settings.slow_s
        if slow_s is not None and took_s > slow_s and outcome is _SUCCESS:
            outcome = Outcome.SLOW
        record.note(outcome, took_s, now_s)
        if self._standings.is_alone:
            return
        if outcome is _SUCCESS and breaker.is_closed and generation == breaker.generation:
            breaker.succeeded(now_s)
        else:
            self._conclude(record, breaker.note(outcome, took_s, now_s, generation))

    def judge(self, failures: RequestFailures, was_tried_everywhere: bool, now_s: float) -> None:
        """End a request that was given up: its failures count, unless every provider failed."""
        if was_tried_everywhere and failures.has_enough_witnesses:
            self.excused += len(failures.held)
            self._n_in_row += failures.excuse()
        else:
            self._count_held(failures, now_s)

    def count_overdue(self, now_s: float) -> None:
        """Count the failures that have been held back for longer than `LONGEST_DOUBT_S`."""
        while self.pending and self.pending[0][0] <= now_s:
            self._count_held(self.pending.popleft()[1], now_s)

    def _hold(self, failures: RequestFailures, one: HeldFailure, now_s: float) -> bool:
        """Hold a failure back; return False where it has to be counted at once."""
        can_wait = one.record.breaker.is_closed and not self._standings.is_alone
        if not can_wait or self._n_in_row >= self._most_in_row:
            return False
        if not failures.held:
            self.pending.append((now_s + LONGEST_DOUBT_S, failures))
        failures.held.append(one)
        return True

    def _count_held(self, failures: RequestFailures, now_s: float) -> None:
        """Count the failures that were held back for a request against their providers."""
        held, failures.held = failures.held, []
        for record, outcome, took_s, generation in held:
            self._conclude(record, record.breaker.note(outcome, took_s, now_s, generation))

    def _conclude(self, record: ProviderRecord[Any], transition: Transition | None) -> None:
        if transition is not None:
            self._news.note(record.name, transition)
            self._line.serve()

"""Whose fault a failure is: the provider's, or that of what it was asked."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from irene.components.routing.outcome import Outcome

if TYPE_CHECKING:
    from irene.components.routing.seat import Seat

LONGEST_DOUBT_S = 10.0
"""time after which a failure counts although nobody knows yet how its request ends"""
_ENOUGH_WITNESSES = 2
"""providers that must have failed at a request before it is what is wrong"""


class Charge(NamedTuple):
    """A failure that has not been counted against its provider yet."""

    seat: Seat[Any]
    outcome: Outcome
    took_s: float
    generation: int
    """state of the circuit when the call began"""


class Verdict:
    """One request, and the failures at it that wait for what the other providers make of it.

    When another provider answers, the request could be answered: they count. When every provider
    that counts as well fails at it, it is a "query of death" (B. Beyer et al., "Site Reliability
    Engineering", 2016, chapter 22), and says nothing about any of them. Guarded by the lock of the
    router; made by whoever makes the same request of one provider after another.
    """

    __slots__ = ("_was_excused", "charges")

    def __init__(self) -> None:
        self.charges: list[Charge] = []
        """what is held back"""
        self._was_excused = False

    @property
    def failed_everywhere(self) -> bool:
        """Whether enough providers failed at it to tell, supposed that nobody is left to ask."""
        return len({charge.seat.name for charge in self.charges}) >= _ENOUGH_WITNESSES

    def excuse(self) -> bool:
        """Drop all charges; return whether that is the first time for this request."""
        self.charges.clear()
        is_first, self._was_excused = not self._was_excused, True
        return is_first


class Court:
    """Holds failures back until their requests are decided; guarded by the lock of its router.

    Failures of several requests in a row, with no answer of anybody in between, are no accident of
    the requests: then everything is down, and they count at once.
    """

    __slots__ = ("_most_in_row", "_n_in_row", "_pending", "excused")

    def __init__(self, most_in_row: int) -> None:
        """Excuse at most so many requests one after another."""
        self._most_in_row = most_in_row
        self._n_in_row = 0
        self._pending: deque[tuple[float, Verdict]] = deque()
        self.excused = 0
        """failures that counted against nobody"""

    def answered(self) -> None:
        """Note that a provider has answered something."""
        self._n_in_row = 0

    def hold(self, verdict: Verdict, charge: Charge, now_s: float) -> bool:
        """Hold a failure back; return False when it has to be counted at once."""
        if self._n_in_row >= self._most_in_row:
            return False
        if not verdict.charges:
            self._pending.append((now_s + LONGEST_DOUBT_S, verdict))
        verdict.charges.append(charge)
        return True

    def dismiss(self, verdict: Verdict) -> bool:
        """Excuse everybody if a request failed everywhere; return whether it did."""
        if not verdict.failed_everywhere:
            return False
        self.excused += len(verdict.charges)
        self._n_in_row += verdict.excuse()
        return True

    def overdue(self, now_s: float) -> list[Verdict]:
        """Return the requests of which nobody has heard for too long."""
        found = []
        while self._pending and self._pending[0][0] <= now_s:
            found.append(self._pending.popleft()[1])
        return found

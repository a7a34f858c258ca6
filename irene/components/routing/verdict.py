"""One request, and the failures at it that wait for what other providers make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from irene.components.routing.outcome import Outcome

if TYPE_CHECKING:
    from irene.components.routing.seat import Seat

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

"""The failures at one request, held back until it is known whether the request is at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from irene.components.routing.outcome import Outcome

if TYPE_CHECKING:
    from irene.components.routing.provider_record import ProviderRecord

_ENOUGH_WITNESSES = 2
"""providers that must have failed at a request before the request counts as at fault"""


class HeldFailure(NamedTuple):
    """A failure that has not been counted against its provider yet."""

    record: ProviderRecord[Any]
    outcome: Outcome
    took_s: float
    generation: int
    """state of the circuit when the call began"""


class RequestFailures:
    """The failures at one request, held back until it is known whether the request is at fault.

    When another provider answers the request, it could be answered: the failures count against
    those who failed. When every provider that was thought healthy fails, the request is a "query of
    death" (B. Beyer et al., "Site Reliability Engineering", 2016, chapter 22), and the failures say
    nothing about the providers. Whoever tries one provider after another makes one for all tries.
    Guarded by the lock of the router.
    """

    __slots__ = ("_was_excused", "held")

    def __init__(self) -> None:
        self.held: list[HeldFailure] = []
        """failures that are held back"""
        self._was_excused = False

    @property
    def has_enough_witnesses(self) -> bool:
        """Whether enough providers failed to blame the request, once all have been asked."""
        return len({one.record.name for one in self.held}) >= _ENOUGH_WITNESSES

    def excuse(self) -> bool:
        """Drop them all; return whether that is the first time for this request."""
        self.held.clear()
        is_first, self._was_excused = not self._was_excused, True
        return is_first

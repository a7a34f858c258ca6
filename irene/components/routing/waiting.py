"""Calls that wait for a place, each in its turn."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from irene.domain.clock import Clock

if TYPE_CHECKING:
    from irene.components.routing.lease import Lease
    from irene.components.routing.request_failures import RequestFailures
    from irene.components.routing.router import Router
    from irene.components.routing.standings import Standings

T = TypeVar("T")


class Ticket(Generic[T]):
    """A call that waits; guarded by its router's lock."""

    __slots__ = ("failures", "lease", "on_lease", "router", "takes_any", "without")

    def __init__(
        self,
        router: Router[T],
        without: Collection[str],
        on_lease: Callable[[], None],
        failures: RequestFailures | None = None,
    ) -> None:
        self.router = router
        """where it waits"""
        self.without = frozenset(without)
        """providers that were tried for this call before"""
        self.failures = failures
        """failures at the same request, shared by all tries of it"""
        self.takes_any = False
        """whether any other provider will do, or only the one that the strategy wants"""
        self.lease: Lease[T] | None = None
        """what it got; None as long as it waits"""
        self.on_lease = on_lease
        """called with the lock held when there may be a lease: it may only wake whoever waits"""


class WaitingLine:
    """The lock of routers that share providers, and the tickets that wait, first come first served.

    A place that becomes free is handed to the first ticket that may have it. So no ticket overtakes
    another, and no thread wakes for nothing, as all would that wait on one condition.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.tickets: deque[Ticket[Any]] = deque()
        """calls that wait, in the order in which they came"""
        self.ranked_by: Standings[Any] | None = None
        """the standings that ranked last, whose ranks still hold; all others have to rank anew"""

    def join(self, ticket: Ticket[Any]) -> None:
        """Stand at the end."""
        self.tickets.append(ticket)

    def leave(self, ticket: Ticket[Any]) -> None:
        """Stop waiting; does nothing for a ticket that does not wait."""
        if ticket in self.tickets:
            self.tickets.remove(ticket)

    def wake(self) -> None:
        """Wake every ticket, to see whether a provider is left that it can wait for."""
        for ticket in self.tickets:
            ticket.on_lease()

    def wait(
        self, ticket: Ticket[Any], clock: Clock, spill_s: float, patience_s: float | None
    ) -> None:
        """Block until the ticket has its lease, or the patience is over; the lock is held.

        After `spill_s` seconds any provider will do.
        """
        changed = threading.Condition(self.lock)
        ticket.on_lease = changed.notify
        now_s = clock.monotonic()
        until_s = math.inf if patience_s is None else now_s + patience_s
        _wait_until(ticket, changed, clock, min(until_s, now_s + spill_s))
        if ticket.lease is None:
            ticket.takes_any = True
            self.serve()
            _wait_until(ticket, changed, clock, until_s)

    def serve(self) -> None:
        """Give a lease to each ticket that can have one, in turn.

        A ticket that wants the same as one before it that got none is passed over.
        """
        if not self.tickets:
            return
        in_vain: set[tuple[Router[Any], frozenset[str], bool]] = set()
        for ticket in tuple(self.tickets):
            wish = (ticket.router, ticket.without, ticket.takes_any)
            if wish in in_vain:
                continue
            ticket.lease = ticket.router.lease_for(ticket)
            if ticket.lease is None:
                in_vain.add(wish)
                continue
            self.tickets.remove(ticket)
            ticket.on_lease()


def _wait_until(
    ticket: Ticket[Any], changed: threading.Condition, clock: Clock, until_s: float
) -> None:
    while ticket.lease is None and ticket.router.is_anybody_left(ticket.without):
        left_s = until_s - clock.monotonic()
        if left_s <= 0:
            return
        clock.wait(changed, None if left_s == math.inf else left_s)

"""Choosing who of several providers takes the next call, and learning from how it went."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random
from typing import Generic, TypeVar

from irene.components.routing.breaker import Transition
from irene.components.routing.budgets import hedge_budget, retry_budget
from irene.components.routing.lease import UNTIMED, Lease
from irene.components.routing.outcome import Outcome
from irene.components.routing.refusing import busy, nobody_left, too_many_retries
from irene.components.routing.router_stats import RouterStats
from irene.components.routing.seat import Seat, soonest, trial_s
from irene.components.routing.settings import Member, RoutingSettings
from irene.components.routing.snapshot import Circuit, ProviderSnapshot
from irene.components.routing.strategies import STRATEGIES
from irene.components.routing.verdict import Charge, Court, Verdict
from irene.components.routing.waiting import Ticket, WaitingLine
from irene.domain.clock import Clock
from irene.errors import ProviderFailedError

T = TypeVar("T")

OnChange = Callable[[str, Transition], None]
"""Takes the name of a provider and what became of its circuit."""

_HEDGE_AFTER = 0.95
"""share of a provider's recent answers that would have come before a second one is asked"""


class Router(Generic[T]):
    """Gives out leases of the providers of one slot; any thread may ask.

    With a single provider it only counts: there is nobody to go to, so no circuit ever opens. When
    every circuit is open the calls are shared among all as if they were well (the panic mode of
    Envoy), with `primary_fallback` first to the one that would be tried first: a small chance is
    better than none, and a single provider could not serve everybody anyway.

    One short lock guards everything; nothing foreign runs while it is held.
    """

    def __init__(
        self,
        kind: str,
        members: Sequence[Member[T]],
        settings: RoutingSettings,
        clock: Clock,
        on_change: OnChange = lambda name, transition: None,
        *,
        beside: Router[T] | None = None,
    ) -> None:
        """Start with providers that are all well.

        Args:
            kind: name of the slot, for messages.
            members: the providers, best first.
            settings: how they share the work.
            clock: gives the time, and waits.
            on_change: takes changes of circuits; called without the lock, by whoever ended the call
                that made it happen.
            beside: a router some of whose providers are also members here, with equal values: their
                places are the same in both, and their health where the settings for it are.
        """
        line: WaitingLine = WaitingLine() if beside is None else beside.line
        self._kind = kind
        self._settings = settings
        self._clock = clock
        self._on_change = on_change
        self._rank = STRATEGIES[settings.strategy]
        self._waits_for_first = settings.strategy == "primary_fallback"
        known = {} if beside is None else beside.seats_of(members)
        chance = Random(settings.seed).random
        self._seats = [
            Seat(one, place, settings, chance, known.get(one.name))
            for place, one in enumerate(members)
        ]
        self._by_name = {seat.name: seat for seat in self._seats}
        self._is_alone = len(self._seats) == 1
        self._turn = 0.0
        self._retries = retry_budget(settings.retry_share)
        self._hedges = settings.strategy == "hedged"
        self._hedge_budget = hedge_budget(settings.hedge_share)
        self._court = Court(settings.breaker.failures_in_row)
        self.now_s = clock.monotonic
        """the time of the clock, seconds"""
        self.line: WaitingLine = line
        """what routers that share providers share"""
        self.lock = line.lock
        """guards everything here, for leases"""
        self.untold: list[tuple[str, Transition]] = []
        """changes of circuits that `on_change` has not been told yet"""
        self.is_probed = False
        """whether somebody makes trials of half-open providers with `trial`, so that no user's call
        has to be one"""

    def seats_of(self, members: Sequence[Member[T]]) -> Mapping[str, Seat[T]]:
        """Return the records of those that are members here, too, by the names they have there."""
        seats = {one.name: self._seat_like(one.value) for one in members}
        return {name: seat for name, seat in seats.items() if seat is not None}

    def _seat_like(self, value: T) -> Seat[T] | None:
        return next((seat for seat in self._by_name.values() if seat.value == value), None)

    def lease(
        self,
        without: Collection[str] = (),
        patience_s: float | None = 0.0,
        budgeted: bool = True,
        verdict: Verdict | None = None,
    ) -> Lease[T]:
        """Return a lease of whom the strategy chooses.

        Args:
            without: providers that were tried for this call before; a call with some is a retry,
                and taken out of the retry budget.
            patience_s: longest wait for a place when the provider is full, and those that may
                stand in for it are; None waits for ever.
            budgeted: whether a retry needs the budget; a stream that must go on does not ask.
            verdict: the same for all tries of one request: what fails at every provider counts
                against none.

        Raises:
            ProviderUnavailableError: there is no provider.
            ProviderFailedError: all have been tried, none has a place in time, or there were too
                many retries.
        """
        found = self.ask(without, _let_be, budgeted, verdict)
        if isinstance(found, Lease):
            return found
        try:
            return self._wait(found, patience_s)
        finally:
            self.tell()

    def ask(
        self,
        without: Collection[str],
        on_lease: Callable[[], None],
        budgeted: bool = True,
        verdict: Verdict | None = None,
    ) -> Lease[T] | Ticket[T]:
        """Return a lease of whom the strategy chooses, or a ticket when that one is full.

        This is `lease` for those who cannot block. A ticket gets its lease later, in its turn; then
        `on_lease` is called, which must not ask the router anything.

        Raises:
            ProviderUnavailableError: there is no provider.
            ProviderFailedError: all have been tried, or there were too many retries.
        """
        now_s = self.now_s()
        try:
            with self.lock:
                self._count(without, now_s, budgeted)
                if self.line.tickets:
                    self.line.serve()
                found: Lease[T] | Ticket[T] | None = self._lease_now(without, now_s, verdict)
                if found is None:
                    found = Ticket(self, without, on_lease, verdict)
                    self.line.join(found)
            return found
        except ProviderFailedError:
            if verdict is not None:
                self.judge(verdict, not self.is_anybody_left(without))
            raise
        finally:
            if self.untold:
                self.tell()

    def judge(self, verdict: Verdict, was_tried_everywhere: bool) -> None:
        """Note that a request was given up: its failures count, unless everybody failed at it."""
        now_s = self.now_s()
        with self.lock:
            if not (was_tried_everywhere and self._court.dismiss(verdict)):
                self._convict(verdict, now_s)
        self.tell()

    def widen(self, ticket: Ticket[T]) -> None:
        """Let anybody do: the one whom the strategy wants has been full for too long."""
        with self.lock:
            ticket.takes_any = True
            self.line.serve()
        self.tell()

    def leave(self, ticket: Ticket[T]) -> None:
        """Wait no longer; a lease that the ticket has got is its holder's to end."""
        with self.lock:
            self.line.leave(ticket)

    def give_up(self, ticket: Ticket[T]) -> Lease[T]:
        """Wait no longer: return a lease of somebody who is down, but has a place.

        All others had none for too long, and a small chance is better than none.

        Raises:
            ProviderFailedError: nobody has a place.
        """
        with self.lock:
            return self._lease_at_last(ticket, None)

    def lease_for(self, ticket: Ticket[T]) -> Lease[T] | None:
        """Return what a ticket can have now; the lock is held."""
        if not self.is_anybody_left(ticket.without):
            return None
        now_s = self.now_s()
        if ticket.takes_any:
            free = self._best_free(ticket.without, now_s)
            if free is not None:
                return self._take(free, now_s, ticket.verdict)
        return self._lease_now(ticket.without, now_s, ticket.verdict)

    def order(self) -> tuple[str, ...]:
        """Return the names in the order in which the next call would try them."""
        seats = self._seats
        if len(seats) == 1:
            return (seats[0].name,)
        now_s = self.now_s()
        with self.lock:
            well = self._admitted((), now_s)
            down = [seat for seat in self._seats if seat not in well]
            down.sort(key=soonest)
            if not self._waits_for_first:
                well.sort(key=self._rank)
        self.tell()
        return tuple(seat.name for seat in (*well, *down))

    def failed(self, name: str, outcome: Outcome = Outcome.FAILED) -> None:
        """Note the failure of a call that had no lease."""
        now_s = self.now_s()
        with self.lock:
            seat = self._by_name.get(name)
            if seat is not None:
                self._record(seat, outcome, UNTIMED, now_s, seat.breaker.generation)
        self.tell()

    def trial(self, name: str) -> Lease[T] | None:
        """Return a lease for a trial of a provider whose time is over; None when it needs none."""
        now_s = self.now_s()
        lease = None
        with self.lock:
            seat = self._by_name.get(name)
            if seat is not None:
                self._look(seat, now_s)
                if seat.breaker.has_trial and seat.has_place:
                    lease = self._take(seat, now_s)
        self.tell()
        return lease

    def next_trial_s(self) -> float | None:
        """Return the clock time of the next trial that `trial` gives; None when none is wanted."""
        now_s = self.now_s()
        with self.lock:
            down = [one for one in self._seats if one.breaker.circuit is not Circuit.CLOSED]
            return min((trial_s(one, now_s) for one in down), default=None)

    def remove(self, name: str) -> None:
        """Take a provider out; leases of it stay valid."""
        with self.lock:
            if self._by_name.pop(name, None) is not None:
                self._seats = [seat for seat in self._seats if seat.name != name]
                self._is_alone = len(self._seats) == 1
                self.line.wake()

    def in_flight(self, is_meant: Callable[[T], bool]) -> int:
        """Return how many calls those providers work on now."""
        with self.lock:
            return sum(seat.in_flight for seat in self._seats if is_meant(seat.value))

    def snapshots(self) -> tuple[ProviderSnapshot, ...]:
        """Return how each provider stands, in the order of the configuration."""
        with self.lock:
            return tuple(seat.snapshot() for seat in self._seats)

    @property
    def waiting(self) -> int:
        """How many calls wait for a place."""
        return len(self.line.tickets)

    def stats(self) -> RouterStats:
        """Return all figures."""
        with self.lock:
            return RouterStats(
                providers=tuple(seat.stats() for seat in self._seats),
                retries=self._retries.spent,
                refused_retries=self._retries.refused,
                hedges=self._hedge_budget.spent,
                refused_hedges=self._hedge_budget.refused,
                excused=self._court.excused,
            )

    def tell(self) -> None:
        """Tell of every change that has not been told yet."""
        while self.untold:
            with self.lock:
                told, self.untold = self.untold, []
            for name, transition in told:
                self._on_change(name, transition)

    def settle(self, lease: Lease[T], outcome: Outcome, latency_s: float | None) -> None:
        """Take a lease back; the lock is held."""
        now_s = self.now_s()
        seat = lease.seat
        seat.places.taken -= 1
        if lease.is_late:
            seat.late_results += outcome.is_answer
        else:
            took_s = now_s - lease.started_s if latency_s is None else latency_s
            self.record(lease, outcome, took_s, now_s)
        if self.line.tickets:
            self.line.serve()

    def note_late(self, lease: Lease[T]) -> None:
        """Count a call that was given up against its provider."""
        now_s = self.now_s()
        with self.lock:
            took_s = now_s - lease.started_s
            self.record(lease, Outcome.LATE, took_s, now_s)
        self.tell()

    def hedge_after_s(self, seat: Seat[T]) -> float | None:
        """Return how long to wait for this one before a second is asked; None: for ever."""
        if not self._hedges or self._is_alone:
            return None
        with self.lock:
            return seat.latency.quantile_s(_HEDGE_AFTER)

    def hedge(self, first: Lease[T]) -> Lease[T] | None:
        """Return a lease of another provider that is well and free, if the budget allows one."""
        now_s = self.now_s()
        with self.lock:
            free = self._best_free((first.name,), now_s)
            if free is None or not self._hedge_budget.spend(now_s):
                return None
            return self._take(free, now_s, first.verdict)

    def _count(self, without: Collection[str], now_s: float, budgeted: bool) -> None:
        """Count a call, and let those count whose requests have not ended for too long."""
        for verdict in self._court.overdue(now_s):
            self._convict(verdict, now_s)
        if without:
            if not self._retries.spend(now_s, at_any_rate=not budgeted):
                raise too_many_retries(self._kind, without)
        elif not self._is_alone:
            self._retries.called()
            if self._hedges:
                self._hedge_budget.called()

    def _lease_now(
        self, without: Collection[str], now_s: float, verdict: Verdict | None
    ) -> Lease[T] | None:
        """Return a lease of whom the strategy wants first; None when that one is full."""
        seat = self._wanted(without, now_s)
        limit = seat.max_concurrency
        has_place = limit is None or seat.places.taken < limit
        return self._take(seat, now_s, verdict) if has_place else None

    def _wait(self, ticket: Ticket[T], patience_s: float | None) -> Lease[T]:
        """Wait for a place at whom the strategy wants, then for any, as long as it is well."""
        with self.lock:
            try:
                self.line.wait(ticket, self._clock, self._settings.spill_s, patience_s)
            except BaseException:
                self.line.leave(ticket)
                if ticket.lease is not None:
                    self.settle(ticket.lease, Outcome.CANCELLED, None)
                raise
            return self._lease_at_last(ticket, patience_s)

    def _lease_at_last(self, ticket: Ticket[T], patience_s: float | None) -> Lease[T]:
        self.line.leave(ticket)
        if ticket.lease is not None:
            return ticket.lease
        now_s = self.now_s()
        left = [one for one in self._seats if one.name not in ticket.without and one.has_place]
        if left:
            return self._take(min(left, key=soonest), now_s, ticket.verdict)
        raise busy(self._kind, self._wanted(ticket.without, now_s), patience_s)

    def is_anybody_left(self, without: Collection[str]) -> bool:
        """Return whether there is a provider that was not tried yet."""
        return any(seat.name not in without for seat in self._seats)

    def _wanted(self, without: Collection[str], now_s: float) -> Seat[T]:
        """Return whom the strategy wants to take the next call."""
        if not without and (self._is_alone or self._waits_for_first) and self._seats:
            first = self._seats[0]
            if self._is_alone or first.breaker.circuit is Circuit.CLOSED:
                return first
        admitted = self._admitted(without, now_s)
        if admitted:
            first = admitted[0]
            if len(admitted) == 1 or self._waits_for_first:
                return first
            return min(admitted, key=self._rank)
        left = [seat for seat in self._seats if seat.name not in without]
        if not left:
            raise nobody_left(self._kind, without if self._seats else None)
        free = [seat for seat in left if seat.has_place] or left
        return min(free, key=soonest if self._waits_for_first else self._rank)

    def _admitted(self, without: Collection[str], now_s: float) -> list[Seat[T]]:
        """Return those that are well and were not tried yet, in the order of the configuration."""
        closed = Circuit.CLOSED
        well = [seat for seat in self._seats if seat.breaker.circuit is closed]
        if len(well) < len(self._seats):
            well = [seat for seat in self._seats if self._is_admitted(seat, now_s)]
        return [seat for seat in well if seat.name not in without] if without else well

    def _best_free(self, without: Collection[str], now_s: float) -> Seat[T] | None:
        """Return who is best of those that are well and have a place; None: nobody."""
        free = [seat for seat in self._admitted(without, now_s) if seat.has_place]
        return min(free, key=self._rank, default=None)

    def _is_admitted(self, seat: Seat[T], now_s: float) -> bool:
        """Return whether calls may go to a provider."""
        if seat.breaker.circuit is Circuit.CLOSED:
            return True
        self._look(seat, now_s)
        return seat.breaker.has_trial and not self.is_probed

    def _look(self, seat: Seat[T], now_s: float) -> None:
        transition = seat.breaker.look(now_s)
        if transition is not None:
            self.untold.append((seat.name, transition))

    def _take(self, seat: Seat[T], now_s: float, verdict: Verdict | None = None) -> Lease[T]:
        """Give a place out."""
        seat.places.taken += 1
        seat.calls += 1
        turn = seat.turn
        self._turn = turn if turn > self._turn else self._turn
        if seat.weight > 0:
            seat.turn = self._turn + 1 / seat.weight
        breaker = seat.breaker
        if breaker.circuit is Circuit.HALF_OPEN:
            breaker.begin_trial()
        return Lease(self, seat, verdict, breaker.generation, now_s)

    def record(self, lease: Lease[T], outcome: Outcome, took_s: float, now_s: float) -> None:
        """Learn from how a call ended; the lock is held. A time below 0 is not measured."""
        verdict = lease.verdict
        if verdict is not None and outcome.is_evidence:
            if not outcome.is_failure:
                self._court.answered()
                if verdict.charges:
                    self._convict(verdict, now_s)
            elif lease.seat.breaker.circuit is Circuit.CLOSED and not self._is_alone:
                charge = Charge(lease.seat, outcome, took_s, lease.generation)
                if self._court.hold(verdict, charge, now_s):
                    lease.seat.note(outcome, took_s, now_s)
                    return
        self._record(lease.seat, outcome, took_s, now_s, lease.generation)

    def _convict(self, verdict: Verdict, now_s: float) -> None:
        """Let the failures at a request count against the providers."""
        charges, verdict.charges = verdict.charges, []
        for seat, outcome, took_s, generation in charges:
            self._conclude(seat, seat.breaker.record(outcome, took_s, now_s, generation))

    def _record(
        self, seat: Seat[T], outcome: Outcome, took_s: float, now_s: float, generation: int
    ) -> None:
        breaker = seat.breaker
        slow_s = breaker.settings.slow_s
        if slow_s is not None and took_s > slow_s and outcome is Outcome.SUCCESS:
            outcome = Outcome.SLOW
        seat.note(outcome, took_s, now_s)
        if self._is_alone or (
            outcome is Outcome.SUCCESS
            and generation == breaker.generation
            and breaker.succeeded(took_s, now_s)
        ):
            return
        self._conclude(seat, breaker.record(outcome, took_s, now_s, generation))

    def _conclude(self, seat: Seat[T], transition: Transition | None) -> None:
        if transition is not None:
            self.untold.append((seat.name, transition))
            self.line.serve()


def _let_be() -> None:
    """Wake nobody: who asked has not begun to wait yet, and will look first."""

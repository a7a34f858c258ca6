"""The router of one slot: gives out leases of its providers, and takes them back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random
from typing import Generic, TypeVar

from irene.components.routing.circuit_news import CircuitNews, OnChange
from irene.components.routing.extra_calls import ExtraCalls
from irene.components.routing.fault_attribution import FaultAttribution
from irene.components.routing.lease import UNTIMED, Lease
from irene.components.routing.outcome import Outcome
from irene.components.routing.provider_record import ProviderRecord
from irene.components.routing.refusing import busy
from irene.components.routing.request_failures import RequestFailures
from irene.components.routing.router_stats import RouterStats
from irene.components.routing.settings import Member, RoutingSettings
from irene.components.routing.snapshot import Circuit, ProviderSnapshot
from irene.components.routing.standings import Standings
from irene.components.routing.waiting import Ticket, WaitingLine
from irene.domain.clock import Clock
from irene.errors import ProviderFailedError

T = TypeVar("T")


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
        self.now_s = clock.monotonic
        """the time of the clock, seconds"""
        self.line: WaitingLine = line
        """what routers that share providers share"""
        self.lock = line.lock
        """guards everything here, for leases"""
        self.news = CircuitNews(line, on_change)
        """what has become of circuits, for leases"""
        known = {} if beside is None else beside.records_of(members)
        chance = Random(settings.seed).random
        records = [
            ProviderRecord(one, place, settings, chance, known.get(one.name))
            for place, one in enumerate(members)
        ]
        self._standings: Standings[T] = Standings(kind, records, settings.strategy, line, self.news)
        self._faults = FaultAttribution(
            settings.breaker.failures_in_row, self._standings, line, self.news
        )
        self.extra = ExtraCalls(kind, settings, self._standings)
        """how many extra calls there may be, and when, for leases"""

    @property
    def is_probed(self) -> bool:
        """Whether somebody makes trials with `trial`, so that no user's call has to be one."""
        return self._standings.is_probed

    @is_probed.setter
    def is_probed(self, is_probed: bool) -> None:
        self._standings.is_probed = is_probed

    def records_of(self, members: Sequence[Member[T]]) -> Mapping[str, ProviderRecord[T]]:
        """Return the records of those members that this router has too, by their names there."""
        return self._standings.records_of(members)

    def lease(
        self,
        without: Collection[str] = (),
        patience_s: float | None = 0.0,
        budgeted: bool = True,
        failures: RequestFailures | None = None,
    ) -> Lease[T]:
        """Return a lease of the provider that the strategy chooses.

        Args:
            without: providers that were tried for this call before; a call with some is a retry,
                and taken out of the retry budget.
            patience_s: longest wait for a place when the provider is full, and those that may
                stand in for it are; None waits for ever.
            budgeted: whether a retry needs the budget; a stream that must go on does not ask.
            failures: the same for all tries of one request: what fails at every provider counts
                against none.

        Raises:
            ProviderUnavailableError: there is no provider.
            ProviderFailedError: all have been tried, none has a place in time, or there were too
                many retries.
        """
        found = self.ask(without, _let_be, budgeted, failures)
        if isinstance(found, Lease):
            return found
        try:
            return self._wait(found, patience_s)
        finally:
            self.news.tell()

    def ask(
        self,
        without: Collection[str],
        on_lease: Callable[[], None],
        budgeted: bool = True,
        failures: RequestFailures | None = None,
    ) -> Lease[T] | Ticket[T]:
        """Return a lease of the provider that the strategy chooses, or a ticket when it is full.

        This is `lease` for those who cannot block. A ticket gets its lease later, in its turn; then
        `on_lease` is called, which must not ask the router anything.

        Raises:
            ProviderUnavailableError: there is no provider.
            ProviderFailedError: all have been tried, or there were too many retries.
        """
        now_s = self.now_s()
        try:
            with self.lock:
                if self._faults.pending:
                    self._faults.count_overdue(now_s)
                self.extra.count(without, now_s, budgeted)
                if self.line.tickets:
                    self.line.serve()
                record = self._standings.wanted(without, now_s)
                if record.has_place:
                    return self._take(record, now_s, failures)
                ticket = Ticket(self, without, on_lease, failures)
                self.line.join(ticket)
                return ticket
        except ProviderFailedError:
            if failures is not None:
                self.judge(failures, not self.is_anybody_left(without))
            raise
        finally:
            if self.news.untold:
                self.news.tell()

    def judge(self, failures: RequestFailures, was_tried_everywhere: bool) -> None:
        """End a request that was given up: its failures count, unless every provider failed."""
        now_s = self.now_s()
        with self.lock:
            self._faults.judge(failures, was_tried_everywhere, now_s)
        self.news.tell()

    def widen(self, ticket: Ticket[T]) -> None:
        """Take any provider from now on: the one that the strategy wants has been full too long."""
        with self.lock:
            ticket.takes_any = True
            self.line.serve()
        self.news.tell()

    def leave(self, ticket: Ticket[T]) -> None:
        """Stop waiting; a lease that the ticket has got already must be ended by its holder."""
        with self.lock:
            self.line.leave(ticket)

    def give_up(self, ticket: Ticket[T]) -> Lease[T]:
        """Stop waiting, and return a lease of a provider that is down but has a place.

        All others had none for too long, and a small chance is better than none.

        Raises:
            ProviderFailedError: nobody has a place.
        """
        with self.lock:
            return self._lease_at_last(ticket, None)

    def lease_for(self, ticket: Ticket[T]) -> Lease[T] | None:
        """Return the lease that a ticket can have now, or None; the lock is held."""
        if not self.is_anybody_left(ticket.without):
            return None
        now_s = self.now_s()
        if ticket.takes_any:
            free = self._standings.best_free(ticket.without, now_s)
            if free is not None:
                return self._take(free, now_s, ticket.failures)
        record = self._standings.wanted(ticket.without, now_s)
        return self._take(record, now_s, ticket.failures) if record.has_place else None

    def order(self) -> tuple[str, ...]:
        """Return the names in the order in which the next call would try them."""
        now_s = self.now_s()
        with self.lock:
            records = self._standings.order(now_s)
        self.news.tell()
        return tuple(record.name for record in records)

    def failed(self, name: str, outcome: Outcome = Outcome.FAILED) -> None:
        """Note the failure of a call that had no lease."""
        now_s = self.now_s()
        with self.lock:
            record = self._standings.named(name)
            if record is not None:
                self._faults.count(record, outcome, UNTIMED, now_s, record.breaker.generation)
        self.news.tell()

    def trial(self, name: str) -> Lease[T] | None:
        """Return a lease for a trial of a provider whose time is over; None when it needs none."""
        now_s = self.now_s()
        lease = None
        with self.lock:
            record = self._standings.named(name)
            if record is not None:
                self._standings.look(record, now_s)
                if record.breaker.has_trial and record.has_place:
                    lease = self._take(record, now_s)
        self.news.tell()
        return lease

    def next_trial_s(self) -> float | None:
        """Return the clock time of the next trial that `trial` gives; None when none is wanted."""
        now_s = self.now_s()
        with self.lock:
            return self._standings.next_trial_s(now_s)

    def remove(self, name: str) -> None:
        """Take a provider out; leases of it stay valid."""
        with self.lock:
            if self._standings.remove(name):
                self.line.wake()

    def in_flight(self, is_meant: Callable[[T], bool]) -> int:
        """Return how many calls run now at the providers for which `is_meant` is true."""
        with self.lock:
            return sum(
                record.in_flight for record in self._standings.records if is_meant(record.value)
            )

    def snapshots(self) -> tuple[ProviderSnapshot, ...]:
        """Return how each provider stands, in the order of the configuration."""
        with self.lock:
            return tuple(record.snapshot() for record in self._standings.records)

    @property
    def waiting(self) -> int:
        """How many calls wait for a place."""
        return len(self.line.tickets)

    def stats(self) -> RouterStats:
        """Return the figures of the router and of every provider."""
        with self.lock:
            return RouterStats(
                providers=tuple(record.stats() for record in self._standings.records),
                retries=self.extra.retries.spent,
                refused_retries=self.extra.retries.refused,
                hedges=self.extra.hedges.spent,
                refused_hedges=self.extra.hedges.refused,
                excused=self._faults.excused,
            )

    def settle(self, lease: Lease[T], outcome: Outcome, latency_s: float | None) -> None:
        """Take a lease back; the lock is held."""
        now_s = self.now_s()
        record = lease.record
        record.places.taken -= 1
        if lease.is_late:
            record.late_results += outcome.is_answer
        else:
            took_s = now_s - lease.started_s if latency_s is None else latency_s
            self._faults.note(lease, outcome, took_s, now_s)
        self._standings.changed(record)
        if self.line.tickets:
            self.line.serve()

    def note_late(self, lease: Lease[T]) -> None:
        """Count a call that was given up against its provider."""
        now_s = self.now_s()
        with self.lock:
            took_s = now_s - lease.started_s
            self._faults.note(lease, Outcome.LATE, took_s, now_s)
            self._standings.changed(lease.record)
        self.news.tell()

    def note_proof(self, lease: Lease[T]) -> None:
        """Count a call for its provider that has not ended yet; the lock is held."""
        self._faults.note(lease, Outcome.SUCCESS, UNTIMED, self.now_s())

    def note_time(self, record: ProviderRecord[T], seconds: float) -> None:
        """Note how long one answer of a provider took, seconds."""
        now_s = self.now_s()
        with self.lock:
            record.latency.add(seconds, now_s)
            self._standings.changed(record)

    def hedge(self, first: Lease[T], without: Collection[str] = ()) -> Lease[T] | None:
        """Return a lease of another provider that is well and free, if the budget allows one."""
        now_s = self.now_s()
        with self.lock:
            free = self._standings.best_free((first.name, *without), now_s)
            if free is None or not self.extra.hedges.spend(now_s):
                return None
            return self._take(free, now_s, first.failures)

    def _wait(self, ticket: Ticket[T], patience_s: float | None) -> Lease[T]:
        """Block until the wanted provider has a place, then until any healthy one has."""
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
        free = self._standings.soonest_free(ticket.without)
        if free is not None:
            return self._take(free, now_s, ticket.failures)
        raise busy(self._kind, self._standings.wanted(ticket.without, now_s), patience_s)

    def is_anybody_left(self, without: Collection[str]) -> bool:
        """Return whether there is a provider that was not tried yet."""
        return self._standings.is_anybody_left(without)

    def _take(
        self, record: ProviderRecord[T], now_s: float, failures: RequestFailures | None = None
    ) -> Lease[T]:
        """Take a place at a provider, and return the lease of it; the lock is held."""
        record.places.taken += 1
        record.calls += 1
        self._standings.took(record)
        breaker = record.breaker
        if not breaker.is_closed and breaker.circuit is Circuit.HALF_OPEN:
            breaker.begin_trial()
        return Lease(self, record, failures, breaker.generation, now_s)


def _let_be() -> None:
    """Wake nobody: the thread that asked has not begun to wait, and looks before it does."""

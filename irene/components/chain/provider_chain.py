"""The providers that may fill one slot, and the router that shares the work among them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from irene.components.calls.abandoned import AbandonedCalls
from irene.components.calls.deadline import LOAD_KEY, LateError, Limit, timed
from irene.components.chain.candidate import Candidate
from irene.components.chain.freeing import Freeing
from irene.components.chain.load_failures import LoadFailures
from irene.components.chain.news import ChainNews, Report
from irene.components.chain.sharing import Sharing, Terms
from irene.components.routing.breaker import Transition
from irene.components.routing.lease import Lease
from irene.components.routing.outcome import Outcome
from irene.components.routing.prober import Prober
from irene.components.routing.request_failures import RequestFailures
from irene.components.routing.router import Router
from irene.components.routing.settings import Member
from irene.domain.clock import Clock, SystemClock
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, IreneError
from irene.providers.border import one_line
from irene.providers.provider import Provider

P = TypeVar("P", bound=Provider[Any])


class ProviderChain(Generic[P]):
    """One slot's providers: who is asked next is the router's choice.

    A provider that cannot be loaded is out for the whole run. One that fails at work is left alone
    for a while, as its circuit breaker says. Any thread may call any method.
    """

    def __init__(
        self,
        kind: Kind,
        candidates: Sequence[Candidate[P]],
        report: Report,
        sharing: Sharing | None = None,
        clock: Clock | None = None,
        *,
        beside: ProviderChain[P] | None = None,
    ) -> None:
        """Without `sharing` the first that is well serves; `clock` None is the machine's.

        A chain `beside` another shares places and health of the candidates that stand in both.
        """
        self.kind = kind
        self.report = report
        """takes what happens to the providers"""
        self._news = ChainNews(kind, report)
        self._all = tuple(candidates)
        self._left_in = {candidate.name: candidate for candidate in candidates}
        self._left_open: list[Candidate[P]] = []
        self._clock = clock or SystemClock()
        self.sharing = sharing = sharing or Sharing()
        """how they share the work"""
        for one in candidates:
            if one.provider.residence is not None:
                one.provider.residence.used_by(self)
        members = [_member(one, sharing.terms.get(one.name, Terms())) for one in candidates]
        self.router: Router[Candidate[P]] = Router(
            str(kind),
            members,
            sharing.settings,
            self._clock,
            self._circuit_changed,
            beside=None if beside is None else beside.router,
        )
        """who is asked next, and what became of it"""
        self._freeing = Freeing(kind, report, self.router.now_s, sharing.load_s)
        self._is_balanced = sharing.settings.strategy != "primary_fallback"
        self._prober: Prober[Candidate[P]] | None = None
        self._lock = threading.RLock()
        self._load_failures = LoadFailures(kind)

    @property
    def abandoned(self) -> AbandonedCalls:
        """Calls that did not return in time."""
        return self._freeing.abandoned

    @property
    def current(self) -> Candidate[P]:
        """The candidate that would be asked now, loaded.

        Raises:
            ProviderUnavailableError: none of them can be loaded; the message says why for each.
        """
        with self._lock:
            while candidates := self.candidates():
                candidate = candidates[0]
                if self._is_loaded(candidate):
                    self._news.serves(candidate.name)
                    return candidate
            raise self._load_failures.unavailable()

    @contextmanager
    def held(self) -> Iterator[Candidate[P]]:
        """Have the `current` candidate, loaded, inside of a `with` block.

        Raises:
            ProviderUnavailableError: none of them can be loaded; the message says why for each.
        """
        while True:
            candidate = self.current
            with candidate.provider.held():
                if candidate.provider.is_loaded:
                    yield candidate
                    return

    def lease(
        self,
        without: Collection[str] = (),
        patience_s: float | None = 0.0,
        budgeted: bool = True,
        failures: RequestFailures | None = None,
    ) -> Lease[Candidate[P]]:
        """Return the right to one call of whom the router chooses, loaded; end it in any case.

        Args:
            without: names of those that were tried for this call before.
            patience_s: longest wait for a place when the provider is full; None waits for ever.
            budgeted: whether a retry needs the retry budget.
            failures: the same for all tries of one request.

        Raises:
            ProviderUnavailableError: none of them can be loaded; the message says why for each.
            ProviderFailedError: all have been tried, none has a place in time, or there were too
                many retries.
        """
        while self._left_in:
            lease = self.router.lease(without, patience_s, budgeted, failures)
            if self.made_ready(lease):
                return lease
        raise self._load_failures.unavailable()

    def made_ready(self, lease: Lease[Candidate[P]]) -> bool:
        """Load the provider of a lease of the router; blocks.

        Return False when that cannot be: the lease is over then, and the provider out.
        """
        try:
            if self._is_loaded(lease.candidate):
                self._tell_serving(lease)
                return True
        except BaseException:
            lease.end(Outcome.CANCELLED)
            raise
        lease.end(Outcome.REFUSED)
        return False

    def takes_up(self, lease: Lease[Candidate[P]]) -> bool:
        """Return whether the provider of a lease of the router is loaded; it stays so, then.

        Where not, `made_ready` loads it.
        """
        if not lease.candidate.provider.take_up():
            return False
        self._tell_serving(lease)
        return True

    def give_up(
        self, lease: Lease[Candidate[P]], error: BaseException, outcome: Outcome = Outcome.FAILED
    ) -> None:
        """End a lease whose call raised, and tell of the failure, unless it was given up before.

        A provider that was asked for what it does not do is as well as before.
        """
        if not lease.is_over:
            self.tell_failure(lease.name, error)
        refused = isinstance(error, ConfigurationError)
        lease.end(Outcome.REFUSED if refused else outcome)

    def late(self, lease: Lease[Candidate[P]], error: BaseException) -> None:
        """Give a call up that missed its deadline, and tell; its place stays taken until `end`.

        The thread that is still in the engine is counted and named where the error says how.
        """
        if not lease.is_over:
            self.tell_failure(lease.name, error)
        lease.late()
        self.abandon_if_late(lease.name, error)

    def abandon_if_late(self, name: str, error: BaseException) -> None:
        """Count and name the thread of a call that did not return, unless another one tells."""
        if isinstance(error, LateError) and error.call:
            self.abandon(name, error)

    def abandon(self, name: str, error: LateError) -> None:
        """Count and name the thread that is still in an engine."""
        self._freeing.abandon(name, error)

    def __len__(self) -> int:
        return len(self._left_in)

    @property
    def expected(self) -> Candidate[P] | None:
        """The candidate that would serve, as far as that shows without loading one.

        That is the first that is ready; the first of all when none is; None when there is none.
        """
        candidates = self.candidates()
        ready = (one for one in candidates if one.is_ready)
        return next(ready, candidates[0] if candidates else None)

    def candidates(self) -> tuple[Candidate[P], ...]:
        """Return the candidates that are left, in the order in which they would be asked now."""
        left_in = self._left_in
        return tuple(left_in[name] for name in self.router.order() if name in left_in)

    def load_all(self) -> None:
        """Load every candidate that can be; one that cannot is out for the whole run.

        Raises:
            ProviderUnavailableError: none of them can be.
        """
        for candidate in self.candidates():
            self._is_loaded(candidate)
        if not self._left_in:
            raise self._load_failures.unavailable()

    def warm_up(self) -> None:
        """Load and warm up the first candidate that can be; all of them when they share the work.

        Raises:
            ProviderUnavailableError: none of them can be.
        """
        serving = self.current
        while not self._works(serving, serving.provider.warm_up, "warm_up"):
            serving = self.current
        others = self.candidates() if self._is_balanced else ()
        for other in others:
            if other is not serving:
                self._works(other, other.provider.warm_up, "warm_up")

    def probe_in_background(self) -> None:
        """Try a provider that was down with a short request of irene's own, until `close`.

        So nobody who speaks is the first to find out whether it works again.
        """
        if len(self) > 1 and self._prober is None:
            self._prober = Prober(
                self.router, lambda one: one.provider.probe(), self._clock, self.abandon
            )

    def in_use(self, provider: Provider[Any]) -> int:
        """Return how many calls a provider works on now, those of chains beside this one too."""
        return self.router.in_flight(lambda candidate: candidate.made is provider)

    def candidate_of(self, provider: Provider[Any]) -> Candidate[P] | None:
        """Return the candidate that a provider is, or was before it was left out, else None."""
        return next((one for one in self._all if one.made is provider), None)

    def leave_out(self, name: str) -> None:
        """Take a candidate out for the whole run, of which somebody else tells.

        One that works still, for a chain beside this one, is left open until `close`.
        """
        with self._lock:
            candidate = self._left_in.pop(name, None)
            is_busy = candidate is not None and self.in_use(candidate.made) > 0
            self.router.remove(name)
            if candidate is not None and is_busy:
                self._left_open.append(candidate)
            elif candidate is not None:
                self.free(candidate)

    def drop(self, name: str, reason: str) -> None:
        """Take a candidate out for the whole run, and tell why."""
        self.leave_out(name)
        self._news.out(name, reason)

    def failed(self, name: str, error: BaseException) -> None:
        """Note that a candidate raised at work, which had no lease for it.

        The next one is loaded by whoever asks for it, so this never takes long.
        """
        self.tell_failure(name, error)
        self.router.failed(name)
        self.abandon_if_late(name, error)

    def tell_failure(self, name: str, error: BaseException) -> None:
        """Report that a candidate raised at work, and whoever serves instead once that is known."""
        self._news.failed(name, error, is_alone=len(self) < 2)

    def stop_probing(self) -> None:
        """Try nobody in the background any more: another chain does."""
        if self._prober is not None:
            self._prober.close()

    def close(self) -> None:
        """Close every provider that was loaded."""
        self.stop_probing()
        for candidate in (*self.candidates(), *self._left_open):
            self.free(candidate)

    def free(self, candidate: Candidate[P]) -> None:
        """Close a provider, as soon as no thread hangs in it; one that hangs in that is counted."""
        self._freeing.free(candidate.name, candidate.provider)

    def _is_loaded(self, candidate: Candidate[P]) -> bool:
        provider = candidate.provider
        return provider.take_up() or self._works(candidate, provider.load, "load")

    def _works(self, candidate: Candidate[P], attempt: Callable[[], None], call: str) -> bool:
        """Try to load or warm up a candidate; one that cannot be is out for the whole run."""
        try:
            timed(attempt, call, Limit(self.sharing.load_s, LOAD_KEY))
        except IreneError as error:
            reason = one_line(error)
            if isinstance(error, LateError):
                self.abandon(candidate.name, error)  # first: what hangs must not be closed
                reason = error.told_of(f"{self.kind} provider {candidate.name!r}")
            with self._lock:
                if candidate.name in self._left_in:  # else another thread has found it out
                    self._load_failures.add(error, reason)
                    self._news.left = self._news.left or (candidate.name, reason)
                    self.drop(candidate.name, reason)
            return False
        return True

    def _tell_serving(self, lease: Lease[Candidate[P]]) -> None:
        if self._news.left is not None:
            self._news.serves(lease.name)

    def _circuit_changed(self, name: str, transition: Transition) -> None:
        self._news.circuit_changed(name, transition)
        if self._prober is not None:
            self._prober.look()


def _member(candidate: Candidate[P], terms: Terms) -> Member[Candidate[P]]:
    limit = getattr(candidate.provider.capabilities, "max_concurrency", None)
    return Member(candidate.name, candidate, terms.weight, limit, terms.deadline_s)

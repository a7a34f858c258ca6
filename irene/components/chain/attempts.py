"""One call, made at one provider after another until one of them answers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Generic, TypeVar

from irene.components.calls.deadline import LateError
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.routing.lease import Lease
from irene.components.routing.outcome import Outcome
from irene.components.routing.request_failures import RequestFailures
from irene.components.threads import in_thread
from irene.domain.kinds import Kind
from irene.errors import IreneError, ProviderFailedError
from irene.providers.provider import Provider

P = TypeVar("P", bound=Provider[Any])


def named(error: IreneError, kind: Kind, name: str) -> IreneError:
    """Return an error of a provider that says whose it is: who reads it alone could not know.

    One that does already stays as it is, and so does one that is no failure.
    """
    who = f"{kind} provider {name!r}"
    if isinstance(error, LateError):
        return error.of(who)
    if type(error) is not ProviderFailedError or repr(name) in str(error):
        return error
    told = ProviderFailedError(f"{who}: {error}")
    told.__cause__ = error
    return told


class Attempts(Generic[P]):
    """Who was tried for one call, and who may be tried next; nobody is tried twice."""

    def __init__(
        self,
        chain: ProviderChain[P],
        patience_s: float | None = 0.0,
        without: Collection[str] = (),
        budgeted: bool = True,
    ) -> None:
        """Wait at most `patience_s` for a place at a provider that is full; None: for ever.

        Those in `without` are not tried, as long as there are others. What must go on asks no
        retry budget: it is not `budgeted`.
        """
        self._chain = chain
        self._without = without
        self._patience_s = patience_s
        self._is_budgeted = budgeted
        self._error: IreneError | None = None
        self._failures = RequestFailures()
        self.tried: set[str] = set()
        """names of those that failed"""

    def lease(self) -> Lease[Candidate[P]]:
        """Return a lease of the next provider, loaded; end it, or give it to `failed`.

        Raises:
            IreneError: nobody is left; it is what the last provider raised, or who was late.
            ProviderUnavailableError: none can be loaded.
            ProviderFailedError: none has a place in time.
        """
        return self._leased(self._chain.lease)

    async def lease_async(self, thread: str) -> Lease[Candidate[P]]:
        """Return what `lease` does; whoever has to be loaded first is, on a thread of this name.

        Raises:
            IreneError: as `lease`.
        """
        while self._chain:
            lease = self._leased(self._chain.router.lease)
            try:
                if self._chain.takes_up(lease):
                    return lease
                if await in_thread(thread, partial(self._chain.made_ready, lease)):
                    return lease
            except BaseException:
                lease.end(Outcome.CANCELLED)
                raise
        return self.lease()  # which knows why nobody is left

    def failed(
        self,
        lease: Lease[Candidate[P]],
        error: IreneError,
        outcome: Outcome = Outcome.FAILED,
    ) -> None:
        """Remember that a call raised, and end its lease; a late one ends when it comes back."""
        self._remember(lease, error)
        if isinstance(error, LateError):
            self._chain.late(lease, error)
        else:
            self._chain.give_up(lease, error, outcome)

    def spoiled(self, lease: Lease[Candidate[P]], error: IreneError) -> None:
        """Remember that a call raised which whoever made it has told: this one waited for it."""
        self._remember(lease, error)
        if not lease.is_over:
            lease.end(Outcome.CANCELLED)

    def _leased(self, lease: Callable[..., Lease[Candidate[P]]]) -> Lease[Candidate[P]]:
        left_out = self.tried.union(self._without)
        if left_out and all(one.name in left_out for one in self._chain.candidates()):
            left_out = self.tried
        is_budgeted = self._is_budgeted and bool(self.tried)
        try:
            return lease(left_out, self._patience_s, is_budgeted, self._failures)
        except IreneError:
            if self._error is None:
                raise
            raise self._error from None

    def _remember(self, lease: Lease[Candidate[P]], error: IreneError) -> None:
        self._error = named(error, self._chain.kind, lease.name)
        self.tried.add(lease.name)

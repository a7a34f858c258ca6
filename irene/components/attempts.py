"""One call, made at one provider after another until one of them answers."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from irene.components.chain import Candidate, ProviderChain
from irene.components.routing.lease import Lease
from irene.errors import IreneError
from irene.providers.provider import Provider

P = TypeVar("P", bound=Provider[Any])


class Attempts(Generic[P]):
    """Who was tried for one call, and who may be tried next; nobody is tried twice."""

    def __init__(self, chain: ProviderChain[P], patience_s: float | None = 0.0) -> None:
        """Wait at most `patience_s` for a place at a provider that is full; None: for ever."""
        self._chain = chain
        self._patience_s = patience_s
        self._error: IreneError | None = None
        self.tried: set[str] = set()
        """names of those that failed"""

    def lease(self) -> Lease[Candidate[P]]:
        """Return a lease of the next provider, loaded; end it, or give it to `failed`.

        Raises:
            IreneError: nobody is left; it is what the last provider raised.
            ProviderUnavailableError: none can be loaded.
            ProviderFailedError: none has a place in time.
        """
        try:
            return self._chain.lease(self.tried, self._patience_s)
        except IreneError:
            if self._error is None:
                raise
            raise self._error from None

    def failed(self, lease: Lease[Candidate[P]], error: IreneError) -> None:
        """End a lease whose call raised, and remember it."""
        self._error = error
        self.tried.add(lease.name)
        self._chain.give_up(lease, error)

"""How many streams may run on one loaded engine at the same time."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

from irene.components.chain import Candidate
from irene.errors import ProviderFailedError
from irene.providers.provider import Provider


class ConcurrencyLimits:
    """Lets each provider run as many streams as it declared; the next one waits its turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: WeakKeyDictionary[Provider[Any], threading.Semaphore] = WeakKeyDictionary()
        self._taken: WeakKeyDictionary[Provider[Any], int] = WeakKeyDictionary()

    def enter(self, candidate: Candidate[Any], patience_s: float | None) -> None:
        """Take a place, waiting at most that long for one to become free (None: for ever).

        Raises:
            ProviderFailedError: none became free in time.
        """
        self._count(candidate.provider, 1)
        if not self._of(candidate.provider).acquire(timeout=patience_s):
            self._count(candidate.provider, -1)
            kind = candidate.provider.kind
            raise ProviderFailedError(
                f"{kind} provider {candidate.name!r} has been busy for {patience_s:g} s; "
                f"raise {kind}.providers.{candidate.name}.max_concurrency"
            )

    def leave(self, candidate: Candidate[Any]) -> None:
        """Give the place back."""
        self._of(candidate.provider).release()
        self._count(candidate.provider, -1)

    def in_use(self, provider: Provider[Any]) -> int:
        """Return how many places of a provider are taken now, or waited for."""
        with self._lock:
            return self._taken.get(provider, 0)

    def _count(self, provider: Provider[Any], change: int) -> None:
        with self._lock:
            self._taken[provider] = self._taken.get(provider, 0) + change

    def _of(self, provider: Provider[Any]) -> threading.Semaphore:
        with self._lock:
            limit = getattr(provider.capabilities, "max_concurrency", 1)
            return self._places.setdefault(provider, threading.Semaphore(limit))

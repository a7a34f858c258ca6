"""How many streams may run on one loaded engine at the same time."""

from __future__ import annotations

import threading
from typing import Any

from irene.errors import ProviderFailedError
from irene.providers.provider import Provider

_PATIENCE_S = 10.0
"""longest wait for a stream that is still at work on the same engine"""


class ConcurrencyLimits:
    """Lets each provider run as many streams as it declared; the next one waits its turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[int, threading.Semaphore] = {}

    def enter(self, provider: Provider[Any]) -> None:
        """Take a place on the provider, waiting for one to become free.

        Raises:
            ProviderFailedError: none became free in time.
        """
        if not self._of(provider).acquire(timeout=_PATIENCE_S):
            raise ProviderFailedError(
                f"{provider.name} has been busy for {_PATIENCE_S:g} s; "
                f"raise {provider.kind}.providers.{provider.name}.max_concurrency"
            )

    def leave(self, provider: Provider[Any]) -> None:
        """Give the place back."""
        self._of(provider).release()

    def _of(self, provider: Provider[Any]) -> threading.Semaphore:
        with self._lock:
            limit = getattr(provider.capabilities, "max_concurrency", 1)
            return self._places.setdefault(id(provider), threading.Semaphore(limit))

"""The providers that may fill one slot, in order of preference."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from irene.domain.events import Event, ProviderFailed, ProviderSwitched
from irene.domain.kinds import Kind
from irene.errors import IreneError, ProviderUnavailableError
from irene.providers.border import one_line
from irene.providers.provider import Provider

P = TypeVar("P", bound=Provider[Any])

Report = Callable[[Event], None]
"""Takes events as they happen; whoever passes it in stamps them with time and session."""


@dataclass(frozen=True)
class Candidate(Generic[P]):
    """A named instance of a provider, as the configuration lists it."""

    name: str
    """name of its TOML table"""
    provider: P


class ProviderChain(Generic[P]):
    """One slot's providers: the first that loads serves; one that fails goes to the back.

    A provider that cannot be loaded is out for the whole run. A provider that raises while it
    works changes places with the next one, so it is asked again only after all others failed.
    """

    def __init__(self, kind: Kind, candidates: Sequence[Candidate[P]], report: Report) -> None:
        self.kind = kind
        self._queue = list(candidates)
        self._report = report
        self._lock = threading.RLock()
        self._reasons: list[str] = []

    @property
    def current(self) -> Candidate[P]:
        """The candidate that serves now, loaded.

        Raises:
            ProviderUnavailableError: none of them can be loaded; the message says why for each.
        """
        with self._lock:
            first = self._queue[0] if self._queue else None
            while self._queue:
                candidate = self._queue[0]
                reason = self._load(candidate)
                if not reason:
                    self._tell_switch(first, candidate)
                    return candidate
                self._queue.pop(0)
            raise ProviderUnavailableError("; ".join(self._reasons) or self._nothing_configured())

    def __len__(self) -> int:
        return len(self._queue)

    def candidates(self) -> tuple[Candidate[P], ...]:
        """Return the candidates that are left, the serving one first."""
        with self._lock:
            return tuple(self._queue)

    def drop(self, name: str) -> None:
        """Take a candidate out for the whole run."""
        with self._lock:
            self._queue = [candidate for candidate in self._queue if candidate.name != name]

    def failed(self, name: str, error: BaseException) -> None:
        """Note that a candidate raised at work and, if it still serves, let the next one serve."""
        reason = one_line(error)
        self._report(ProviderFailed(kind=str(self.kind), provider=name, reason=reason))
        with self._lock:
            if len(self._queue) < 2 or self._queue[0].name != name:
                return
            self._queue.append(self._queue.pop(0))
            following = self.current
        self._report(
            ProviderSwitched(kind=str(self.kind), from_=name, to=following.name, reason=reason)
        )

    def close(self) -> None:
        """Close every provider that was loaded."""
        for candidate in self._queue:
            candidate.provider.close()

    def _load(self, candidate: Candidate[P]) -> str:
        """Load one candidate; return the reason when it cannot be loaded."""
        try:
            candidate.provider.load()
        except IreneError as error:
            reason = one_line(error)
            self._reasons.append(reason)
            self._report(
                ProviderFailed(kind=str(self.kind), provider=candidate.name, reason=reason)
            )
            return reason
        return ""

    def _tell_switch(self, first: Candidate[P] | None, serving: Candidate[P]) -> None:
        if first is not None and first is not serving:
            self._report(
                ProviderSwitched(
                    kind=str(self.kind),
                    from_=first.name,
                    to=serving.name,
                    reason=self._reasons[-1],
                )
            )

    def _nothing_configured(self) -> str:
        return f"no {self.kind} provider is enabled; set {self.kind}.default_provider"

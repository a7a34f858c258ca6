"""The providers that may fill one slot, in order of preference."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from irene.domain.events import Event, ProviderFailed, ProviderSwitched
from irene.domain.kinds import Kind
from irene.errors import IreneError, ModelMissingError, ProviderUnavailableError
from irene.providers.availability import Availability
from irene.providers.border import ForeignCode, one_line
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

    @property
    def is_ready(self) -> bool:
        """Whether its engine and model are there; nothing is loaded to find out."""
        return self.provider.is_loaded or self.availability.ready

    @property
    def availability(self) -> Availability:
        """Whether it can be used, or what is missing; a check that raises says what."""
        try:
            with ForeignCode():
                return self.provider.check()
        except IreneError as error:
            reason = f"its check failed: {one_line(error)}"
            return Availability(False, reason, "report it to its author")


class ProviderChain(Generic[P]):
    """One slot's providers: the first that loads serves; one that fails goes to the back.

    A provider that cannot be loaded is out for the whole run. A provider that raises while it
    works changes places with the next one, so it is asked again only after all others failed.
    """

    def __init__(self, kind: Kind, candidates: Sequence[Candidate[P]], report: Report) -> None:
        self.kind = kind
        self._queue = list(candidates)
        self.report = report
        """takes what happens to the providers"""
        self._lock = threading.RLock()
        self._reasons: list[str] = []
        self._only_models_miss = False
        self._left: tuple[str, str] | None = None

    @property
    def current(self) -> Candidate[P]:
        """The candidate that serves now, loaded.

        Raises:
            ProviderUnavailableError: none of them can be loaded; the message says why for each.
        """
        with self._lock:
            while self._queue:
                candidate = self._queue[0]
                if self._works(candidate, candidate.provider.load):
                    self._tell_switch(candidate)
                    return candidate
            kind = ModelMissingError if self._only_models_miss else ProviderUnavailableError
            raise kind("; ".join(self._reasons) or self._nothing_configured())

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def expected(self) -> Candidate[P] | None:
        """The candidate that would serve, as far as that shows without loading one.

        That is the first that is ready; the first of all when none is; None when there is none.
        """
        candidates = self.candidates()
        ready = (one for one in candidates if one.is_ready)
        return next(ready, candidates[0] if candidates else None)

    def candidates(self) -> tuple[Candidate[P], ...]:
        """Return the candidates that are left, the serving one first."""
        with self._lock:
            return tuple(self._queue)

    def warm_up(self) -> None:
        """Load and warm up the first candidate that can be.

        Raises:
            ProviderUnavailableError: none of them can be.
        """
        serving = self.current
        while not self._works(serving, serving.provider.warm_up):
            serving = self.current

    def leave_out(self, name: str) -> None:
        """Take a candidate out for the whole run, of which somebody else tells."""
        with self._lock:
            for candidate in [one for one in self._queue if one.name == name]:
                self._queue.remove(candidate)
                candidate.provider.close()

    def drop(self, name: str, reason: str) -> None:
        """Take a candidate out for the whole run, and tell why."""
        self.leave_out(name)
        self._tell_failure(name, reason)

    def failed(self, name: str, error: BaseException) -> None:
        """Note that a candidate raised at work; if it still serves, the next one will.

        The next one is loaded by whoever asks for it, so this never takes long.
        """
        reason = one_line(error)
        self._tell_failure(name, reason)
        with self._lock:
            if len(self._queue) > 1 and self._queue[0].name == name:
                self._queue.append(self._queue.pop(0))
                self._left = (name, reason)

    def close(self) -> None:
        """Close every provider that was loaded."""
        for candidate in self.candidates():
            candidate.provider.close()

    def _works(self, candidate: Candidate[P], attempt: Callable[[], None]) -> bool:
        """Try to load or warm up a candidate; one that cannot be is out for the whole run."""
        try:
            attempt()
        except IreneError as error:
            reason = one_line(error)
            model_misses = isinstance(error, ModelMissingError)
            self._only_models_miss = model_misses and (self._only_models_miss or not self._reasons)
            self._reasons.append(reason)
            self._left = self._left or (candidate.name, reason)
            self.drop(candidate.name, reason)
            return False
        return True

    def _tell_failure(self, name: str, reason: str) -> None:
        self.report(ProviderFailed(kind=str(self.kind), provider=name, reason=reason))

    def _tell_switch(self, serving: Candidate[P]) -> None:
        left, self._left = self._left, None
        if left is not None and left[0] != serving.name:
            self.report(
                ProviderSwitched(
                    kind=str(self.kind), from_=left[0], to=serving.name, reason=left[1]
                )
            )

    def _nothing_configured(self) -> str:
        return f"no {self.kind} provider is enabled; set {self.kind}.default_provider"

"""What all utterances of one component share: who recognises, and what is known about them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from irene.components.chain import Candidate, ProviderChain
from irene.components.concurrency import ConcurrencyLimits
from irene.components.guidance import Guidance
from irene.components.utterances.abandoned import AbandonedCalls
from irene.components.utterances.refusals import Refusals
from irene.domain.clock import Clock
from irene.domain.events import ProviderFailed
from irene.errors import IreneError
from irene.providers.asr import Asr, AsrRequest
from irene.providers.border import one_line


@dataclass(frozen=True)
class Recognisers:
    """The recognisers of a slot, as utterances see them."""

    chain: ProviderChain[Asr[Any]]
    places: ConcurrencyLimits
    guidance: Guidance
    refusals: Refusals
    abandoned: AbandonedCalls
    clock: Clock
    patience_s: float | None = None
    """longest wait for a recogniser that is busy; None waits for ever"""

    def take(self, without: Collection[str], request: AsrRequest) -> Place | None:
        """Return a place at the next recogniser, loaded; None when there is none left. Blocks.

        Raises:
            ProviderUnavailableError: none can be loaded.
            ProviderFailedError: it has been busy for all of `patience_s`.
        """
        serving = self.chain.current
        left = [
            one
            for one in self.chain.candidates()
            if one.name not in without and self.refusals.of(one.provider, request) is None
        ]
        if not left:
            return None
        if serving not in left:
            serving = left[0]
            serving.provider.load()
        return Place(self.places, serving, self.patience_s)

    def n_left(self, without: Collection[str]) -> int:
        """Return how many recognisers could still be asked."""
        candidates = self.chain.candidates()
        return sum(one.name not in without and one.is_ready for one in candidates)

    def refused(self, serving: Candidate[Asr[Any]], request: AsrRequest, error: IreneError) -> None:
        """Note that a recogniser does not take such a request, and never will; tell once."""
        if self.refusals.of(serving.provider, request) is None:
            self.refusals.note(serving.provider, request, error)
            kind, reason = str(self.chain.kind), one_line(error)
            self.chain.report(ProviderFailed(kind=kind, provider=serving.name, reason=reason))

    def refusal(self, request: AsrRequest) -> IreneError | None:
        """Return why a request is refused by a recogniser that has been asked before, if it is."""
        providers = (one.provider for one in self.chain.candidates())
        errors = (self.refusals.of(provider, request) for provider in providers)
        return next((error for error in errors if error is not None), None)

    def failed(self, provider: str, error: IreneError) -> None:
        """Note that a recogniser failed at work."""
        self.chain.failed(provider, error)


class Place:
    """A place at a recogniser, which another utterance may have to wait for."""

    def __init__(
        self, places: ConcurrencyLimits, serving: Candidate[Asr[Any]], patience_s: float | None
    ) -> None:
        self.serving = serving
        self._places = places
        self._places.enter(serving, patience_s)

    def leave(self) -> None:
        """Give the place back."""
        self._places.leave(self.serving)

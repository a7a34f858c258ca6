"""What all utterances of one component share: who recognises, and what is known about them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from irene.components.asr.guidance import Guidance
from irene.components.calls.abandoned import AbandonedCalls
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.routing.lease import Lease
from irene.components.routing.request_failures import RequestFailures
from irene.components.utterances.refusals import Refusals
from irene.domain.clock import Clock
from irene.errors import IreneError
from irene.providers.asr import Asr, AsrRequest

Recogniser = Candidate[Asr[Any]]


@dataclass(frozen=True)
class Recognisers:
    """The recognisers of a slot, as utterances see them."""

    chain: ProviderChain[Asr[Any]]
    guidance: Guidance
    refusals: Refusals
    abandoned: AbandonedCalls
    clock: Clock
    patience_s: float | None = None
    """longest wait for a place when all recognisers are busy; None waits for ever"""

    def lease(
        self, without: Collection[str], request: AsrRequest, failures: RequestFailures
    ) -> Lease[Recogniser] | None:
        """Return a lease of the next recogniser; None when nobody is left to ask. Blocks.

        It has to be made ready before it is used. `failures` is the same for all that hear one
        utterance.

        Raises:
            ProviderUnavailableError: none could be loaded.
            ProviderFailedError: none has had a place in time, or there were too many retries.
        """
        candidates = self.chain.candidates()
        passed_over = {*without, *(one.name for one in candidates if self._refuses(one, request))}
        if not candidates:
            return self.chain.lease()  # which says why
        if all(one.name in passed_over for one in candidates):
            self.chain.router.judge(failures, was_tried_everywhere=True)
            return None
        return self.chain.router.lease(passed_over, self.patience_s, failures=failures)

    def n_left(self, without: Collection[str]) -> int:
        """Return how many recognisers could still be asked."""
        candidates = self.chain.candidates()
        return sum(one.name not in without and one.is_ready for one in candidates)

    def refused(self, recogniser: Recogniser, request: AsrRequest, error: IreneError) -> None:
        """Note that a recogniser does not take such a request, and never will; tell once."""
        if not self._refuses(recogniser, request):
            self.refusals.note(recogniser.provider, request, error)
            self.chain.tell_failure(recogniser.name, error)

    def refusal(self, request: AsrRequest) -> IreneError | None:
        """Return why a recogniser that was asked before does not take a request, if that is so."""
        providers = (one.provider for one in self.chain.candidates())
        errors = (self.refusals.of(provider, request) for provider in providers)
        return next((error for error in errors if error is not None), None)

    def _refuses(self, recogniser: Recogniser, request: AsrRequest) -> bool:
        return self.refusals.of(recogniser.provider, request) is not None

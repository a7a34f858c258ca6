"""One utterance, recognised by whichever provider of the chain gets to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from irene.components.chain import Candidate, ProviderChain
from irene.components.concurrency import ConcurrencyLimits
from irene.domain.audio import Samples
from irene.domain.speech import Hypothesis
from irene.errors import IreneError, ProviderFailedError
from irene.providers.asr import Asr, AsrRequest, AsrStream
from irene.providers.border import ForeignCode


@dataclass(frozen=True)
class Recognition:
    """A final hypothesis and who made it."""

    hypothesis: Hypothesis
    provider: str
    """name of the provider instance"""


class FallbackAsrStream:
    """Feeds one utterance to the serving provider and keeps its audio until the text is final.

    When a provider raises, the kept audio is replayed into the next one: a failure costs time,
    never speech. Every provider of the chain is tried at most once.
    """

    def __init__(
        self, chain: ProviderChain[Asr[Any]], request: AsrRequest, limits: ConcurrencyLimits
    ) -> None:
        self._chain = chain
        self._request = request
        self._limits = limits
        self._audio: list[Samples] = []
        self._tries = max(1, len(chain))
        self._serving, self._stream = self._open()
        self._closed = False

    @property
    def provider(self) -> str:
        """Name of the provider that serves now."""
        return self._serving.name

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take a block (any length, the request's rate); return a partial when it has changed.

        Raises:
            ProviderFailedError: every provider of the chain has failed.
        """
        self._audio.append(samples)
        try:
            with ForeignCode():
                return self._stream.accept(samples)
        except IreneError as error:
            return self._replay(error)

    def finish(self) -> Recognition:
        """Return the final hypothesis and close.

        Raises:
            ProviderFailedError: every provider of the chain has failed.
        """
        while True:
            try:
                with ForeignCode():
                    hypothesis = self._stream.finish()
            except IreneError as error:
                self._replay(error)
            else:
                self.close()
                return Recognition(hypothesis, self._serving.name)

    def close(self) -> None:
        """Free the engine's state; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._audio.clear()
            self._close_stream()

    def _open(self) -> tuple[Candidate[Asr[Any]], AsrStream]:
        """Open a stream at the first provider that can."""
        while True:
            serving = self._chain.current
            self._limits.enter(serving.provider)
            try:
                with ForeignCode():
                    self._require_rate(serving)
                    return serving, serving.provider.open_stream(self._request)
            except IreneError as error:
                self._limits.leave(serving.provider)
                self._count_failure(serving.name, error)

    def _require_rate(self, serving: Candidate[Asr[Any]]) -> None:
        """Refuse a fall-back that cannot take the audio of the utterance as it is."""
        accepted, rate = serving.provider.capabilities.sample_rates, self._request.sample_rate
        if accepted and rate not in accepted:
            rates = ", ".join(map(str, accepted))
            raise ProviderFailedError(
                f"asr provider {serving.name!r} takes {rates} Hz, not the utterance's {rate} Hz; "
                f"set asr.sample_rate to a rate that all recognisers take"
            )

    def _replay(self, error: IreneError) -> Hypothesis | None:
        """Give everything heard so far to the next provider."""
        partial: Hypothesis | None = None
        while True:
            self._close_stream()
            try:
                self._count_failure(self._serving.name, error)
                self._serving, self._stream = self._open()
            except IreneError:
                self._closed = True
                raise
            try:
                with ForeignCode():
                    for block in self._audio:
                        partial = self._stream.accept(block) or partial
            except IreneError as next_error:
                error = next_error
            else:
                return partial

    def _close_stream(self) -> None:
        try:
            self._stream.close()
        finally:
            self._limits.leave(self._serving.provider)

    def _count_failure(self, name: str, error: IreneError) -> None:
        self._chain.failed(name, error)
        self._tries -= 1
        if self._tries <= 0:
            raise error

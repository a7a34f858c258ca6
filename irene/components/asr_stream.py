"""One utterance, recognised by whichever provider of the chain gets to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from irene.audio.samples import as_type
from irene.components.chain import Candidate, ProviderChain
from irene.components.concurrency import ConcurrencyLimits
from irene.components.guidance import Guidance
from irene.domain.audio import Samples
from irene.domain.grammar import Grammar
from irene.domain.speech import Hypothesis
from irene.errors import ConfigurationError, IreneError, ProviderFailedError
from irene.providers import results
from irene.providers.asr import Asr, AsrRequest, AsrStream
from irene.providers.border import ForeignCode


@dataclass(frozen=True)
class Recognition:
    """A final hypothesis and who made it."""

    hypothesis: Hypothesis
    provider: str
    """name of the provider instance"""


def _named(provider: str, error: IreneError) -> IreneError:
    """Return the error with the name of the provider in its message."""
    if repr(provider) in str(error):
        return error
    return ProviderFailedError(f"asr provider {provider!r}: {error}")


class FallbackAsrStream:
    """Feeds one utterance to the serving provider and keeps its audio until the text is final.

    When a provider raises, the kept audio is replayed into the next one: a failure costs time,
    never speech. Every provider of the chain is tried at most once. Nothing is opened before the
    first block: opening may take as long as an engine that is busy or hangs.

    Where the request has a grammar, the provider is confined to it. What then turns out to be none
    of its sentences is recognised again, freely, from the kept audio; or dropped, when only those
    sentences are wanted.
    """

    def __init__(
        self,
        chain: ProviderChain[Asr[Any]],
        request: AsrRequest,
        limits: ConcurrencyLimits,
        guidance: Guidance,
        patience_s: float | None = None,
    ) -> None:
        """Wait at most `patience_s` for an engine that is busy; None waits for ever."""
        self._chain = chain
        self._request = request
        self._limits = limits
        self._guidance = guidance
        self._patience_s = patience_s
        self._audio: list[Samples] = []
        self._tried: set[str] = set()
        self._serving: Candidate[Asr[Any]] | None = None
        self._stream: AsrStream | None = None
        self.on_again: Callable[[], None] = lambda: None
        """called before what was no sentence of the grammar is recognised again, freely"""

    @property
    def provider(self) -> str:
        """Name of the provider that serves now, also while it is being opened."""
        return self._serving.name if self._serving else ""

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take int16 samples, shape (n,); return a partial hypothesis when it has changed.

        Raises:
            ProviderFailedError: every provider of the chain has failed.
        """
        self._audio.append(samples)
        try:
            if self._stream is None:
                return self._open_and_replay()
            return self._feed(self._stream, samples)
        except IreneError as error:
            return self._replace(error)

    def finish(self) -> Recognition:
        """Return the final hypothesis and close.

        Raises:
            ProviderFailedError: every provider of the chain has failed.
        """
        while True:
            try:
                if self._stream is None:
                    self._open_and_replay()
                hypothesis = self._settled(self._final())
            except IreneError as error:
                self._replace(error)
            else:
                name = self.provider
                self.close()
                return Recognition(hypothesis, name)

    def close(self) -> None:
        """Free the engine's state and the audio; a second call does nothing."""
        self._audio.clear()
        self._close_stream()

    def _open_and_replay(self) -> Hypothesis | None:
        """Open a stream at the serving provider and give it everything heard so far."""
        serving = self._serving = self._chain.current
        if serving.name in self._tried:
            raise ProviderFailedError(f"asr provider {serving.name!r} has failed already")
        self._tried.add(serving.name)
        grammar = self._guidance.grammar_for(serving, self._request.grammar)
        try:
            return self._open(serving, grammar)
        except ConfigurationError as error:
            if grammar is None or self._guidance.mode == "only":
                raise
            self._close_stream()
            self._guidance.refused(serving, grammar, error)
            return self._open(serving, None)

    def _open(self, serving: Candidate[Asr[Any]], grammar: Grammar | None) -> Hypothesis | None:
        """Open a stream and give it everything heard so far."""
        self._limits.enter(serving, self._patience_s)
        try:
            with ForeignCode():
                request = replace(self._request, grammar=grammar)
                self._stream = serving.provider.open_stream(request)
        finally:
            if self._stream is None:
                self._limits.leave(serving)
        partial: Hypothesis | None = None
        for block in self._audio:
            partial = self._feed(self._stream, block) or partial
        return partial

    def _settled(self, hypothesis: Hypothesis) -> Hypothesis:
        """Return the hypothesis; if it is no sentence of the grammar, what is heard without it."""
        if hypothesis.in_grammar is not False or self._serving is None:
            return hypothesis
        if self._guidance.mode == "only":
            return Hypothesis("", True, language=hypothesis.language, in_grammar=False)
        self.on_again()
        self._close_stream()
        self._open(self._serving, None)
        return replace(self._final(), in_grammar=False)

    def _feed(self, stream: AsrStream, samples: Samples) -> Hypothesis | None:
        dtype = self._serving.provider.capabilities.dtype if self._serving else "int16"
        with ForeignCode():
            partial = stream.accept(as_type(samples, dtype))
            return None if partial is None else results.hypothesis(partial)

    def _final(self) -> Hypothesis:
        with ForeignCode():
            return results.hypothesis(self._stream.finish() if self._stream else None)

    def _replace(self, error: IreneError) -> Hypothesis | None:
        """Let the next provider hear the utterance from its beginning."""
        while True:
            self._close_stream()
            self._chain.failed(self.provider, error)
            if self._chain.current.name in self._tried:
                raise _named(self.provider, error) from error
            try:
                return self._open_and_replay()
            except IreneError as next_error:
                error = next_error

    def _close_stream(self) -> None:
        """Free the engine's state; a failure to do so costs neither the text nor the place."""
        stream, self._stream = self._stream, None
        if stream is None or self._serving is None:
            return
        try:
            with ForeignCode():
                stream.close()
        except IreneError as error:
            self._chain.failed(self._serving.name, error)
        finally:
            self._limits.leave(self._serving)

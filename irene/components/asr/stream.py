"""One utterance at one recogniser, guided by a grammar where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from irene.audio.samples import as_type
from irene.components.asr.guidance import Guidance
from irene.components.chain.candidate import Candidate
from irene.domain.audio import Samples
from irene.domain.grammar import Grammar
from irene.domain.speech import Hypothesis, Word
from irene.errors import ConfigurationError, IreneError, ProviderFailedError
from irene.providers.asr import Asr, AsrRequest, AsrStream
from irene.providers.border import one_line

T = TypeVar("T")


@dataclass(frozen=True)
class Recognition:
    """A final hypothesis and who made it."""

    hypothesis: Hypothesis
    provider: str
    """name of the provider instance"""
    rtf: float | None = None
    """processing time divided by audio time; None where it was not measured"""


class Ask(Protocol):
    """Makes a call into the recogniser; whoever watches knows which one, and since when."""

    def __call__(self, call: str, work: Callable[[], T], /) -> T:
        """Return what the work returns; whatever it raises leaves as an expected error."""
        ...


class GuidedAsrStream:
    """Feeds one utterance to one recogniser.

    Where the request has a grammar, the recogniser is confined to it. What then turns out to be
    none of its sentences is recognised again, freely, from the kept audio; or dropped, when only
    those sentences are wanted. What is no hypothesis is an error of the recogniser.
    """

    def __init__(
        self, serving: Candidate[Asr[Any]], request: AsrRequest, guidance: Guidance, ask: Ask
    ) -> None:
        self._serving = serving
        self._request = request
        self._guidance = guidance
        self._ask = ask
        self._stream: AsrStream | None = None

    def open(self) -> None:
        """Start at the recogniser.

        Raises:
            ConfigurationError: it does not take the request.
            ProviderFailedError: it raised.
        """
        wanted = self._request.grammar
        grammar = self._ask("prepare", lambda: self._guidance.grammar_for(self._serving, wanted))
        try:
            self._open(grammar)
        except ConfigurationError as error:
            if grammar is None or self._guidance.mode == "only":
                raise
            self._guidance.refused(self._serving, grammar, error)
            self._open(None)

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take samples, shape (n,); return a partial hypothesis when it has changed."""
        stream, block = self._stream, as_type(samples, self._serving.provider.capabilities.dtype)
        heard: object = self._hear("accept", lambda: stream.accept(block) if stream else None)
        return None if heard is None else self._checked(heard)

    def finish(self, audio: Iterable[Samples], on_again: Callable[[], None]) -> Hypothesis:
        """Return the final hypothesis.

        Args:
            audio: everything that was accepted, in case that it is heard again.
            on_again: called before it is heard again, freely.
        """
        hypothesis = self._final()
        if hypothesis.in_grammar is not False:
            return hypothesis
        if self._guidance.mode == "only":
            return Hypothesis("", True, language=hypothesis.language, in_grammar=False)
        on_again()
        self.close()
        self._open(None)
        for block in audio:
            self.accept(block)
        return replace(self._final(), in_grammar=False)

    def close(self) -> None:
        """Free the recogniser's state; a second call does nothing."""
        stream, self._stream = self._stream, None
        if stream is not None:
            self._ask("close", stream.close)

    def _open(self, grammar: Grammar | None) -> None:
        request = replace(self._request, grammar=grammar)
        provider = self._serving.provider
        try:
            self._stream = self._ask("open_stream", lambda: provider.open_stream(request))
        except ConfigurationError:
            raise
        except IreneError as error:
            raise ProviderFailedError(one_line(error)) from error
        if self._stream is None:
            raise ProviderFailedError(f"{self._serving.name} opened no stream")

    def _final(self) -> Hypothesis:
        stream = self._stream
        return self._checked(self._hear("finish", lambda: stream.finish() if stream else None))

    def _hear(self, call: str, work: Callable[[], T]) -> T:
        """Make a call about audio; what it raises is a failure: only a request can be refused."""
        try:
            return self._ask(call, work)
        except IreneError as error:
            if error.retryable:
                raise
            raise ProviderFailedError(one_line(error)) from error

    def _checked(self, heard: object) -> Hypothesis:
        """Return the hypothesis once each of its fields has been checked."""
        if isinstance(heard, Hypothesis) and not (trouble := _trouble_of(heard)):
            return heard
        is_one = isinstance(heard, Hypothesis)
        what = f"a hypothesis whose {trouble}" if is_one else f"{heard!r}, no irene.Hypothesis"
        raise ProviderFailedError(f"{self._serving.name} returned {what}")


def _trouble_of(heard: Hypothesis) -> str:
    """Return what is wrong with a hypothesis of foreign code, or an empty text."""
    text: object = heard.text
    words: object = heard.words
    stable: object = heard.stable
    if not isinstance(text, str):
        return f"text is {text!r}"
    if not isinstance(words, (tuple, list)) or not all(isinstance(one, Word) for one in words):
        return f"words are {words!r}: use a tuple of irene.Word"
    if not isinstance(stable, int) or not 0 <= stable <= len(text):
        return f"stable is {stable!r}: use characters of its text, 0 to {len(text)}"
    return ""

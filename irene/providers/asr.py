"""Contract of speech recognisers: audio in, partial and final hypotheses out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from irene.domain.audio import Samples, SampleType
from irene.domain.grammar import Grammar
from irene.domain.kinds import Kind
from irene.domain.speech import Hypothesis
from irene.errors import ProviderFailedError
from irene.providers.probing import NOISE_S, noise
from irene.providers.provider import OptionsT, Provider


@dataclass(frozen=True)
class AsrCapabilities:
    """What a recogniser wants to be fed and what it can do."""

    sample_rates: tuple[int, ...] = (16000,)
    """Hz; the first is preferred"""
    dtype: SampleType = "int16"
    """sample type of the blocks"""
    languages: tuple[str, ...] = ("en",)
    """BCP 47 tags; empty when any language may be asked for"""
    streaming: bool = True
    """whether it recognises while audio arrives; otherwise all work happens at the end"""
    word_times: bool = True
    """whether hypotheses carry words with times"""
    grammar: bool = False
    """whether recognition can be confined to, or guided by, the sentences of a grammar"""
    max_concurrency: int = 1
    """streams that may run at the same time on one loaded model"""
    together: int = 1
    """streams that it works on together when they wait at the same time, for less than the sum of
    their times"""


@dataclass(frozen=True)
class AsrRequest:
    """What one utterance asks of a recogniser."""

    sample_rate: int = 16000
    """Hz of the audio that will be fed; one of the declared rates"""
    language: str | None = None
    """BCP 47 tag; None leaves it to the provider"""
    grammar: Grammar | None = None
    """sentences to confine recognition to; None means open recognition"""
    live: bool = False
    """whether it is spoken now; a recording may come again"""


class AsrStream(ABC):
    """The state of one utterance: fed blocks, asked for the final hypothesis once, closed."""

    @abstractmethod
    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take a block; return a partial hypothesis when it has changed.

        Args:
            samples: mono, shape (n,) of any length, in the declared sample type and the request's
                rate; read-only.

        Anything that is raised makes the next provider take over with all audio of the utterance.
        Calls come one after the other; up to `max_concurrency` utterances run side by side.
        """

    @abstractmethod
    def finish(self) -> Hypothesis:
        """Return the final hypothesis; its text is empty when nothing was said.

        With a grammar, `in_grammar` says whether it was one of the grammar's sentences. When it is
        False, the assistant asks again without a grammar.
        """

    def close(self) -> None:  # noqa: B027 - optional: most streams have nothing to free
        """Free the engine's state of this utterance; called once, also after a failure."""


class Asr(Provider[OptionsT]):
    """A loaded recogniser; utterances share nothing but the model."""

    kind: ClassVar[Kind] = Kind.ASR
    capabilities: AsrCapabilities = AsrCapabilities()

    @abstractmethod
    def open_stream(self, request: AsrRequest) -> AsrStream:
        """Start on a new utterance with no memory of earlier ones."""

    def prepare(self, grammar: Grammar) -> None:
        """Compile a grammar that utterances will be confined to, so that none waits for it."""

    def _probe(self) -> None:
        """Recognise a short noise; whatever is heard in it, an answer is an answer."""
        rate = self.capabilities.sample_rates[0]
        stream = self.open_stream(AsrRequest(rate))
        try:
            stream.accept(noise(round(NOISE_S * rate), self.capabilities.dtype))
            answer: object = stream.finish()
        finally:
            stream.close()
        if not isinstance(answer, Hypothesis):
            raise ProviderFailedError(f"it returned {answer!r}, no hypothesis")

    def unknown_words(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return the words that can never be recognised; the assistant names them at its start.

        Answered without loading the model where that is possible.
        """
        return ()

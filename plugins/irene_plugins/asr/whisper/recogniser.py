"""What recognisers with a Whisper model have in common, whichever engine runs it."""

from __future__ import annotations

import time
from abc import abstractmethod
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from irene import (
    Asr,
    AsrCapabilities,
    AsrRequest,
    Borrowed,
    Grammar,
    Licence,
    ProviderFailedError,
    Samples,
)
from irene_plugins.asr.whisper.languages import whisper_language
from irene_plugins.asr.whisper.options import HearingOptions
from irene_plugins.asr.whisper.passages import RATE
from irene_plugins.asr.whisper.window_listener import EncodingEngine, WindowListener

if TYPE_CHECKING:
    from irene_plugins.asr.whisper.stream import WhisperStream

HearingT = TypeVar("HearingT", bound=HearingOptions)


class WritingEngine(EncodingEngine[Any], Protocol):
    """A loaded model that writes down what is said in a window."""

    @property
    def is_multilingual(self) -> bool:
        """Whether it knows more languages than English."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that it knows."""

    @property
    def version(self) -> str:
        """Packages, model and how it computes, exactly."""

    @property
    def prompt_budget(self) -> int:
        """Tokens that a prompt may have at most."""

    def n_tokens(self, text: str) -> int:
        """Return how many tokens a text has."""

    def warm_up(self, samples: Samples, word_times: bool) -> None:
        """Recognise a window in every way there is."""


class WhisperRecogniser(Asr[HearingT]):
    """One model in memory, which the slot of languages may use as well."""

    licence = Licence("MIT", "MIT")
    capabilities = AsrCapabilities((RATE,), "float32", (), grammar=True, max_concurrency=1)

    def __init__(self, options: HearingT | None = None) -> None:
        super().__init__(options)
        self._held: Borrowed[Any] | None = None
        self._hotwords = self._version = ""
        is_english = self.options.wanted.removesuffix(".pt").endswith(".en")
        self.capabilities = replace(
            self.capabilities,
            languages=("en",) if is_english else (),
            streaming=self.options.hearing.is_streaming,
            word_times=self.options.word_times,
        )

    @abstractmethod
    def _borrow(self) -> Borrowed[Any]:
        """Return the use of a loaded `WritingEngine`."""

    def _load(self) -> None:
        from irene_plugins.asr.whisper.prompt import Prompts

        self._held = self._borrow()
        engine = self._engine()
        self._languages, self._version = engine.languages, engine.version
        budget = engine.prompt_budget
        self._hotwords = first_words(self.options.hotwords, engine, budget // 2)
        n_left = budget - engine.n_tokens(self._hotwords) if self._hotwords else budget
        self._prompts = Prompts(engine.n_tokens, min(self.options.prompt_tokens, n_left))
        if not engine.is_multilingual:
            self.capabilities = replace(self.capabilities, languages=("en",))

    def _warm_up(self) -> None:
        """Recognise a second of silence in every way."""
        silence = np.zeros(RATE, dtype=np.float32)
        self._engine().warm_up(silence, self.options.word_times)

    def _close(self) -> None:
        if self._held is not None:
            self._held.give_back()
            self._held = None

    def open_stream(self, request: AsrRequest) -> WhisperStream:
        """Start on a new utterance, led by the sentences of a grammar if the request has one.

        Raises:
            ConfigurationError: the model does not know the language.
        """
        from irene_plugins.asr.whisper.query import Query
        from irene_plugins.asr.whisper.stream import WhisperStream

        self.load()
        options, grammar = self.options, request.grammar
        language = whisper_language(request.language, options.language, self._languages)
        led = self._prompts.text(grammar) if grammar and options.prompt_tokens else ""
        prompt = " ".join(part for part in (self._hotwords, led) if part)
        query = Query(language, prompt, options.word_times, grammar is not None, options.effort)
        metrics, encodings = self.metrics, self.engines.encodings
        listener = WindowListener(self._engine(), encodings, request.live, metrics)
        return WhisperStream(
            listener, query, options.hearing, grammar, clock=time.monotonic, metrics=metrics
        )

    @property
    def version(self) -> str:
        """Engine and model, exactly; empty before it was loaded."""
        return self._version

    def prepare(self, grammar: Grammar) -> None:
        """Write the prompt of a grammar; those of the last four are kept."""
        self.load()
        self._prompts.text(grammar)

    def _engine(self) -> WritingEngine:
        if self._held is None:
            raise ProviderFailedError("the model is closed")
        engine: WritingEngine = self._held.engine
        return engine


def first_words(text: str, engine: WritingEngine, budget: int) -> str:
    """Return as many of the first words as the tokens are enough for."""
    words = text.split()
    beginnings = range(1, len(words) + 1)
    n_words = bisect_right(beginnings, budget, key=lambda n: engine.n_tokens(" ".join(words[:n])))
    return " ".join(words[:n_words])

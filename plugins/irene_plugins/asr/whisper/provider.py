"""Whisper: OpenAI's models on their own library, which runs on PyTorch."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from irene import (
    Asr,
    AsrCapabilities,
    AsrRequest,
    Availability,
    Borrowed,
    Grammar,
    Licence,
    ProviderFailedError,
    hookimpl,
    needs_package,
)
from irene_plugins.asr.whisper.checkpoint import cure, find_checkpoint
from irene_plugins.asr.whisper.engine import WhisperEngine
from irene_plugins.asr.whisper.languages import whisper_language
from irene_plugins.asr.whisper.options import HearingOptions
from irene_plugins.asr.whisper.passages import RATE
from irene_plugins.asr.whisper.prompt import Prompts
from irene_plugins.asr.whisper.query import Query
from irene_plugins.asr.whisper.stream import WhisperStream
from irene_plugins.asr.whisper.window_listener import WindowListener


@dataclass(frozen=True)
class WhisperOptions(HearingOptions):
    """The `[asr.providers.whisper]` table."""


class WhisperAsr(Asr[WhisperOptions]):
    """One model in memory, one utterance at a time.

    The engine is not safe in threads, so a lock makes calls take turns, and a higher
    `max_concurrency` brings no more text per second. `isolation = "process"` with several `workers`
    does: each has a model of its own.
    """

    name = "whisper"
    summary = "OpenAI Whisper on PyTorch, 99 languages, models from 75 MB"
    licence = Licence("MIT", "MIT")
    Options = WhisperOptions
    capabilities = AsrCapabilities((RATE,), "float32", (), grammar=True, max_concurrency=1)

    def __init__(self, options: WhisperOptions | None = None) -> None:
        super().__init__(options)
        self._held: Borrowed[WhisperEngine] | None = None
        self._version = ""
        self.capabilities = replace(
            self.capabilities,
            languages=("en",) if self.options.wanted.removesuffix(".pt").endswith(".en") else (),
            streaming=self.options.hearing.is_streaming,
            word_times=self.options.word_times,
        )

    def _check(self) -> Availability:
        engine = needs_package("whisper", "whisper")
        if not engine.ready or find_checkpoint(self.options.wanted) is not None:
            return engine
        missing = f"model {self.options.wanted!r} is not installed"
        return Availability(False, missing, cure(self.options.wanted), is_model=True)

    def _load(self) -> None:
        options = self.options
        checkpoint = find_checkpoint(options.wanted)
        if checkpoint is None:
            raise ProviderFailedError(f"model {options.wanted!r} is not there any more")
        key = ("openai-whisper", str(checkpoint), options.device, options.n_threads())
        self._held = self.engines.borrow(
            key,
            lambda: WhisperEngine.load(checkpoint, options.device, options.n_threads()),
            WhisperEngine.close,
        )
        engine = self._held.engine
        self._languages, self._version = engine.languages, engine.version
        budget = min(options.prompt_tokens, engine.prompt_budget)
        self._prompts = Prompts(engine.n_tokens, budget)
        if not engine.is_multilingual:
            self.capabilities = replace(self.capabilities, languages=("en",))

    def _warm_up(self) -> None:
        """Recognise a second of silence in every way; with word times, code is compiled: 2 s."""
        self._loaded_engine().warm_up(np.zeros(RATE, dtype=np.float32), self.options.word_times)

    def _close(self) -> None:
        if self._held is not None:
            self._held.give_back()
            self._held = None

    def open_stream(self, request: AsrRequest) -> WhisperStream:
        """Start on a new utterance, led by the sentences of a grammar if the request has one.

        Raises:
            ConfigurationError: the model does not know the language.
        """
        self.load()
        options, grammar = self.options, request.grammar
        language = whisper_language(request.language, options.language, self._languages)
        prompt = self._prompts.text(grammar) if grammar and options.prompt_tokens else ""
        query = Query(language, prompt, options.word_times, grammar is not None, options.effort)
        metrics = self.metrics
        engine, encodings = self._loaded_engine(), self.engines.encodings
        listener = WindowListener(engine, encodings, request.live, metrics)
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

    def _loaded_engine(self) -> WhisperEngine:
        if self._held is None:
            raise ProviderFailedError("the model is closed")
        return self._held.engine


@hookimpl
def irene_asrs() -> list[type[Asr[Any]]]:
    """Offer this plugin's recogniser."""
    return [WhisperAsr]

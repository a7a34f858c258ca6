"""faster-whisper: OpenAI's models on CTranslate2, which computes in 8 bits where it can."""

from __future__ import annotations

import time
from bisect import bisect_right
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
from irene_plugins.asr.whisper.faster.device import ComputeType, choose
from irene_plugins.asr.whisper.faster.engine import FasterWhisperEngine, Share
from irene_plugins.asr.whisper.faster.folder import cure, find_folder
from irene_plugins.asr.whisper.languages import whisper_language
from irene_plugins.asr.whisper.options import HearingOptions, usable_cores
from irene_plugins.asr.whisper.passages import RATE
from irene_plugins.asr.whisper.prompt import Prompts
from irene_plugins.asr.whisper.query import Query
from irene_plugins.asr.whisper.stream import WhisperStream
from irene_plugins.asr.whisper.window_listener import WindowListener

_UTTERANCES = 4
"""that may be open at the same time whatever is decoded at once: most of the time, one only
listens"""


@dataclass(frozen=True)
class FasterWhisperOptions(HearingOptions):
    """The `[asr.providers.faster-whisper]` table."""

    compute_type: ComputeType = "auto"
    """type of the numbers that the model computes with; auto takes int8 on a processor and float16
    on a GPU, where they have it"""
    parallel: int = 1
    """windows of different utterances that are worked on at the same time; each takes `threads`
    cores"""
    batch: int = 4
    """windows of different utterances that are decoded together at most, when several wait"""
    hotwords: str = ""
    """names and rare words that may be said; they are put before every other prompt, and take up to
    half of its tokens"""

    def __post_init__(self) -> None:
        """Refuse what no model could use."""
        super().__post_init__()
        for name, highest in (("parallel", 64), ("batch", 256)):
            if not 1 <= getattr(self, name) <= highest:
                raise ValueError(f"{name} = {getattr(self, name)}: use 1 to {highest}")

    @property
    def share(self) -> Share:
        """How much of the machine the model takes."""
        cores = max(1, usable_cores() // self.parallel)
        return Share(self.n_threads(cores), self.parallel, self.batch)


class FasterWhisperAsr(Asr[FasterWhisperOptions]):
    """One model in memory for all utterances; they share nothing else.

    The engine is safe in threads. Utterances that want a window decoded at the same time get it
    side by side (`parallel`) or together (`batch`).
    """

    name = "faster-whisper"
    summary = "OpenAI Whisper on CTranslate2, 99 languages, models from 75 MB"
    licence = Licence("MIT", "MIT")
    Options = FasterWhisperOptions
    capabilities = AsrCapabilities((RATE,), "float32", (), grammar=True)

    def __init__(self, options: FasterWhisperOptions | None = None) -> None:
        super().__init__(options)
        self._held: Borrowed[FasterWhisperEngine] | None = None
        self._version = ""
        self.capabilities = replace(
            self.capabilities,
            languages=("en",) if self.options.wanted.endswith(".en") else (),
            streaming=self.options.hearing.is_streaming,
            word_times=self.options.word_times,
            max_concurrency=max(_UTTERANCES, self.options.parallel * self.options.batch),
        )

    def _check(self) -> Availability:
        engine = needs_package("faster_whisper", "faster-whisper")
        if not engine.ready:
            return engine
        model = self.options.wanted
        folder = find_folder(model)
        if folder is None:
            missing = f"model {model!r} is not installed"
            return Availability(False, missing, cure(model), is_model=True)
        if name := folder.missing():
            missing = f"{folder.path} is no Whisper model for CTranslate2 (no {name})"
            return Availability(False, missing, cure(model), is_model=True)
        return engine

    def _load(self) -> None:
        options = self.options
        folder = find_folder(options.wanted)
        if folder is None:
            raise ProviderFailedError(f"model {options.wanted!r} is not there any more")
        device, share = choose(options.device, options.compute_type), options.share
        key = ("faster-whisper", str(folder.path), device, share)
        self._held = self.engines.borrow(
            key,
            lambda: FasterWhisperEngine.load(folder, device, share),
            FasterWhisperEngine.close,
        )
        engine = self._held.engine
        self._languages, self._version = engine.languages, engine.version
        budget = min(options.prompt_tokens, engine.prompt_budget)
        self._hotwords = _shortened(options.hotwords, engine, engine.prompt_budget // 2)
        n_left = (
            engine.prompt_budget - engine.n_tokens(self._hotwords) if self._hotwords else budget
        )
        self._prompts = Prompts(engine.n_tokens, min(budget, n_left))
        if not engine.is_multilingual:
            self.capabilities = replace(self.capabilities, languages=("en",))

    def _warm_up(self) -> None:
        """Recognise a second of silence in every way."""
        silence = np.zeros(RATE, dtype=np.float32)
        self._loaded_engine().warm_up(silence, self.options.word_times)

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
        prompt = " ".join(part for part in (self._hotwords, prompt) if part)
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

    def _loaded_engine(self) -> FasterWhisperEngine:
        if self._held is None:
            raise ProviderFailedError("the model is closed")
        return self._held.engine


def _shortened(text: str, engine: FasterWhisperEngine, budget: int) -> str:
    """Return as many of the first words as the tokens are enough for."""
    words = text.split()
    beginnings = range(1, len(words) + 1)
    n_words = bisect_right(beginnings, budget, key=lambda n: engine.n_tokens(" ".join(words[:n])))
    return " ".join(words[:n_words])


@hookimpl
def irene_asrs() -> list[type[Asr[Any]]]:
    """Offer this plugin's recogniser."""
    return [FasterWhisperAsr]

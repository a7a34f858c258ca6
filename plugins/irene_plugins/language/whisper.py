"""Spoken language identification with a Whisper model on openai-whisper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from irene import (
    Availability,
    Borrowed,
    LanguageCapabilities,
    LanguageIdentifier,
    Licence,
    ProviderFailedError,
    Samples,
    hookimpl,
    needs_package,
)
from irene_plugins.asr.whisper.checkpoint import find_checkpoint
from irene_plugins.asr.whisper.engine import WhisperEngine
from irene_plugins.asr.whisper.options import HearingOptions
from irene_plugins.asr.whisper.passages import RATE
from irene_plugins.asr.whisper.window_listener import WindowListener
from irene_plugins.asr.whisper.windows import LONGEST_S

_LONGEST = round(LONGEST_S * RATE)
"""what the recogniser hears in one piece"""


@dataclass(frozen=True)
class WhisperLanguageOptions:
    """The `[language.providers.whisper]` table."""

    model: str = field(default="base", metadata={"path": "model"})
    """name of a model, such as `base`, or path of a file; one that asr uses, too, is loaded once"""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """where the model runs; auto takes a GPU if there is one"""
    threads: int = field(default=0, metadata={"range": (0, 1024)})
    """processor cores that one window may take; 0: all, but at most four"""
    window_ms: int = field(default=2000, metadata={"range": (500, 28_000)})
    """audio that is heard at once: the longer, the surer, and the later a change shows"""
    hop_ms: int = field(default=100, metadata={"range": (20, 10_000)})
    """time between two windows, at least: a slow machine takes more"""
    whole: bool = True
    """whether an utterance of up to 28 s is heard as a whole at its end: surer than any window, and
    where the recogniser runs the same model, it needs one pass of the encoder for both"""
    silence_db: float = field(default=-55.0, metadata={"range": (-100, 0)})
    """level, dB of full scale (root mean square), below which a window gives no opinion"""


class WhisperLanguage(LanguageIdentifier[WhisperLanguageOptions]):
    """The encoder of a Whisper model and its decision on the language, before any text."""

    name = "whisper"
    summary = "99 languages, by the encoder of an OpenAI Whisper model on PyTorch"
    licence = Licence("MIT", "MIT")
    Options = WhisperLanguageOptions

    def __init__(self, options: WhisperLanguageOptions | None = None) -> None:
        super().__init__(options)
        self._held: Borrowed[WhisperEngine] | None = None
        self.capabilities = LanguageCapabilities(
            sample_rates=(RATE,),
            window=RATE * self.options.window_ms // 1000,
            hop=RATE * self.options.hop_ms // 1000,
            longest=_LONGEST if self.options.whole else 0,
        )

    def identify(self, window: Samples, live: bool = False) -> Mapping[str, float]:
        """Return the probability of each of the model's languages; none for silence."""
        if _level_db(window) < self.options.silence_db:
            return {}
        engine = self._loaded_engine()
        listener = WindowListener(engine, self.engines.encodings, live)
        return engine.detect(listener.encoded(window))

    def _check(self) -> Availability:
        engine = needs_package("whisper", "whisper")
        if not engine.ready or find_checkpoint(self.options.model) is not None:
            return engine
        missing = f"model {self.options.model!r} is not installed"
        cure = f"irene models install whisper-{self.options.model}"
        return Availability(False, missing, cure, is_model=True)

    def _load(self) -> None:
        options = self.options
        checkpoint = find_checkpoint(options.model)
        if checkpoint is None:
            raise ProviderFailedError(f"model {options.model!r} is not there any more")
        n_threads = HearingOptions(threads=options.threads).n_threads()
        self._held = self.engines.borrow(
            ("openai-whisper", str(checkpoint), options.device, n_threads),
            lambda: WhisperEngine.load(checkpoint, options.device, n_threads),
            WhisperEngine.close,
        )
        engine = self._held.engine
        if not engine.is_multilingual:
            self._close()
            raise ProviderFailedError(
                f"model {options.model!r} knows English only; take one without .en"
            )
        self.capabilities = replace(self.capabilities, languages=engine.languages)

    def _warm_up(self) -> None:
        """Identify a second of noise, not silence, so that everything has run once."""
        self._probe()

    def _close(self) -> None:
        if self._held is not None:
            self._held.give_back()
            self._held = None

    def _loaded_engine(self) -> WhisperEngine:
        self.load()
        if self._held is None:
            raise ProviderFailedError("the model is closed")
        return self._held.engine


def _level_db(window: Samples) -> float:
    power = float(np.square(window, dtype=np.float64).mean()) if window.size else 0.0
    return 10 * float(np.log10(max(power, 1e-20)))


@hookimpl
def irene_languages() -> list[type[LanguageIdentifier[Any]]]:
    """Offer this plugin's identifier of languages."""
    return [WhisperLanguage]

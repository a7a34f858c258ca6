"""Spoken language identification by the encoder of a Whisper model, whichever engine runs it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

from irene import (
    Borrowed,
    LanguageCapabilities,
    LanguageIdentifier,
    Licence,
    ProviderFailedError,
    Samples,
)
from irene_plugins.asr.whisper.passages import RATE
from irene_plugins.asr.whisper.window_listener import EncodingEngine, WindowListener
from irene_plugins.asr.whisper.windows import LONGEST_S

_LONGEST = round(LONGEST_S * RATE)
"""what the recogniser hears in one piece"""


@dataclass(frozen=True)
class EncoderOptions:
    """The options that all engines for Whisper models have in the slot of languages."""

    model: str = field(default="base", metadata={"path": "model"})
    """name of a model, such as `base`, or path; with the same model, device and threads as in asr,
    it is loaded once"""
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


class DetectingEngine(EncodingEngine[Any], Protocol):
    """An engine that tells languages by what its encoder made of a window."""

    @property
    def is_multilingual(self) -> bool:
        """Whether the model knows more languages than English."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that the model knows."""

    @property
    def version(self) -> str:
        """Packages, model and how it computes, exactly."""

    def detect(self, features: Any) -> dict[str, float]:
        """Return the probability of each language, 0 to 1."""


O = TypeVar("O", bound=EncoderOptions)  # noqa: E741 - as in Options


class EncoderLanguage(LanguageIdentifier[O]):
    """The encoder of a Whisper model and its decision on the language, before any text."""

    licence = Licence("MIT", "MIT")

    def __init__(self, options: O | None = None) -> None:
        super().__init__(options)
        self._held: Borrowed[Any] | None = None
        self._version = ""
        self.capabilities = LanguageCapabilities(
            sample_rates=(RATE,),
            window=RATE * self.options.window_ms // 1000,
            hop=RATE * self.options.hop_ms // 1000,
            longest=_LONGEST if self.options.whole else 0,
        )

    @abstractmethod
    def _borrow(self) -> Borrowed[Any]:
        """Return the engine, which a recogniser may hold as well."""

    def identify(self, window: Samples, live: bool = False) -> Mapping[str, float]:
        """Return the probability of each of the model's languages; none for silence."""
        if _level_db(window) < self.options.silence_db:
            return {}
        engine = self._loaded_engine()
        listener: WindowListener[Any] = WindowListener(engine, self.engines.encodings, live)
        with self.metrics.measure("lid.encoder_forward"):
            features = listener.encoded(window)
        with self.metrics.measure("lid.detect"):
            return engine.detect(features)

    @property
    def version(self) -> str:
        """Engine and model, exactly; empty before it was loaded."""
        return self._version

    def _load(self) -> None:
        self._held = self._borrow()
        engine: DetectingEngine = self._held.engine
        if not engine.is_multilingual:
            self._close()
            raise ProviderFailedError(
                f"model {self.options.model!r} knows English only; take one without .en"
            )
        self._version = engine.version
        self.capabilities = replace(self.capabilities, languages=engine.languages)

    def _warm_up(self) -> None:
        """Identify noise, not silence, so that everything has run once."""
        self._probe()

    def _close(self) -> None:
        if self._held is not None:
            self._held.give_back()
            self._held = None

    def _loaded_engine(self) -> DetectingEngine:
        self.load()
        if self._held is None:
            raise ProviderFailedError("the model is closed")
        engine: DetectingEngine = self._held.engine
        return engine


def _level_db(window: Samples) -> float:
    power = float(np.square(window, dtype=np.float64).mean()) if window.size else 0.0
    return 10 * float(np.log10(max(power, 1e-20)))

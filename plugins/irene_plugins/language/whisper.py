"""Spoken language identification with a Whisper model on openai-whisper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from irene import (
    Availability,
    Borrowed,
    LanguageIdentifier,
    hookimpl,
)
from irene_plugins.asr.whisper.options import ComputeType, HearingOptions
from irene_plugins.asr.whisper.sharing import availability, borrowed
from irene_plugins.language.encoder import EncoderLanguage, EncoderOptions


@dataclass(frozen=True)
class WhisperLanguageOptions(EncoderOptions):
    """The `[language.providers.whisper]` table."""

    compute_type: ComputeType = "auto"
    """type of the numbers that the model computes with; as in asr, where the model is shared"""


class WhisperLanguage(EncoderLanguage[WhisperLanguageOptions]):
    """A Whisper model on PyTorch; a lock makes its calls take turns."""

    name = "whisper"
    summary = "99 languages, by the encoder of an OpenAI Whisper model on PyTorch"
    Options = WhisperLanguageOptions

    def _check(self) -> Availability:
        return availability(self.kind, self.options.model)

    def _borrow(self) -> Borrowed[Any]:
        options = self.options
        n_threads = HearingOptions(threads=options.threads).n_threads()
        numbers = options.compute_type
        return borrowed(self.engines, options.model, options.device, n_threads, numbers)


@hookimpl
def irene_languages() -> list[type[LanguageIdentifier[Any]]]:
    """Offer this plugin's identifier of languages."""
    return [WhisperLanguage]

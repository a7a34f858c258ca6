"""Spoken language identification with a Whisper model on openai-whisper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from irene import (
    Availability,
    Borrowed,
    LanguageIdentifier,
    ProviderFailedError,
    hookimpl,
    needs_package,
)
from irene_plugins.asr.whisper.checkpoint import cure, find_checkpoint
from irene_plugins.asr.whisper.engine import WhisperEngine
from irene_plugins.asr.whisper.options import HearingOptions
from irene_plugins.language.encoder import EncoderLanguage, EncoderOptions


@dataclass(frozen=True)
class WhisperLanguageOptions(EncoderOptions):
    """The `[language.providers.whisper]` table."""


class WhisperLanguage(EncoderLanguage[WhisperLanguageOptions]):
    """A Whisper model on PyTorch; a lock makes its calls take turns."""

    name = "whisper"
    summary = "99 languages, by the encoder of an OpenAI Whisper model on PyTorch"
    Options = WhisperLanguageOptions

    def _check(self) -> Availability:
        engine = needs_package("whisper", "whisper")
        if not engine.ready or find_checkpoint(self.options.model) is not None:
            return engine
        missing = f"model {self.options.model!r} is not installed"
        told = cure(self.options.model).replace("asr.providers", "language.providers")
        return Availability(False, missing, told, is_model=True)

    def _borrow(self) -> Borrowed[Any]:
        options = self.options
        checkpoint = find_checkpoint(options.model)
        if checkpoint is None:
            raise ProviderFailedError(f"model {options.model!r} is not there any more")
        n_threads = HearingOptions(threads=options.threads).n_threads()
        return self.engines.borrow(
            ("openai-whisper", str(checkpoint), options.device, n_threads),
            lambda: WhisperEngine.load(checkpoint, options.device, n_threads),
            WhisperEngine.close,
        )


@hookimpl
def irene_languages() -> list[type[LanguageIdentifier[Any]]]:
    """Offer this plugin's identifier of languages."""
    return [WhisperLanguage]

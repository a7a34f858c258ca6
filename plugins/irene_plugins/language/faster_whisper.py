"""Spoken language identification with a Whisper model on CTranslate2 (faster-whisper)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from irene import (
    Availability,
    Borrowed,
    LanguageIdentifier,
    ProviderFailedError,
    hookimpl,
    needs_package,
)
from irene_plugins.asr.whisper.faster.device import ComputeType, choose
from irene_plugins.asr.whisper.faster.engine import FasterWhisperEngine, Share
from irene_plugins.asr.whisper.faster.folder import cure, find_folder
from irene_plugins.asr.whisper.faster.provider import FasterWhisperOptions
from irene_plugins.language.encoder import EncoderLanguage, EncoderOptions


@dataclass(frozen=True)
class FasterWhisperLanguageOptions(EncoderOptions):
    """The `[language.providers.faster-whisper]` table."""

    compute_type: ComputeType = "auto"
    """type of the numbers that the model computes with; auto takes int8 on a processor and float16
    on a GPU, where they have it"""
    parallel: int = field(default=1, metadata={"range": (1, 64)})
    """windows that are worked on at the same time; as in asr, where the model is shared"""
    batch: int = field(default=4, metadata={"range": (1, 256)})
    """windows that are worked on together at most; as in asr, where the model is shared"""

    @property
    def share(self) -> Share:
        """How much of the machine the model takes: as much as a recogniser with these options."""
        asr = FasterWhisperOptions(threads=self.threads, parallel=self.parallel, batch=self.batch)
        return asr.share


class FasterWhisperLanguage(EncoderLanguage[FasterWhisperLanguageOptions]):
    """A Whisper model on CTranslate2, safe in threads."""

    name = "faster-whisper"
    summary = "99 languages, by the encoder of an OpenAI Whisper model on CTranslate2"
    Options = FasterWhisperLanguageOptions

    def _check(self) -> Availability:
        engine = needs_package("faster_whisper", "faster-whisper")
        folder = find_folder(self.options.model) if engine.ready else None
        if not engine.ready or (folder is not None and not folder.missing()):
            return engine
        missing = f"model {self.options.model!r} is not installed"
        if folder is not None:
            missing = f"{folder.path} is no Whisper model for CTranslate2 (no {folder.missing()})"
        told = cure(self.options.model).replace("asr.providers", "language.providers")
        return Availability(False, missing, told, is_model=True)

    def _borrow(self) -> Borrowed[Any]:
        options = self.options
        folder = find_folder(options.model)
        if folder is None:
            raise ProviderFailedError(f"model {options.model!r} is not there any more")
        device, share = choose(options.device, options.compute_type), options.share
        return self.engines.borrow(
            ("faster-whisper", str(folder.path), device, share),
            lambda: FasterWhisperEngine.load(folder, device, share),
            FasterWhisperEngine.close,
        )


@hookimpl
def irene_languages() -> list[type[LanguageIdentifier[Any]]]:
    """Offer this plugin's identifier of languages."""
    return [FasterWhisperLanguage]

"""Spoken language identification with a Whisper model on CTranslate2 (faster-whisper)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from irene import (
    Availability,
    Borrowed,
    LanguageIdentifier,
    hookimpl,
)
from irene_plugins.asr.whisper.faster.device import ComputeType, choose
from irene_plugins.asr.whisper.faster.provider import FasterWhisperOptions
from irene_plugins.asr.whisper.faster.sharing import availability, borrowed
from irene_plugins.language.encoder import EncoderLanguage, EncoderOptions

if TYPE_CHECKING:
    from irene_plugins.asr.whisper.faster.engine import Share


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
        return availability(self.kind, self.options.model)

    def _borrow(self) -> Borrowed[Any]:
        options = self.options
        device = choose(options.device, options.compute_type)
        return borrowed(self.engines, options.model, device, options.share)


@hookimpl
def irene_languages() -> list[type[LanguageIdentifier[Any]]]:
    """Offer this plugin's identifier of languages."""
    return [FasterWhisperLanguage]

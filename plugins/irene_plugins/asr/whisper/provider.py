"""Whisper: OpenAI's models on their own library, which runs on PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irene import Asr, Availability, Borrowed, hookimpl
from irene_plugins.asr.whisper.checkpoint import checkpoint_fault
from irene_plugins.asr.whisper.options import ComputeType, HearingOptions
from irene_plugins.asr.whisper.recogniser import WhisperRecogniser
from irene_plugins.asr.whisper.sharing import availability, borrowed


@dataclass(frozen=True)
class WhisperOptions(HearingOptions):
    """The `[asr.providers.whisper]` table."""

    compute_type: ComputeType = "auto"
    """type of the numbers that the model computes with; auto takes float16 on a GPU and float32 on
    a processor, where float16 saves memory and takes two to three times as long"""


class WhisperAsr(WhisperRecogniser[WhisperOptions]):
    """One model in memory, one utterance at a time.

    The engine is not safe in threads, so a lock makes calls take turns, and a higher
    `max_concurrency` brings no more text per second. `isolation = "process"` with several `workers`
    does: each has a model of its own.
    """

    name = "whisper"
    summary = "OpenAI Whisper on PyTorch, 99 languages, models from 75 MB"
    Options = WhisperOptions

    @classmethod
    def model_fault(cls, path: Path) -> str:
        """Return why a file is no checkpoint of a Whisper model."""
        return checkpoint_fault(path)

    def _check(self) -> Availability:
        return availability(self.kind, self.options.wanted)

    def _borrow(self) -> Borrowed[Any]:
        options = self.options
        n_threads, numbers = options.n_threads(), options.compute_type
        return borrowed(self.engines, options.wanted, options.device, n_threads, numbers)


@hookimpl
def irene_asrs() -> list[type[Asr[Any]]]:
    """Offer this plugin's recogniser."""
    return [WhisperAsr]

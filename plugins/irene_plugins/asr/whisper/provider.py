"""Whisper: OpenAI's models on their own library, which runs on PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from irene import Asr, Availability, Borrowed, ProviderFailedError, hookimpl, needs_package
from irene_plugins.asr.whisper.checkpoint import cure, find_checkpoint
from irene_plugins.asr.whisper.engine import WhisperEngine
from irene_plugins.asr.whisper.options import HearingOptions
from irene_plugins.asr.whisper.recogniser import WhisperRecogniser


@dataclass(frozen=True)
class WhisperOptions(HearingOptions):
    """The `[asr.providers.whisper]` table."""


class WhisperAsr(WhisperRecogniser[WhisperOptions]):
    """One model in memory, one utterance at a time.

    The engine is not safe in threads, so a lock makes calls take turns, and a higher
    `max_concurrency` brings no more text per second. `isolation = "process"` with several `workers`
    does: each has a model of its own.
    """

    name = "whisper"
    summary = "OpenAI Whisper on PyTorch, 99 languages, models from 75 MB"
    Options = WhisperOptions

    def _check(self) -> Availability:
        engine = needs_package("whisper", "whisper")
        if not engine.ready or find_checkpoint(self.options.wanted) is not None:
            return engine
        missing = f"model {self.options.wanted!r} is not installed"
        return Availability(False, missing, cure(self.options.wanted), is_model=True)

    def _borrow(self) -> Borrowed[Any]:
        options = self.options
        checkpoint = find_checkpoint(options.wanted)
        if checkpoint is None:
            raise ProviderFailedError(f"model {options.wanted!r} is not there any more")
        n_threads = options.n_threads()
        return self.engines.borrow(
            ("openai-whisper", str(checkpoint), options.device, n_threads),
            lambda: WhisperEngine.load(checkpoint, options.device, n_threads),
            WhisperEngine.close,
        )


@hookimpl
def irene_asrs() -> list[type[Asr[Any]]]:
    """Offer this plugin's recogniser."""
    return [WhisperAsr]

"""The engines that a model is for, bare: samples in, what is said and in which language out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Heard:
    """What an engine makes of a clip."""

    texts: tuple[str, ...]
    """one for each segment"""
    language: str
    """any, where nothing is said"""

    @property
    def text(self) -> str:
        """All segments together."""
        return " ".join(self.texts)


Engine = Callable[[np.ndarray], Heard]
"""Takes int16 samples of 16 kHz; the language is found by the engine."""


_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def openai_whisper(checkpoint: Path, tries_again: bool = True) -> Engine:
    """Return openai-whisper with a model, on one thread; it may try doubtful texts again."""
    import torch
    import whisper

    torch.set_num_threads(1)
    model = whisper.load_model(str(checkpoint), device="cpu")
    temperature = _TEMPERATURES if tries_again else 0.0

    def hear(samples: np.ndarray) -> Heard:
        found = model.transcribe(
            samples.astype(np.float32) / 32768, fp16=False, temperature=temperature
        )
        texts = tuple(segment["text"].strip() for segment in found["segments"])
        return Heard(texts, found["language"])

    return hear


def faster_whisper(folder: Path, compute_type: str = "float32", tries_again: bool = True) -> Engine:
    """Return faster-whisper with the converted model, on one thread; as the other one."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type=compute_type, cpu_threads=1)
    temperature = _TEMPERATURES if tries_again else 0.0

    def hear(samples: np.ndarray) -> Heard:
        segments, facts = model.transcribe(
            samples.astype(np.float32) / 32768, temperature=temperature
        )
        return Heard(tuple(segment.text.strip() for segment in segments), facts.language)

    return hear

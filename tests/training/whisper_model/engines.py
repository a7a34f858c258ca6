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


_BRIEFLY = {"temperature": 0.0, "without_timestamps": True}
_FEW = 24
"""tokens of a window"""


def openai_whisper(checkpoint: Path, brief: bool = False) -> Engine:
    """Return openai-whisper with a model, on one thread.

    `brief` is for a model that has learnt nothing, and would never come to an end: a few tokens of
    each window, which is asked once.
    """
    import torch
    import whisper

    torch.set_num_threads(1)
    model = whisper.load_model(str(checkpoint), device="cpu")
    few = _BRIEFLY | {"sample_len": _FEW} if brief else {}

    def hear(samples: np.ndarray) -> Heard:
        found = model.transcribe(samples.astype(np.float32) / 32768, fp16=False, **few)
        texts = tuple(segment["text"].strip() for segment in found["segments"])
        return Heard(texts, found["language"])

    return hear


def faster_whisper(folder: Path, compute_type: str = "float32", brief: bool = False) -> Engine:
    """Return faster-whisper with the converted model, on one thread; `brief` as above."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type=compute_type, cpu_threads=1)
    few = _BRIEFLY | {"max_new_tokens": _FEW} if brief else {}

    def hear(samples: np.ndarray) -> Heard:
        segments, facts = model.transcribe(samples.astype(np.float32) / 32768, **few)
        return Heard(tuple(segment.text.strip() for segment in segments), facts.language)

    return hear

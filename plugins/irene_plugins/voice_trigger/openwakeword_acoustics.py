"""The acoustic stages of openWakeWord, from audio to speech embeddings, for many streams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from irene import Samples
from irene_plugins.onnx_graph import Floats
from irene_plugins.voice_trigger.openwakeword_graph import (
    EMBEDDING,
    FRAME,
    FRAMES,
    N_EMBEDDING,
    NEW_SPECTRA,
)

HOP = 160
"""samples from one spectrum to the next"""
WINDOW = NEW_SPECTRA * HOP
_OVERLAP = 480
"""samples of earlier audio that the first spectra of a window reach back to"""
_N_SPECTRA = 76
"""spectra that one embedding sees"""
_PAST_LEVEL = 100.0
"""RMS of the noise before the first window, in int16 steps (-50 dBFS)"""


class AcousticStream:
    """Turns the audio of one listener into embeddings, window by window.

    A session of onnxruntime reads and writes arrays that belong to the stream: what a layer keeps
    is read before it is written, so one array is both.
    """

    def __init__(self, session: Any) -> None:
        kept = [one for one in session.get_inputs() if one.name != FRAMES]
        sizes = [_OVERLAP + WINDOW, *(prod(one.shape) for one in kept)]
        self.memory = np.zeros(sum(sizes), np.float32)
        """all that it knows of the past: the last audio, in int16 steps, and what layers keep"""
        self._audio, *parts = np.split(self.memory, np.cumsum(sizes)[:-1])
        self._new_frames = np.lib.stride_tricks.sliding_window_view(self._audio, FRAME)[::HOP]
        self._frames = np.empty((NEW_SPECTRA, FRAME), np.float32)
        self._embedding = np.empty((1, N_EMBEDDING, 1, 1), np.float32)
        memories = {
            one.name: part.reshape(one.shape) for one, part in zip(kept, parts, strict=True)
        }
        rewritten = {name.replace("kept", "keep"): part for name, part in memories.items()}
        self._session, self._binding = session, session.io_binding()
        _bind(self._binding.bind_input, {FRAMES: self._frames, **memories})
        _bind(self._binding.bind_output, {EMBEDDING: self._embedding, **rewritten})

    def embedding(self, window: Samples) -> Floats:
        """Take 80 ms; return their embedding, shape (96,), which the next call overwrites."""
        self._audio[:_OVERLAP] = self._audio[-_OVERLAP:]
        self._audio[_OVERLAP:] = window
        np.copyto(self._frames, self._new_frames)
        self._session.run_with_iobinding(self._binding)
        return self._embedding.reshape(N_EMBEDDING)


def _bind(bind: Any, arrays: Mapping[str, Floats]) -> None:
    for name, values in arrays.items():
        bind(name, "cpu", 0, np.float32, values.shape, values.ctypes.data)


@dataclass(frozen=True)
class Past:
    """What a stream is told it has heard before its first window."""

    memory: Floats
    """the `memory` of its acoustics"""
    embeddings: Floats
    """last embeddings, oldest first, shape (n, 96)"""

    @classmethod
    def of_noise(cls, acoustics: AcousticStream, n_embeddings: int) -> Past:
        """Return a past of faint noise, long enough for models of so many embeddings.

        A past that no microphone can deliver (zeros, say) makes the wake-word models fire as soon
        as real noise follows it.

        Args:
            acoustics: a new stream, which is used up.
            n_embeddings: how many embeddings (one per 80 ms) the models look back.
        """
        n_spectra = _N_SPECTRA + NEW_SPECTRA * (n_embeddings - 1)
        noise = np.random.default_rng(0).normal(0.0, _PAST_LEVEL, HOP * n_spectra + _OVERLAP)
        windows = np.pad(noise.astype(np.float32), (-noise.shape[0] % WINDOW, 0))
        heard = [acoustics.embedding(window).copy() for window in windows.reshape(-1, WINDOW)]
        return cls(acoustics.memory.copy(), np.stack(heard[-n_embeddings:]))

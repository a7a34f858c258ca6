"""A voice activity detector that takes for speech what is louder than the room."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from irene import Samples, Vad, VadCapabilities, VadStream, hookimpl

_QUIETEST_DBFS = -60.0
"""no room is taken to be quieter than this"""
_WINDOWS = 100
"""windows in which the room is quiet at least once: 3.2 s"""


@dataclass(frozen=True)
class LoudnessOptions:
    """The `[vad.providers.loudness]` table."""

    above_db: float = 12.0
    """level above that of the room at which speech is as likely as not, dB"""


class LoudnessVad(Vad[LoudnessOptions]):
    """Compares the level of each window with the quietest of the last seconds."""

    name = "loudness"
    summary = "takes for speech what is louder than the room"
    capabilities = VadCapabilities(sample_rates=(16000,), dtype="float32", window=512)
    Options = LoudnessOptions

    def open_stream(self) -> VadStream:
        """Start on a new stream of audio."""
        return LoudnessStream(self.options.above_db)


class LoudnessStream(VadStream):
    """What one listener has heard: everything that changes lives here, not in the provider."""

    def __init__(self, above_db: float) -> None:
        self._above_db = above_db
        self._levels: deque[float] = deque(maxlen=_WINDOWS)

    def process(self, window: Samples) -> float:
        """Take 512 float32 samples and return the probability of speech."""
        level = 10 * math.log10(float(np.mean(np.square(window))) + 1e-10)
        self._levels.append(level)
        room = max(_QUIETEST_DBFS, min(self._levels))
        odds = (level - room - self._above_db) / 2
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))

    def reset(self) -> None:
        """Forget the room."""
        self._levels.clear()


@hookimpl
def irene_vads() -> list[type[LoudnessVad]]:
    """Offer the detector."""
    return [LoudnessVad]

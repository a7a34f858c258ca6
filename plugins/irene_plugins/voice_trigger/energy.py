"""The `energy` voice trigger: any sound that is loud for long enough wakes the assistant."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from irene import (
    Samples,
    VoiceTrigger,
    VoiceTriggerCapabilities,
    VoiceTriggerStream,
    hookimpl,
)

WAKE_WORD = "sound"
"""what is heard when no wake word is asked for"""

_WINDOW = 320
_WINDOW_MS = 20
_SILENCE_DB = -96.0
"""below half a step of int16; scores 0"""


@dataclass(frozen=True)
class EnergyTriggerOptions:
    """How loud and how long a sound must be."""

    threshold_db: float = -35.0
    """level (dBFS of the RMS over 20 ms) that the sound must reach"""
    min_ms: int = 100
    """milliseconds for which it must stay there without a break"""

    def __post_init__(self) -> None:
        """Refuse what no sound could reach, or every sound would.

        Raises:
            ValueError: a value is out of its range.
        """
        if not _SILENCE_DB < self.threshold_db < 0.0:
            raise ValueError(f"threshold_db is {self.threshold_db:g}; it lies between -96 and 0")
        if self.min_ms < 1:
            raise ValueError(f"min_ms is {self.min_ms}; it is 1 or more")


class EnergyTriggerStream(VoiceTriggerStream):
    """Remembers the levels of the last `min_ms`; the quietest of them is the score."""

    def __init__(self, wake_word: str, threshold_db: float, n_windows: int) -> None:
        self._wake_word = wake_word
        self._threshold_db = threshold_db
        self._levels: deque[float] = deque(maxlen=n_windows)
        self.reset()

    def process(self, window: Samples) -> Mapping[str, float]:
        """Take 20 ms; the score reaches 0.5 when all of the last `min_ms` were loud enough."""
        self._levels.append(level_db(window))
        return {self._wake_word: self._score(min(self._levels))}

    def reset(self) -> None:
        """Forget all audio: it was silent before."""
        self._levels.extend([_SILENCE_DB] * (self._levels.maxlen or 1))

    def _score(self, level: float) -> float:
        """Map silence, threshold and full scale to 0, 0.5 and 1, linear in dB between them."""
        if level >= self._threshold_db:
            return min(1.0, 1.0 - 0.5 * level / self._threshold_db)
        return 0.5 * (level - _SILENCE_DB) / (self._threshold_db - _SILENCE_DB)


class EnergyTrigger(VoiceTrigger[EnergyTriggerOptions]):
    """Takes any sound for the wake word: push-to-talk with a clap, and tests.

    It cannot tell words apart, so it takes whatever wake words another engine was configured with.
    The phrase counts as over where the sound begins, so that speech which itself wakes the
    assistant is recognised from its first syllable.
    """

    name = "energy"
    summary = "any sound above a level is the wake word; no engine, no model"
    Options = EnergyTriggerOptions

    def __init__(self, options: EnergyTriggerOptions | None = None) -> None:
        super().__init__(options)
        self._n_windows = max(1, math.ceil(self.options.min_ms / _WINDOW_MS))
        onset_s = -self._n_windows * _WINDOW_MS / 1000
        self.capabilities = replace(
            VoiceTriggerCapabilities(window=_WINDOW, wake_words=(WAKE_WORD,)),
            phrase_end_s=(onset_s - _WINDOW_MS / 1000, onset_s),
        )

    def open_stream(self, wake_words: Sequence[str]) -> EnergyTriggerStream:
        """Start listening: any sound counts as the first of the wake words."""
        name = next((self.word_name(phrase) for phrase in wake_words), WAKE_WORD)
        return EnergyTriggerStream(name, self.options.threshold_db, self._n_windows)


def level_db(window: Samples) -> float:
    """Return the RMS of int16 samples, shape (n,), in dBFS (a square wave of full scale is 0)."""
    power = float(np.mean(np.square(window, dtype=np.float64))) / 32768.0**2
    return max(_SILENCE_DB, 10.0 * math.log10(power)) if power > 0.0 else _SILENCE_DB


@hookimpl
def irene_voice_triggers() -> list[type[EnergyTrigger]]:
    """Offer the energy trigger."""
    return [EnergyTrigger]

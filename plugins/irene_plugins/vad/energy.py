"""Voice activity from the level above an adaptive noise floor: numpy only, no model."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from irene import Licence, Samples, Vad, VadCapabilities, VadStream, hookimpl

_RATE = 16000
_WINDOW = 512
_BLOCK = 8
"""windows per block of the minimum statistics: 0.256 s"""
_BLOCK_MS = 1000 * _BLOCK * _WINDOW // _RATE


@dataclass(frozen=True)
class EnergyVadOptions:
    """The `[vad.providers.energy]` table."""

    threshold_db: float = 9.0
    """level above the noise floor at which speech is as likely as not, dB"""
    slope_db: float = 1.5
    """change of level around the threshold that changes the odds by a factor of e, dB"""
    low_hz: float = 280.0
    """lower edge of the band that is listened to: above mains hum and its first harmonics"""
    high_hz: float = 4000.0
    """upper edge of the band that is listened to"""
    initial_floor_dbfs: float = -55.0
    """noise floor assumed until the stream has shown its own, dBFS"""
    lowest_floor_dbfs: float = -85.0
    """noise floor is never taken to be below this, dBFS"""
    hiss_window_ms: int = 1000
    """time after which steady noise with a flat spectrum has become the floor"""
    tone_window_ms: int = 5000
    """time after which any other steady sound has become the floor; longer than a vowel"""


class _NoiseFloor:
    """The lowest level of the recent past.

    Minimum statistics after R. Martin, "Noise power spectral density estimation based on optimal
    smoothing and minimum statistics", 2001: the minimum over a window longer than any word follows
    the noise and not the speech, whose level falls to the noise between words. Here one band is
    followed, with two windows: a short one while the spectrum is flat as noise is and speech is
    not, a long one otherwise, so that a long vowel does not become its own floor.
    """

    def __init__(self, options: EnergyVadOptions) -> None:
        self._lowest = options.lowest_floor_dbfs
        self._short = max(1, round(options.hiss_window_ms / _BLOCK_MS))
        blocks = max(self._short, round(options.tone_window_ms / _BLOCK_MS))
        self._minima = deque([options.initial_floor_dbfs] * blocks, maxlen=blocks)
        self._flatness = deque([0.0] * self._short, maxlen=self._short)
        self._levels: list[float] = []
        self._flat: list[float] = []

    def update(self, level_db: float, flatness: float) -> float:
        """Take one window and return the floor in dBFS."""
        self._levels.append(level_db)
        self._flat.append(flatness)
        if len(self._levels) == _BLOCK:
            self._minima.append(min(self._levels))
            self._flatness.append(sum(self._flat) / _BLOCK)
            self._levels.clear()
            self._flat.clear()
        return max(self._lowest, min(self._recent_minimum(), level_db))

    def _recent_minimum(self) -> float:
        blocks = list(self._minima)
        if min(self._flatness) > _FLAT_AS_NOISE:
            blocks = blocks[-self._short :]
        return min([*blocks, *self._levels])


_FLAT_AS_NOISE = 0.3
"""spectral flatness averaged over a block: white noise 0.56, room noise above 0.3, voices below"""


class EnergyVadStream(VadStream):
    """The noise floor of one listener."""

    def __init__(self, options: EnergyVadOptions) -> None:
        self._options = options
        bin_hz = _RATE / _WINDOW
        self._band = slice(math.ceil(options.low_hz / bin_hz), int(options.high_hz / bin_hz) + 1)
        self._taper = np.hanning(_WINDOW).astype(np.float32)
        self._scale = 2.0 / (_WINDOW * float(np.sum(self._taper**2)))
        self.reset()

    def process(self, window: Samples) -> float:
        """Take 512 float32 samples and return the probability of speech."""
        spectrum = np.fft.rfft(window * self._taper)[self._band]
        power = spectrum.real**2 + spectrum.imag**2 + 1e-12
        mean = float(power.mean())
        level_db = 10.0 * math.log10(mean * len(power) * self._scale)
        flatness = math.exp(float(np.log(power).mean())) / mean
        above_db = level_db - self._floor.update(level_db, flatness)
        odds = (above_db - self._options.threshold_db) / self._options.slope_db
        return 1.0 / (1.0 + math.exp(-min(60.0, max(-60.0, odds))))

    def reset(self) -> None:
        """Forget all audio, the noise floor too."""
        self._floor = _NoiseFloor(self._options)


class EnergyVad(Vad[EnergyVadOptions]):
    """Calls speech what rises above the noise floor: needs no model, hears no words.

    Steady hiss and hum are rejected once they have become the floor. Anything else that is loud
    and unsteady (music, knocking, dishes) counts as speech: `silero` tells them apart.
    """

    name = "energy"
    summary = "level above an adaptive noise floor, no model"
    licence = Licence("Apache-2.0")
    Options = EnergyVadOptions
    capabilities = VadCapabilities((_RATE,), "float32", _WINDOW)

    def _warm_up(self) -> None:
        self.open_stream().process(np.zeros(_WINDOW, dtype=np.float32))

    def open_stream(self) -> EnergyVadStream:
        """Start on a new stream of audio."""
        return EnergyVadStream(self.options)


@hookimpl
def irene_vads() -> list[type[Vad[EnergyVadOptions]]]:
    """Offer this plugin's voice activity detector."""
    return [EnergyVad]

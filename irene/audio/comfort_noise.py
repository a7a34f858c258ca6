"""Noise of the room's level, to stand where a sound was taken out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from irene.audio.noise_floor import NoiseFloor
from irene.audio.samples import power, to_int16, to_mono
from irene.domain.audio import Samples

_LENGTH = 48000
"""samples of noise before it repeats"""


class ComfortNoise:
    """Learns how loud a room is while nobody speaks in it, and gives white noise of that level.

    Digital silence would be a new noise floor far below the room's, above which the room itself
    would then stand out like a sound.
    """

    def __init__(self) -> None:
        self._white = np.random.default_rng(0).standard_normal(_LENGTH)
        self._position = 0
        self._floor = NoiseFloor(10)

    @property
    def level(self) -> float:
        """Mean square of the noise, relative to full scale."""
        return self._floor.level

    def learn(self, frame: Samples, n_frames: int) -> None:
        """Take 10 ms of the room, which stand for so many frames."""
        self._floor.follow(power(to_mono(frame)), n_frames)

    def take(self, n_samples: int) -> npt.NDArray[np.int16]:
        """Return int16 noise, shape (n_samples,)."""
        places = np.arange(self._position, self._position + n_samples) % _LENGTH
        self._position = (self._position + n_samples) % _LENGTH
        noise = self._white[places] * np.sqrt(self._floor.level)
        return to_int16(noise.astype(np.float32))

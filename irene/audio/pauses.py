"""Whether somebody pauses, and whether anything was said since."""

from __future__ import annotations

import numpy as np

from irene.audio.samples import to_float32
from irene.domain.audio import Samples

_FRAMES_PER_S = 50
_PAUSE_FRAMES = 15
"""0.3 s: long enough to be no gap inside of a word, shorter than endpointing waits"""
_BELOW_SPEECH = 1e-2
"""-20 dB: what is so much quieter than the loudest frame is no voice"""
_AS_QUIET = 4.0
"""6 dB: a pause goes on while nothing is that much louder than it was so far"""
_INAUDIBLE = 10.0**-7.5
"""-75 dB of full scale: beneath the noise of a sound card"""


class PauseEar:
    """Listens to the loudness of what comes; holds one number per 20 ms of it.

    A pause may be the end of what somebody says: what is worked out then is there when the end
    is decided on, unless something was said since. How audio is divided into blocks makes no
    difference, so all who listen to the same blocks find a pause at the same one.
    """

    def __init__(self, sample_rate: int = 16000) -> None:
        """`sample_rate` is that of the audio, Hz."""
        self._frame = sample_rate // _FRAMES_PER_S
        self._levels: list[float] = []
        self._loudest = 0.0
        self._left = np.zeros(0, dtype=np.float32)

    def add(self, samples: Samples) -> None:
        """Take mono samples, shape (n,), int16 or float32."""
        heard = np.concatenate((self._left, to_float32(samples)))
        n_frames = len(heard) // self._frame
        self._left = heard[n_frames * self._frame :]
        if n_frames:
            frames = heard[: n_frames * self._frame].reshape(n_frames, self._frame)
            levels = np.einsum("ij,ij->i", frames, frames) / self._frame
            self._levels.extend(levels.tolist())
            self._loudest = max(self._loudest, float(levels.max()))

    @property
    def n_frames(self) -> int:
        """How many frames of 20 ms have come."""
        return len(self._levels)

    @property
    def is_pause(self) -> bool:
        """Whether there was a voice, and the last 0.3 s are 20 dB below the loudest frame."""
        last = self._levels[-_PAUSE_FRAMES:]
        if len(self._levels) < 2 * _PAUSE_FRAMES or self._loudest <= _INAUDIBLE:
            return False
        return max(last) <= self._loudest * _BELOW_SPEECH

    def is_quiet_since(self, n_frames: int) -> bool:
        """Whether a pause that was there at that frame goes on: nothing is 6 dB louder since."""
        pause = self._levels[max(0, n_frames - _PAUSE_FRAMES) : n_frames]
        since = [*self._levels[n_frames:], self._level_of_rest()]
        return max(since) <= _AS_QUIET * max(_INAUDIBLE, *pause)

    def _level_of_rest(self) -> float:
        return float(np.dot(self._left, self._left)) / self._frame

"""An energy gate that decides whether it is worth running an engine on a stream at all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from irene.audio.noise_floor import NoiseFloor
from irene.audio.samples import frame_powers

_FRAME_MS = 20


class EnergyGate:
    """Opens when 20 ms of sound rise above the noise floor, and holds open a while.

    The floor falls quickly and rises slowly (3 dB per second), so speech does not lift it and a
    new steady noise is accepted after some seconds. `threshold_db` of 0 keeps the gate open.
    """

    def __init__(self, sample_rate: int, threshold_db: float, hold_ms: int) -> None:
        self._frame = max(1, sample_rate * _FRAME_MS // 1000)
        self._ratio = 10.0 ** (threshold_db / 10.0)
        self._always = threshold_db <= 0
        self._hold = sample_rate * hold_ms // 1000
        self._rest = np.zeros(0, dtype=np.int16)
        self._floor = NoiseFloor()
        self._left = 0

    def feed(self, samples: npt.NDArray[np.int16]) -> bool:
        """Take a block, shape (n,); return whether the gate is open at its end."""
        if self._always:
            return True
        pending = np.concatenate((self._rest, samples))
        whole = pending.shape[0] // self._frame * self._frame
        self._rest = pending[whole:]
        for value in frame_powers(pending[:whole], self._frame):
            self._left -= self._frame
            if float(value) > self._floor.level * self._ratio:
                self._left = self._hold
            self._floor.follow(float(value), _FRAME_MS)
        return self._left > 0

    @property
    def undecided(self) -> int:
        """Samples at the end that do not fill a frame yet, so that they have not been judged."""
        return int(self._rest.shape[0])

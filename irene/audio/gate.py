"""An energy gate that decides whether it is worth running an engine on a stream at all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from irene.audio.samples import frame_powers

_FRAME_MS = 20
_FLOOR_FALL = 0.3
"""share of the way the floor falls towards a quieter frame: a noise that stops is forgotten soon"""
_FLOOR_RISE_PER_S = 1.0
"""how much of the distance (in dB, 3 dB/s at most) the floor climbs per second"""
_QUIETEST = 1e-9
"""mean square below which everything counts as silence (-90 dBFS)"""


class EnergyGate:
    """Opens when the loudest 20 ms of a block rise above the noise floor, and holds open a while.

    The floor falls quickly and rises slowly (3 dB per second), so speech does not lift it and a
    new steady noise is accepted after some seconds. `threshold_db` of 0 keeps the gate open.
    """

    def __init__(self, sample_rate: int, threshold_db: float, hold_ms: int) -> None:
        self._frame = max(1, sample_rate * _FRAME_MS // 1000)
        self._ratio = 10.0 ** (threshold_db / 10.0)
        self._always = threshold_db <= 0
        self._hold = sample_rate * hold_ms // 1000
        self._rise = 10.0 ** (0.3 * _FLOOR_RISE_PER_S * _FRAME_MS / 1000)
        self._floor = _QUIETEST
        self._left = 0
        self._heard_any = False

    def feed(self, samples: npt.NDArray[np.int16]) -> bool:
        """Take a block, shape (n,); return whether the gate is open at its end."""
        if self._always:
            return True
        self._left -= samples.shape[0]
        powers = frame_powers(samples, min(self._frame, max(1, samples.shape[0])))
        if powers.size and float(powers.max()) > self._floor * self._ratio:
            self._left = self._hold
        self._follow(powers)
        return self._left > 0

    def _follow(self, powers: npt.NDArray[np.float32]) -> None:
        """Move the floor: down towards quieter frames, up at a bounded rate."""
        for value in powers:
            level = max(float(value), _QUIETEST)
            if not self._heard_any:
                # A stream may begin in the middle of a word: assume the floor far below it.
                self._floor, self._heard_any = min(level, 1e-6), True
            elif level < self._floor:
                self._floor += _FLOOR_FALL * (level - self._floor)
            else:
                self._floor = min(self._floor * self._rise, level)

"""An energy gate that decides whether it is worth running an engine on a stream at all."""

from __future__ import annotations

import sys

import numpy as np

from irene.audio.history import History
from irene.audio.noise_floor import NoiseFloor
from irene.audio.samples import INT16_SCALE
from irene.domain.audio import Samples

STEP_S = 0.1
"""longest stretch that whoever listens takes at once: decisions fall inside it, however long the
blocks are in which audio comes"""
_FRAME_MS = 20
_BATCH = 5
"""frames that are turned into float32 at once"""


class EnergyGate:
    """Opens when 20 ms of sound rise above the noise floor, and holds open a while.

    The floor falls quickly and rises slowly (3 dB per second), so speech does not lift it and a
    new steady noise is accepted after some seconds. `threshold_db` of 0 keeps the gate open.

    It reads one history from its beginning, frame by frame: how audio arrives changes nothing.
    """

    __slots__ = (
        "_always",
        "_floor",
        "_frame",
        "_hold",
        "_ratio",
        "_rows",
        "_scratch",
        "_to_power",
        "open_until",
        "position",
    )

    def __init__(self, sample_rate: int, threshold_db: float, hold_ms: int) -> None:
        self._frame = max(1, sample_rate * _FRAME_MS // 1000)
        self._ratio = 10.0 ** (threshold_db / 10.0)
        self._always = threshold_db <= 0
        self._hold = sample_rate * hold_ms // 1000
        self._scratch = np.zeros(_BATCH * self._frame, np.float32)
        self._rows = tuple(self._scratch.reshape(_BATCH, self._frame))
        self._to_power = 1.0 / (self._frame * INT16_SCALE**2)
        self._floor = NoiseFloor(_FRAME_MS)
        self.position = 0
        """number of the first sample that is not judged yet"""
        self.open_until = sys.maxsize if self._always else 0
        """number of the first sample for which it is not open, by what is judged; for reading"""

    def follow(self, history: History, newest: Samples | None = None) -> bool:
        """Judge what has been appended since the last call; return whether the gate was open.

        It was when it was open anywhere in that, be it but once and closed again: no block is so
        long that a sound in it goes unnoticed. Up to where says `open_until`.

        `newest` is the block that was appended last, as it came, where somebody has it at hand: a
        view less to be made.
        """
        if self._always:
            self.position = history.end
            return True
        frame, position, end = self._frame, self.position, history.end
        scratch, rows, floor = self._scratch, self._rows, self._floor
        hold, ratio, to_power = self._hold, self._ratio, self._to_power
        began, until = position, self.open_until
        while end - position >= frame:
            whole = (end - position) // frame
            if whole < _BATCH:
                rows, scratch = rows[:whole], scratch[: whole * frame]
            behind = position + len(scratch)
            if newest is not None and behind == end and len(newest) == end - position:
                samples = newest
            else:
                samples = history.view(position, behind)
            if len(samples) < len(scratch):
                position = history.start  # what lies before is forgotten
                continue
            # squares of int16 overflow int16, and numpy's dot says nothing
            scratch[...] = samples
            for row in rows:
                power = float(row.dot(row)) * to_power
                position += frame
                if power > floor.level * ratio:
                    until = position + hold
                floor.follow(power)
        self.position, self.open_until = position, until
        return until > began

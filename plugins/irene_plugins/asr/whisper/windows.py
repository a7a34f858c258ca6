"""Long audio in windows: cut at pauses, so that no word is cut in two, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irene import Samples
from irene_plugins.asr.whisper.passages import RATE

LONGEST_S = 28.0
"""seconds of the longest piece: two less than the window, which many models expect to see end"""
_FRAME_S = 0.01
_STRETCH_FRAMES = 30
"""a pause between words is at least a third of a second long"""
_EARLIEST_CUT = 0.6
"""share of the longest piece that every piece has, but for the last one"""


@dataclass(frozen=True)
class Piece:
    """Samples between two cuts."""

    samples: Samples
    """float32, shape (n,)"""
    start: int
    """number of samples before it"""


def quietest(samples: Samples, first: int, last: int, rate: int = RATE) -> int:
    """Return the place to cut: the middle of the quietest 0.3 s, and of several the latest.

    Args:
        samples: shape (n,).
        first: the earliest place that may be returned.
        last: the latest one, up to n.
        rate: Hz.

    Energy is measured in frames of 10 ms. Where there is no room for a stretch of 0.3 s between
    both places, it is the latest place.
    """
    frame = max(1, round(_FRAME_S * rate))
    n_frames = (last - first) // frame
    if n_frames < _STRETCH_FRAMES:
        return last
    part = samples[first : first + n_frames * frame].astype(np.float64).reshape(n_frames, frame)
    sums = np.concatenate(([0.0], np.cumsum(np.square(part).mean(axis=1))))
    stretches = sums[_STRETCH_FRAMES:] - sums[:-_STRETCH_FRAMES]
    # sums of many frames differ in the last bits where the frames do not
    best = np.flatnonzero(stretches <= stretches.min() + 1e-12 * sums[-1])[-1]
    return first + (int(best) + _STRETCH_FRAMES // 2) * frame


class PauseCutter:
    """Takes audio as it comes and cuts it into pieces; holds no more than one.

    Every sample is in exactly one piece or in the rest, in order; no piece is longer than
    `longest_s`, and only the rest is shorter than 0.6 of that.
    """

    def __init__(self, rate: int = RATE, longest_s: float = LONGEST_S) -> None:
        self._rate = rate
        self._held = np.empty(max(1, round(rate * longest_s)), dtype=np.float32)
        self._n_held = 0
        self.start = 0
        """number of samples before the rest"""

    @property
    def rest(self) -> Samples:
        """What came after the last cut; valid until more is added."""
        return self._held[: self._n_held]

    def add(self, samples: Samples) -> list[Piece]:
        """Take samples, shape (n,) of any length; return the pieces that they complete."""
        pieces = []
        while len(samples):
            if self._n_held == len(self._held):
                pieces.append(self._cut())
            n_taken = min(len(samples), len(self._held) - self._n_held)
            self._held[self._n_held : self._n_held + n_taken] = samples[:n_taken]
            self._n_held += n_taken
            samples = samples[n_taken:]
        return pieces

    def _cut(self) -> Piece:
        earliest = max(1, int(_EARLIEST_CUT * self._n_held))
        place = quietest(self.rest, earliest, self._n_held, self._rate)
        piece = Piece(self._held[:place].copy(), self.start)
        n_left = self._n_held - place
        self._held[:n_left] = self._held[place : self._n_held].copy()
        self._n_held = n_left
        self.start += place
        return piece

"""Telling a person from the assistant's own voice in the microphone, by level alone."""

from __future__ import annotations

from collections import deque

import numpy as np

from irene.audio.samples import power
from irene.domain.audio import Samples

FRAME_S = 0.01
"""what is judged at a time"""
_REACH_S = 0.6
"""longest time from a sound being given to the loudspeaker to its last echo"""
_AUDIBLE = 1e-5
"""mean square (-50 dBFS) from which what is played is loud enough to learn from"""
_BINS_DB = np.arange(-80.0, 20.5, 1.0)
_SHARE = 0.9
"""share of the frames whose level is the echo's at most"""
_PRIOR_DB, _PRIOR = 0.0, 20.0
"""level that the echo is taken to have at first, and the frames that count for it"""
_MEMORY = 0.999
"""weight of a frame after one more: ten seconds of speaking count"""
_DOUBTFUL = 0.1
"""weight of a frame in which somebody else seems to speak: were it 0, a loudspeaker that is turned
up would be taken for a person for ever"""
_MARGIN_DB = 6.0
"""how far above the echo a frame must be"""
_ONSET = 3
"""frames in a row that must be: a click is not speech"""
_HOLD = 40
"""frames for which somebody is believed to go on speaking"""


class EchoGate:
    """Says of each 10 ms whether they hold more than the echo of what is being played.

    The echo is estimated as the loudest sound played within its reach times the coupling: the
    level at which the microphone hears the loudspeaker, learnt from the frames in which the
    assistant speaks. No delay has to be known, and no sound is subtracted: a person who is not
    louder than the echo is not heard.
    """

    def __init__(self) -> None:
        self._played: deque[float] = deque(maxlen=round(_REACH_S / FRAME_S))
        self._counts = np.zeros(_BINS_DB.shape[0])
        self._counts[np.searchsorted(_BINS_DB, _PRIOR_DB)] = _PRIOR
        self._above = 0
        self._open = 0

    @property
    def coupling_db(self) -> float:
        """Level of the echo relative to the loudest sound played shortly before, dB."""
        total = np.cumsum(self._counts)
        return float(_BINS_DB[np.searchsorted(total, _SHARE * total[-1])])

    def feed(self, captured: Samples, played: Samples, floor: float) -> bool:
        """Take one frame of both, each mono; return whether somebody else is heard in it.

        `floor` is the mean square of the room's noise: what is no louder is nobody.
        """
        self._played.append(power(played))
        loudest, level = max(self._played), power(captured)
        echo = loudest * 10 ** (self.coupling_db / 10)
        above = level > max(echo, floor) * 10 ** (_MARGIN_DB / 10)
        self._above = self._above + 1 if above else 0
        self._open = _HOLD if self._above >= _ONSET else max(0, self._open - 1)
        if loudest > _AUDIBLE:
            self._learn(level / loudest, _DOUBTFUL if self._open else 1.0)
        return self._open > 0

    def _learn(self, ratio: float, weight: float) -> None:
        self._counts *= _MEMORY
        ratio_db = 10 * np.log10(max(ratio, 1e-9))
        self._counts[min(np.searchsorted(_BINS_DB, ratio_db), len(_BINS_DB) - 1)] += weight

"""Where the wake word stops and the command begins: the energy valley between them."""

from __future__ import annotations

import re

import numpy as np

from irene.audio.samples import frame_powers
from irene.audio.streams import Track

_FRAME_S = 0.01
_SMOOTH = 5
"""frames (50 ms) that are averaged: longer than a glottal period, shorter than a syllable"""
_VALLEY_RATIO = 4.0
"""a frame within 6 dB of the quietest one belongs to the valley"""


def find_cut(track: Track, earliest_s: float, latest_s: float) -> float:
    """Return the audio time of the first energy valley between two times.

    The first frame within 6 dB of the quietest one is taken: after a wake word that is followed by
    a pause this is the start of the pause, and without a pause the dip between the two words.
    """
    frame = max(1, int(_FRAME_S * track.sample_rate))
    first = max(track.index(max(0.0, earliest_s)), track.history.start)
    powers = frame_powers(track.history.view(first, track.index(latest_s)), frame)
    if powers.shape[0] < _SMOOTH:
        return max(0.0, latest_s)
    smooth = np.convolve(powers, np.ones(_SMOOTH) / _SMOOTH, mode="valid")
    quiet = np.flatnonzero(smooth <= smooth.min() * _VALLEY_RATIO)
    return (first + (int(quiet[0]) + _SMOOTH // 2) * frame) / track.sample_rate


def strip_wake_word(text: str, wake_word: str) -> str:
    """Return the text without what the recogniser made of the wake word's last words.

    `hey jarvis what time is it` and `jarvis what time is it` both become `what time is it`.
    """
    phrase = re.split(r"[\s_]+", wake_word.lower().strip())
    words = text.split()
    heads = [re.sub(r"[^\w']", "", word).lower() for word in words]
    for length in range(len(phrase), 0, -1):
        if heads[:length] == phrase[-length:]:
            return " ".join(words[length:])
    return text

"""Where the wake word stops and the command begins: the energy valley between them."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    a pause this is the start of the pause. Without one it may lie in a dip inside the wake word,
    which `without_wake_word` makes good; a later valley could lie inside the command, and what is
    cut off there is lost.
    """
    frame = max(1, int(_FRAME_S * track.sample_rate))
    first = max(track.index(max(0.0, earliest_s)), track.history.start)
    powers = frame_powers(track.history.view(first, track.index(latest_s)), frame)
    if powers.shape[0] < _SMOOTH:
        return max(0.0, latest_s)
    smooth = np.convolve(powers, np.ones(_SMOOTH) / _SMOOTH, mode="valid")
    quiet = np.flatnonzero(smooth <= smooth.min() * _VALLEY_RATIO)
    return track.time_s(first + (int(quiet[0]) + _SMOOTH // 2) * frame)


def without_wake_word(
    text: str, wake_word: str, word_ends_s: Sequence[float], phrase_end_s: float
) -> list[str]:
    """Return what may have been said after the wake word, the whole text first.

    `hey jarvis what time is it` and `jarvis what time is it` both leave `what time is it`. Words
    that are over before the latest end of the phrase may be the recogniser's idea of its last
    syllables, so each reading without some of them is returned as well, the empty one included.

    Args:
        text: the recognised text.
        wake_word: the phrase, its words separated by underscores.
        word_ends_s: audio time of the end of each recognised word; empty when there are no times.
        phrase_end_s: latest audio time at which the wake word may have ended.
    """
    phrase = re.split(r"[\s_]+", wake_word.lower().strip())
    words = text.split()
    heads = [re.sub(r"[^\w']", "", word).lower() for word in words]
    spoken = next((n for n in range(len(phrase), 0, -1) if heads[:n] == phrase[-n:]), 0)
    if spoken:
        return [" ".join(words[spoken:])]
    timed = len(word_ends_s) == len(words)
    early = sum(end <= phrase_end_s for end in word_ends_s) if timed else 0
    return [text, *(" ".join(words[n:]) for n in range(1, early + 1))]

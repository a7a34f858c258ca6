"""Speech that can be checked: numbers as levels of sound, so that a missing sample is noticed."""

from __future__ import annotations

import numpy as np

from irene.domain.audio import Samples
from irene.testing.scripted import SPEECH_LEVEL, WAKE_LEVEL

N_DIGITS = 6
_RADIX = 8
_LOWEST = 2000
_STEP = 1500
_DIGIT_S = 0.12
COMMAND_S = N_DIGITS * _DIGIT_S
"""length of every command, seconds"""
WAKE_S = 0.1
"""length of the wake word, seconds"""
_EDGE_S = 0.004
"""what a resampler may shorten or lengthen a command by"""
CHARACTER_S = 0.025
"""length of a spoken character, seconds"""


def wake_word(sample_rate: int) -> Samples:
    """Return the wake word."""
    return np.full(round(WAKE_S * sample_rate), WAKE_LEVEL + 5000, np.int16)


def spoken_number(number: int, sample_rate: int) -> Samples:
    """Return a number (below 8^6) as a command: one level of sound per digit."""
    digits = [(number // _RADIX**place) % _RADIX for place in reversed(range(N_DIGITS))]
    levels = np.array([_LOWEST + _STEP * digit for digit in digits], np.int16)
    return np.repeat(levels, round(_DIGIT_S * sample_rate))


def heard_number(audio: Samples, sample_rate: int) -> int | None:
    """Return the number that is spoken in int16 mono audio; None when part of it is missing."""
    loud = np.flatnonzero(audio.astype(np.int32) >= SPEECH_LEVEL)
    if not loud.size:
        return None
    command = audio[loud[0] : loud[-1] + 1].astype(np.float64)
    wanted = COMMAND_S * sample_rate
    if abs(command.shape[0] - wanted) > _EDGE_S * sample_rate:
        return None
    middles = (np.arange(N_DIGITS) + 0.5) * wanted / N_DIGITS
    quarter = round(_DIGIT_S * sample_rate / 4)
    pieces = [command[round(middle) - quarter : round(middle) + quarter] for middle in middles]
    if any(np.ptp(piece) > _STEP / 2 for piece in pieces):
        return None  # something was lost in the middle, and something doubled elsewhere
    number = 0
    for piece in pieces:
        number = number * _RADIX + round((float(np.median(piece)) - _LOWEST) / _STEP)
    return number


def spoken_text(character: str, sample_rate: int) -> Samples:
    """Return the sound of one character."""
    return np.full(round(CHARACTER_S * sample_rate), 200 + 8 * ord(character), np.int16)


def heard_text(audio: Samples, sample_rate: int, n_characters: int) -> str:
    """Return the last characters that are spoken in int16 mono audio; `?` stands for no sound."""
    n = round(CHARACTER_S * sample_rate)
    if audio.shape[0] < n * n_characters:
        return "?" * n_characters
    end = audio[-n * n_characters :].astype(np.float64)
    blocks = [end[start : start + n] for start in range(0, end.shape[0], n)]
    levels = [float(np.median(block[n // 4 : -n // 4])) for block in blocks]
    return "".join(chr(round((level - 200) / 8)) if level > 200 else "?" for level in levels)

"""What is said between one pause and the next: the stretches that are each in one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from irene.domain.audio import Samples

_FRAME_S = 0.02
_PAUSE_S = 0.3
"""pause that ends an utterance; within a sentence there are few that are longer"""
_LEAST_PAUSE_S = 0.08
"""shortest pause that may divide what goes on for too long; stops of consonants are shorter"""
_LONGEST_S = 8.0
"""length from which on an utterance is divided in its longest pause"""
_SPEECH_PERCENTILE = 90.0
"""level of speech: nine of ten frames are not louder"""
_DEPTH = 10 ** (-18 / 10)
"""power below which a frame is a pause, against that of speech: 18 dB down"""
_NOISE_PERCENTILE = 10.0
"""level of the room: one of ten frames is not louder, if anybody pauses"""
_ABOVE_NOISE = 10 ** (4 / 10)
"""power up to which a frame is the room, against its level: its own frames differ by less"""
_LEAST_DEPTH = 10 ** (-12 / 10)
"""power above which a frame is speech, against that of speech, however loud the room is: weak
syllables are no pauses"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From where to where somebody speaks without a pause."""

    start_s: float
    """seconds from the start of the audio"""
    end_s: float
    """seconds from the start of the audio"""

    def samples(self, audio: Samples, sample_rate: int, margin_s: float) -> Samples:
        """Return its samples, shape (n,), with as much as there is of the margin around it."""
        start, end = (
            round((self.start_s - margin_s) * sample_rate),
            round((self.end_s + margin_s) * sample_rate),
        )
        return audio[max(0, start) : end]


def utterances_of(samples: Samples, sample_rate: int) -> list[Stretch]:
    """Return the stretches between pauses, ascending; all of it where nothing pauses, or speaks.

    One that goes on for more than 8 s is divided in its longest pause, as often as it takes, as
    long as it has one.

    Args:
        samples: mono, shape (n,), int16 or float32.
        sample_rate: Hz.
    """
    is_quiet = _quiet_frames(samples, round(_FRAME_S * sample_rate))
    whole = Stretch(0.0, samples.shape[0] / sample_rate)
    if is_quiet.all():
        return [whole] if samples.shape[0] else []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_quiet, [False]]).astype(np.int8)))
    pauses = [Stretch(float(a) * _FRAME_S, float(b) * _FRAME_S) for a, b in edges.reshape(-1, 2)]
    if pauses and pauses[0].start_s <= 0:
        whole = Stretch(pauses.pop(0).end_s, whole.end_s)
    if pauses and pauses[-1].end_s >= is_quiet.size * _FRAME_S - _FRAME_S / 2:
        whole = Stretch(whole.start_s, pauses.pop().start_s)
    return _divided(whole, pauses)


def _quiet_frames(samples: Samples, length: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    n_frames = samples.shape[0] // length
    if not n_frames:
        return np.ones(0, np.bool_)
    frames = samples[: n_frames * length].reshape(n_frames, length).astype(np.float64)
    power = np.square(frames - frames.mean(axis=1, keepdims=True)).mean(axis=1)
    room, speech = np.percentile(power, (_NOISE_PERCENTILE, _SPEECH_PERCENTILE))
    limit = min(speech * _LEAST_DEPTH, max(speech * _DEPTH, room * _ABOVE_NOISE))
    quiet: np.ndarray[tuple[int], np.dtype[np.bool_]] = power <= limit
    return quiet


def _divided(whole: Stretch, pauses: Sequence[Stretch]) -> list[Stretch]:
    """Return what is left of a stretch when its pauses are cut out, the longest first."""
    waiting, found = [(whole, list(pauses))], []
    while waiting:
        part, within = waiting.pop()
        longest = max(within, key=_length, default=None)
        if longest is None or not _divides(longest, part):
            found.append(part)
            continue
        before = [one for one in within if one.end_s <= longest.start_s]
        after = [one for one in within if one.start_s >= longest.end_s]
        waiting.append((Stretch(longest.end_s, part.end_s), after))
        waiting.append((Stretch(part.start_s, longest.start_s), before))
    return found


def _divides(pause: Stretch, part: Stretch) -> bool:
    least = _LEAST_PAUSE_S if _length(part) > _LONGEST_S else _PAUSE_S
    return _length(pause) >= least - 1e-9


def _length(stretch: Stretch) -> float:
    return stretch.end_s - stretch.start_s

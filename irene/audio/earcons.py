"""Earcons: short sounds that say something without words, made from formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irene.domain.audio import Samples

SAMPLE_RATE = 24000
"""Hz of every earcon"""
_ATTACK_S = 0.008
_RELEASE_S = 0.03
_PARTIALS = (1.0, 0.28, 0.09)
"""amplitudes of the fundamental and its overtones: rounder than a bare sine, softer than a bell"""


@dataclass(frozen=True)
class Clip:
    """A short sound."""

    samples: Samples
    """int16 mono, shape (n,)"""
    sample_rate: int
    """Hz"""

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / self.sample_rate


def listening() -> Clip:
    """Two rising notes, E5 and A5: it listens."""
    return _melody(((0.0, 659.3, 0.16), (0.07, 880.0, 0.2)), decay_s=0.06, level=0.16)


def done() -> Clip:
    """One high note, C6: it has understood."""
    return _melody(((0.0, 1046.5, 0.22),), decay_s=0.05, level=0.14)


def error() -> Clip:
    """Two falling low notes, E4 and B3: it has not understood, or something went wrong."""
    return _melody(((0.0, 329.6, 0.2), (0.13, 246.9, 0.28)), decay_s=0.1, level=0.2)


def alarm() -> Clip:
    """Twice two pairs of notes, A5 and D6, like a small clock: something is due."""
    pairs = [start_s + step_s for start_s in (0.0, 0.7) for step_s in (0.0, 0.24)]
    notes = [(start_s, 880.0, 0.22) for start_s in pairs]
    notes += [(start_s + 0.11, 1174.7, 0.26) for start_s in pairs]
    return _melody(tuple(notes), decay_s=0.09, level=0.4)


def _melody(notes: tuple[tuple[float, float, float], ...], decay_s: float, level: float) -> Clip:
    """Add notes up, each given as start (s), pitch (Hz) and length (s); `level` is the peak."""
    length_s = max(start_s + note_s for start_s, _, note_s in notes)
    total = np.zeros(round(length_s * SAMPLE_RATE))
    for start_s, pitch_hz, note_s in notes:
        start, note = round(start_s * SAMPLE_RATE), _note(pitch_hz, note_s, decay_s)
        note = note[: total.size - start]
        total[start : start + note.size] += note
    samples = np.rint(total * (level * 32767 / np.abs(total).max())).astype(np.int16)
    return Clip(samples, SAMPLE_RATE)


def _note(pitch_hz: float, length_s: float, decay_s: float) -> Samples:
    """Return a(t) · e^(-t/decay) · Σ pₖ sin 2πkft; a(t) rises and falls as half a cosine does."""
    time_s = np.arange(round(length_s * SAMPLE_RATE)) / SAMPLE_RATE
    partials = [
        amplitude * np.sin(2 * np.pi * number * pitch_hz * time_s)
        for number, amplitude in enumerate(_PARTIALS, start=1)
    ]
    rising = np.clip(time_s / _ATTACK_S, 0, 1)
    falling = np.clip((length_s - time_s) / _RELEASE_S, 0, 1)
    edges = (0.5 - 0.5 * np.cos(np.pi * rising)) * (0.5 - 0.5 * np.cos(np.pi * falling))
    note: Samples = edges * np.exp(-time_s / decay_s) * np.sum(partials, axis=0)
    return note

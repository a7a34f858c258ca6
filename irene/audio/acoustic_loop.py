"""What a microphone hears of a loudspeaker: delay, level, noise and clipping, from one sweep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from irene.audio.samples import level_db

_LOW_HZ, _HIGH_HZ = 200.0, 6000.0
"""what every loudspeaker and every microphone carries"""
_FADE_S = 0.02
_LEVEL = 0.25
"""of full scale, -12 dB: loud enough to be found, not to be frightened of"""
_FULL = 0.999
"""of full scale: what is as loud was cut off"""
_LIKE = 0.2
"""likeness (coefficient of correlation) to the sweep from which on it is the sweep: noise reaches
0.07, recorded speech 0.12, and the sweep 10 dB below the noise 0.3"""
_LISTEN_S = 0.25
"""the end of what is heard before the sweep is played: the room alone"""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LoopReport:
    """What came of playing a sweep while recording."""

    noise_db: float
    """level of the room before the sweep came, dB of full scale"""
    peak_db: float
    """loudest sample of the recording, dB of full scale"""
    clipped: float
    """share of the samples that are cut off"""
    delay_s: float | None
    """from the moment when the loudspeaker was given the sweep until the microphone heard it, with
    all buffers between; None when it was not heard"""
    echo_db: float | None
    """how loud it was heard, compared with how it was played, dB; None when it was not heard"""


def sweep(sample_rate: int, length_s: float = 0.6) -> Floats:
    """Return a sine that rises evenly through the octaves: float32, shape (n,).

    An exponential sweep is found in a recording whatever the room does to it (Farina, 2000,
    "Simultaneous measurement of impulse response and distortion with a swept-sine technique").
    """
    high = min(_HIGH_HZ, 0.45 * sample_rate)
    times = np.arange(round(length_s * sample_rate)) / sample_rate
    rise = np.log(high / _LOW_HZ)
    phase = 2 * np.pi * _LOW_HZ * length_s / rise * (np.exp(times / length_s * rise) - 1)
    edge = np.clip(np.minimum(times, times[::-1]) / _FADE_S, 0.0, 1.0)
    played: Floats = (_LEVEL * edge * np.sin(phase)).astype(np.float32)
    return played


def examine(recorded: Floats, played: Floats, sample_rate: int, played_at: int) -> LoopReport:
    """Return what a recording tells of the sweep that was played meanwhile.

    Args:
        recorded: shape (n,), full scale is 1.
        played: what the loudspeaker was given, shape (n,).
        sample_rate: of both, Hz.
        played_at: samples that had been recorded when the loudspeaker was given it; fewer than
            there are.
    """
    after = recorded[played_at:]  # what came before, a knock on the table say, is no echo
    correlation = _correlation(after, played)
    at = int(np.argmax(np.abs(correlation)))
    energy, peak = float(played @ played), float(np.abs(correlation[at]))
    around = after[at : at + len(played)]
    is_heard = peak > _LIKE * np.sqrt(energy * float(around @ around))
    before = recorded[: max(1, played_at)]
    return LoopReport(
        # The last of it: microphones click when they are switched on.
        noise_db=level_db(before[-round(_LISTEN_S * sample_rate) :]),
        peak_db=20 * float(np.log10(max(1e-6, float(np.max(np.abs(recorded)))))),
        clipped=float(np.mean(np.abs(recorded) >= _FULL)),
        delay_s=at / sample_rate if is_heard else None,
        echo_db=20 * float(np.log10(peak / energy)) if is_heard else None,
    )


def _correlation(recorded: Floats, played: Floats) -> npt.NDArray[np.float64]:
    """Return how like the played sound is what begins at each sample of the recording."""
    n = len(recorded) + len(played)
    spectrum = np.fft.rfft(recorded, n) * np.conj(np.fft.rfft(played, n))
    found: npt.NDArray[np.float64] = np.fft.irfft(spectrum, n)[: len(recorded)]
    return found

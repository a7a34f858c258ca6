"""Test signals: what no recording has to stand for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.int16]
"""int16 mono, shape (n,)"""


def silence(seconds: float, sample_rate: int = 16000) -> Signal:
    """Return digital silence."""
    return np.zeros(round(seconds * sample_rate), dtype=np.int16)


def tone(
    seconds: float, hz: float = 440.0, level_db: float = -20.0, sample_rate: int = 16000
) -> Signal:
    """Return a sine of this RMS level (dB relative to full scale)."""
    times = np.arange(round(seconds * sample_rate)) / sample_rate
    amplitude = 10 ** (level_db / 20) * np.sqrt(2) * 32767
    return np.asarray(amplitude * np.sin(2 * np.pi * hz * times), dtype=np.int16)


def noise(
    seconds: float, level_db: float = -50.0, sample_rate: int = 16000, seed: int = 0
) -> Signal:
    """Return white Gaussian noise of this RMS level (dB relative to full scale)."""
    samples = np.random.default_rng(seed).standard_normal(round(seconds * sample_rate))
    scaled = samples * 10 ** (level_db / 20) * 32767
    return np.asarray(np.clip(scaled, -32768, 32767), dtype=np.int16)

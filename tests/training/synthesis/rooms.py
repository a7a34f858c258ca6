"""The same speech as other microphones, rooms and mouths would have it."""

from __future__ import annotations

import numpy as np

from synthesis.voices import RATE

_MARGIN = 160
"""samples that a filter may ring on"""


def noise(n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Return noise of a deviation of 1 whose power falls by 0 to 6 dB per octave, or hum."""
    if rng.random() < 0.15:
        base = rng.uniform(45, 260)
        time = np.arange(n_samples) / RATE
        parts = [np.sin(2 * np.pi * base * n * time) * rng.random() for n in range(1, 6)]
        hum = np.sum(parts, axis=0) + rng.standard_normal(n_samples) * 0.02
        return hum / (hum.std() + 1e-9)
    spectrum = np.fft.rfft(rng.standard_normal(_fast_size(n_samples)))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** rng.choice([0.0, 0.5, 1.0])
    spectrum[:2] = 0
    noise = np.fft.irfft(spectrum)[:n_samples]
    return noise / (noise.std() + 1e-9)


def in_noise(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add noise, 4 to 30 dB below the speech."""
    loud = samples[np.abs(samples) > 0.05 * np.abs(samples).max()]
    speech = np.sqrt(np.mean(np.square(loud))) if len(loud) else 1.0
    return samples + noise(len(samples), rng) * speech * 10 ** (-rng.uniform(4, 30) / 20)


def in_room(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add a decaying tail of 80 to 400 ms, half of the times."""
    if rng.random() < 0.5:
        return samples
    length = round(RATE * rng.uniform(0.08, 0.4))
    tail = rng.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    tail *= rng.uniform(0.05, 0.5) / np.sqrt(np.sum(np.square(tail)))
    tail[0] = 1.0
    n_fft = _fast_size(len(samples) + length)
    spectrum = np.fft.rfft(samples, n_fft) * np.fft.rfft(tail, n_fft)
    return np.fft.irfft(spectrum, n_fft)[: len(samples)]


def coloured(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Filter with a smooth random curve of about ±8 dB, as mouths and microphones do."""
    n_fft = _fast_size(len(samples) + _MARGIN)
    n_bins = n_fft // 2 + 1
    points = rng.normal(0.0, 4.0, 9).cumsum() * 0.6
    curve_db = np.interp(np.linspace(0, 8, n_bins), np.arange(9), points - points.mean())
    return np.fft.irfft(np.fft.rfft(samples, n_fft) * 10 ** (curve_db / 20), n_fft)[: len(samples)]


def _fast_size(n_samples: int) -> int:
    """Return a size of Fourier transforms that holds this many samples: few have small factors."""
    return 1 << (n_samples - 1).bit_length()

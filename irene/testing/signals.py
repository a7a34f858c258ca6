"""Test signals: what no recording has to stand for."""

from __future__ import annotations

import wave
from importlib.resources import files

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


def full_scale(seconds: float, hz: float = 440.0, sample_rate: int = 16000) -> Signal:
    """Return a square wave that reaches both ends of int16, as a clipped microphone gives it."""
    phase = np.arange(round(seconds * sample_rate)) * hz / sample_rate
    return np.where(phase % 1.0 < 0.5, 32767, -32768).astype(np.int16)


def speech(name: str = "what_time_is_it", sample_rate: int = 16000) -> Signal:
    """Return a bundled recording of a command: `what_time_is_it` (2.0 s) or `next` (1.9 s).

    Origin and licence are in `irene/testing/recordings/ORIGIN.csv`.
    """
    path = files("irene.testing") / "recordings" / f"{name}.wav"
    with path.open("rb") as stream, wave.open(stream) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        rate = file.getframerate()
    return samples if rate == sample_rate else _at_rate(samples, rate, sample_rate)


def signals(sample_rate: int = 16000, seconds: float = 1.0) -> dict[str, Signal]:
    """Return what every engine that listens has to bear, by name."""
    return {
        "silence": silence(seconds, sample_rate),
        "noise": noise(seconds, -30.0, sample_rate),
        "a tone": tone(seconds, 1000.0, -10.0, sample_rate),
        "clipped sound": full_scale(seconds, 440.0, sample_rate),
        "a constant": np.full(round(seconds * sample_rate), 32767, np.int16),
        "speech": speech(sample_rate=sample_rate)[: round(2 * seconds * sample_rate)],
    }


def _at_rate(samples: Signal, source_rate: int, target_rate: int) -> Signal:
    """Return a recording at another rate: its spectrum is cut off or continued with zeros."""
    n = round(len(samples) * target_rate / source_rate)
    spectrum = np.fft.rfft(samples.astype(np.float64))
    converted = np.fft.irfft(spectrum[: n // 2 + 1], n) * (n / len(samples))
    return np.clip(np.rint(converted), -32768, 32767).astype(np.int16)

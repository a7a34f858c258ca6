"""A synthetic room for echo cancellers, with recorded speech in it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent.parent / "data"
RATE, BLOCK = 16000, 160


def speech(name="speech/pocketsphinx__sense_and_sensibility_01_austen_64kb-0880.wav", seconds=8):
    with wave.open(str(DATA / name)) as clip:
        samples = np.frombuffer(clip.readframes(clip.getnframes()), "<i2")
    repeated = np.tile(samples, 1 + seconds * RATE // len(samples))[: seconds * RATE]
    return repeated / 32768


def room(delay_s=0.1, reverberation_s=0.2, seed=0):
    """An impulse response: a delay, the direct sound, and reflections that decay."""
    n = int(reverberation_s * RATE)
    tail = np.random.default_rng(seed).standard_normal(n) * 10 ** (-3 * np.arange(n) / n) * 0.1
    tail[0] = 1.0
    return np.concatenate((np.zeros(int(delay_s * RATE)), tail)) * 0.3


def int16(samples):
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)


def cancelled(stream, captured, played, rate=RATE):
    """Return what the canceller leaves of the captured sound, int16."""
    block = rate // 100
    captured, played = int16(captured), int16(played)
    whole = len(captured) // block * block
    return np.concatenate(
        [
            stream.process(captured[i : i + block], played[i : i + block])
            for i in range(0, whole, block)
        ]
    )


def removed_db(captured, left, from_s=4.0):
    before, after = int16(captured)[int(from_s * RATE) : len(left)], left[int(from_s * RATE) :]
    power = [np.mean(one.astype(float) ** 2) for one in (before, after)]
    return 10 * np.log10(power[0] / power[1])

"""Whether it pays to convert several streams on threads at the same time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from irene.components.threads import start_daemon
from irene.domain.audio import ResampleQuality, Samples
from irene.providers.resampling import Resampler

LENGTHS_S = (0.02, 0.1, 1.0, 5.0, 30.0)
_ROUNDS = 12
_RATES = 48000, 16000


@dataclass(frozen=True)
class ThreadGain:
    """Two pieces of this length: one after the other, and at the same time."""

    seconds: float
    """length of each piece"""
    serial_us: float
    """both on one thread"""
    parallel_us: float
    """each on its own"""

    @property
    def gain(self) -> float:
        """How many times faster two threads are; below 1 they are slower."""
        return self.serial_us / self.parallel_us


def thread_gains(resampler: Resampler[Any]) -> list[ThreadGain]:
    """Measure a loaded resampler at `LENGTHS_S`; the best of several interleaved rounds counts."""
    return [_gain(resampler, seconds) for seconds in LENGTHS_S]


def _gain(resampler: Resampler[Any], seconds: float) -> ThreadGain:
    generator = np.random.default_rng(0)
    pieces = [
        generator.uniform(-0.5, 0.5, round(seconds * _RATES[0])).astype(np.float32)
        for _ in range(2)
    ]

    def convert(piece: Samples) -> Samples:
        return resampler.convert(piece, *_RATES, ResampleQuality.HQ)

    def serial() -> None:
        for piece in pieces:
            convert(piece)

    def parallel() -> None:
        other = start_daemon("resampling", partial(convert, pieces[1]))
        convert(pieces[0])
        other.result()

    times = [(_us(serial), _us(parallel)) for _ in range(_ROUNDS)]
    return ThreadGain(seconds, min(one for one, _ in times), min(two for _, two in times))


def _us(work: Callable[[], None]) -> float:
    began = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - began) / 1000


def cores() -> int:
    """Return how many cores there are."""
    return os.cpu_count() or 1

"""What a sample rate conversion costs on this machine: the sound it holds back, and its work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from irene.audio.streams import OpenConverter
from irene.domain.audio import ResampleQuality, Samples
from irene.domain.clock import Clock

_BLOCK_S = 0.01
"""audio that is fed at a time"""
_N_BLOCKS = 100
_N_START = 20
"""blocks after which a converter has filled its filter"""
_N_PASSES = 3


@dataclass(frozen=True, slots=True)
class ConversionCost:
    """The price of one running conversion."""

    delay_mean_ms: float
    """sound that is held back, on average over time"""
    delay_most_ms: float
    """most sound that is held back at any time"""
    work_ms_per_s: float
    """processing time for one second of audio, the best of three"""


def held_back_s(
    process: Callable[[Samples], Samples], rates: tuple[int, int], blocks: Iterable[Samples]
) -> list[float]:
    """Return how much sound a new conversion holds back after each block, seconds.

    Args:
        process: takes samples and returns what is ready; it has converted nothing yet.
        rates: Hz of the source and of the target.
        blocks: float32 mono samples.
    """
    held_s, n_in, n_out = [], 0, 0
    for block in blocks:
        n_out += process(block).shape[0]
        n_in += block.shape[0]
        held_s.append(n_in / rates[0] - n_out / rates[1])
    return held_s


def measure_conversion(
    open_converter: OpenConverter,
    rates: tuple[int, int],
    quality: ResampleQuality,
    clock: Clock,
) -> ConversionCost:
    """Convert some seconds of noise, in blocks of 10 ms, and measure.

    Args:
        open_converter: starts the conversion.
        rates: Hz of the source and of the target.
        quality: quality of the conversion.
        clock: what processing time is measured with.
    """
    source_rate, target_rate = rates
    block = round(_BLOCK_S * source_rate)
    noise = np.random.default_rng(0).standard_normal(block * _N_BLOCKS).astype(np.float32) * 0.1
    blocks = noise.reshape(_N_BLOCKS, block)
    held_s: list[float] = []
    fastest_s = float("inf")
    for _ in range(_N_PASSES):
        with closing(open_converter(source_rate, target_rate, quality)) as converter:
            began = clock.monotonic()
            held_s = held_back_s(converter.process, rates, blocks)
            fastest_s = min(fastest_s, clock.monotonic() - began)
    steady = held_s[_N_START:]
    seconds = noise.shape[0] / source_rate
    return ConversionCost(
        delay_mean_ms=1000 * sum(steady) / len(steady),
        delay_most_ms=1000 * max(steady),
        work_ms_per_s=1000 * fastest_s / seconds,
    )

"""What conversions of one kind do to tones, how long they hold sound back, and what they cost."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import repeat
from types import ModuleType
from typing import Any, cast

import numpy as np

from irene.audio.conversion_cost import held_back_s
from irene.domain.audio import ResampleQuality, Samples
from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry
from irene.providers.resampling import Resampler, converted_length

CHUNK_S = 0.02
"""length of a chunk as a microphone gives them"""
_BEST_OF = 7
_STEP_S = 0.001
_WINDOW = 24.0
"""shape of the Kaiser window: what lies 20 lines away is 180 dB down"""

Convert = Callable[[Samples, int, int], Samples]
"""(float32 mono, source rate, target rate) -> float32 mono"""


@dataclass(frozen=True)
class Way:
    """One way to convert."""

    name: str
    convert: Convert
    """converts a whole clip"""
    resampler: Resampler[Any] | None = None
    """what streams; None for a library that converts whole clips only"""
    quality: ResampleQuality = ResampleQuality.HQ


@dataclass(frozen=True)
class Figures:
    """What one way does between two rates."""

    way: str
    pass_db: tuple[float, ...]
    """level of each tone of the pass band, dB of what went in"""
    stop_db: tuple[float, ...]
    """level of what each tone that has no place in the new band, or makes an image, leaves there"""
    held_mean_ms: float | None
    """sound held back by a stream; None where there are no streams"""
    held_most_ms: float | None
    clip_us: float
    """time for 1 s of a clip"""
    chunk_us: float | None
    """time for a chunk of 20 ms of a stream, mean over 10 s"""


@dataclass(frozen=True)
class Pair:
    """Two rates, and the tones that show what happens between them."""

    source: int
    """Hz"""
    target: int
    """Hz"""
    passing: tuple[int, ...]
    """Hz"""
    stopping: tuple[int, ...]
    """Hz: above the new band, or, where the rate rises, tones whose image is looked at"""

    def left_behind(self, tone_hz: int) -> int:
        """Return the frequency at which a tone of `stopping` would be heard."""
        lower = min(self.source, self.target)
        folded = abs(tone_hz - round(tone_hz / lower) * lower)
        return lower - folded if self.target > self.source else folded


PAIRS = (
    Pair(48000, 16000, (3000, 5000, 7000, 7500), (9000, 10000, 15000)),
    Pair(44100, 16000, (3000, 5000, 7000, 7500), (9000, 10000, 15000)),
    Pair(8000, 16000, (1000, 3000, 3500, 3700), (1000, 3000, 3700)),
)


def ways(registry: ComponentRegistry) -> Iterator[Way]:
    """Yield every installed resampler in its qualities, then what a program might use instead."""
    for name in sorted(registry.entries(Kind.RESAMPLING), reverse=True):
        resampler = cast("Resampler[Any]", registry.create(Kind.RESAMPLING, name))
        if not resampler.check().ready:
            continue
        resampler.load()
        for quality in _qualities(resampler):
            label = f"`{name}` {quality.value}" if len(_qualities(resampler)) > 1 else f"`{name}`"
            yield Way(label, _by(resampler, quality), resampler, quality)
    scipy_signal = _optional("scipy.signal")
    if scipy_signal is not None:
        yield Way("`scipy.signal.resample_poly`", _by_resample_poly(scipy_signal))
    yield Way("`numpy.interp`", _by_interp)


def figures(way: Way, pair: Pair) -> Figures:
    """Measure one way between two rates."""
    mean_ms, most_ms = _held_back_ms(way, pair) if way.resampler else (None, None)
    second = _noise(pair.source)
    return Figures(
        way=way.name,
        pass_db=tuple(_through_db(way, pair, tone, tone) for tone in pair.passing),
        stop_db=tuple(
            _through_db(way, pair, tone, pair.left_behind(tone)) for tone in pair.stopping
        ),
        held_mean_ms=mean_ms,
        held_most_ms=most_ms,
        clip_us=_best_us(lambda: way.convert(second, pair.source, pair.target)),
        chunk_us=_chunk_us(way, pair) if way.resampler else None,
    )


def level_db(samples: Samples, rate: int, frequency_hz: float) -> float:
    """Return the level of one frequency in samples, dB of a full-scale sine."""
    window = np.kaiser(len(samples), _WINDOW)
    turns = np.exp(-2j * np.pi * frequency_hz * np.arange(len(samples)) / rate)
    amplitude = 2 * abs(np.sum(samples * window * turns)) / np.sum(window)
    return 20 * float(np.log10(amplitude + 1e-12))


def _through_db(way: Way, pair: Pair, tone_hz: int, heard_hz: int) -> float:
    """Return how loud a full-scale tone is heard where it lies, or where it folds to."""
    times = np.arange(pair.source) / pair.source
    tone = np.sin(2 * np.pi * tone_hz * times).astype(np.float32)
    converted = way.convert(tone, pair.source, pair.target).astype(np.float64)
    edge = len(converted) // 8
    return level_db(converted[edge:-edge], pair.target, heard_hz)


def _held_back_ms(way: Way, pair: Pair) -> tuple[float, float]:
    """Return mean and most of what a stream holds back, looked at after every millisecond."""
    chunk = np.zeros(round(_STEP_S * pair.source), np.float32)
    rates = pair.source, pair.target
    settled = held_back_s(_stream(way, pair).process, rates, repeat(chunk, 1500))[500:]
    return 1000 * float(np.mean(settled)), 1000 * float(np.max(settled))


def _chunk_us(way: Way, pair: Pair) -> float:
    chunk = _noise(round(CHUNK_S * pair.source))
    stream = _stream(way, pair)
    n_chunks = 100

    def run() -> None:
        for _ in range(n_chunks):
            stream.process(chunk)

    return _best_us(run) / n_chunks


def _stream(way: Way, pair: Pair) -> Any:
    if way.resampler is None:
        raise ValueError(f"{way.name} converts whole clips only")
    return way.resampler.open_stream(pair.source, pair.target, 1, way.quality)


def _best_us(work: Callable[[], object]) -> float:
    """Return the shortest of several runs: what it takes when nothing disturbs it."""
    times = []
    for _ in range(_BEST_OF):
        began = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - began)
    return min(times) / 1000


def _noise(n_samples: int) -> Samples:
    return np.random.default_rng(0).uniform(-0.5, 0.5, n_samples).astype(np.float32)


def _qualities(resampler: Resampler[Any]) -> tuple[ResampleQuality, ...]:
    """Return the qualities that differ: a converter may have only one."""
    probe = _noise(2000)
    made = {
        quality: resampler.convert(probe, 48000, 16000, quality).tobytes()
        for quality in ResampleQuality
    }
    return tuple(ResampleQuality) if len(set(made.values())) > 1 else (ResampleQuality.HQ,)


def _by(resampler: Resampler[Any], quality: ResampleQuality) -> Convert:
    return lambda samples, source, target: resampler.convert(samples, source, target, quality)


def _by_resample_poly(scipy_signal: ModuleType) -> Convert:
    def convert(samples: Samples, source: int, target: int) -> Samples:
        ratio = Fraction(target, source)
        converted: Samples = scipy_signal.resample_poly(samples, ratio.numerator, ratio.denominator)
        return converted

    return convert


def _by_interp(samples: Samples, source: int, target: int) -> Samples:
    n_out = converted_length(len(samples), source, target)
    at = np.arange(n_out) * (source / target)
    converted: Samples = np.interp(at, np.arange(len(samples)), samples).astype(np.float32)
    return converted


def _optional(name: str) -> ModuleType | None:
    """Import a library that a user would take instead, if it is installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None

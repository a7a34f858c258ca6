"""What other packages take to bring 5 s from 48 to 16 kHz: whichever are installed where this runs.

Of soxr also what it takes for a stream, block by block. The clips differ from call to call, as new
recordings do.
librosa is not here, because its `resample` calls soxr, in quality HQ.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np

RATE = 48000
TARGET_RATE = 16000
CLIP_S = 5.0
_PACKAGES = ("numpy", "soxr", "scipy", "resampy")


def clips(n_clips: int = 16) -> list[bytes]:
    """Return different clips, int16 mono, 480 kB each."""
    noise = np.random.default_rng(0).standard_normal(round(CLIP_S * RATE)) * 3000
    samples = noise.astype(np.int16)
    return [np.roll(samples, shift).tobytes() for shift in range(n_clips)]


def probes(material: list[bytes] | None = None) -> dict[str, tuple[Callable[[int], object], float]]:
    """Return conversions by name; one loop is `CLIP_S` seconds of audio."""
    given = material or clips()
    return {name: (_over(given, convert), CLIP_S) for name, convert in conversions()}


def blocks_to_soxr(blocks: list[Any]) -> Callable[[int], None]:
    """Return what gives so many blocks of int16 to a stream of soxr in HQ, each as it comes."""
    soxr = importlib.import_module("soxr")
    stream = soxr.ResampleStream(RATE, TARGET_RATE, 1, dtype="int16", quality="HQ")
    turn = itertools.cycle(blocks)

    def run(n_blocks: int) -> None:
        for block in itertools.islice(turn, n_blocks):
            stream.resample_chunk(block)

    return run


def about() -> str:
    """Return versions."""
    return ", ".join(f"{name} {_version(name)}" for name in _PACKAGES if _version(name))


def conversions() -> Iterator[tuple[str, Callable[[Any], object]]]:
    """Yield names, and functions of int16 samples."""
    if find_spec("soxr"):
        soxr = importlib.import_module("soxr")
        for quality in ("LQ", "MQ", "HQ", "VHQ"):
            yield f"soxr.resample, {quality}", _soxr(soxr, quality)
    if find_spec("scipy"):
        signal = importlib.import_module("scipy.signal")
        yield "scipy.signal.resample_poly", lambda clip: signal.resample_poly(_real(clip), 1, 3)
    if find_spec("resampy"):
        resampy = importlib.import_module("resampy")
        for window in ("kaiser_fast", "kaiser_best"):
            yield f"resampy, {window}", _resampy(resampy, window)
    yield "np.interp (no filter)", _interpolated


def _soxr(soxr: Any, quality: str) -> Callable[[Any], object]:
    return lambda clip: soxr.resample(clip, RATE, TARGET_RATE, quality=quality)


def _resampy(resampy: Any, window: str) -> Callable[[Any], object]:
    return lambda clip: resampy.resample(_real(clip), RATE, TARGET_RATE, filter=window)


def _interpolated(clip: Any) -> object:
    n = len(clip) * TARGET_RATE // RATE
    return np.interp(np.arange(n) * (RATE / TARGET_RATE), np.arange(len(clip)), _real(clip))


def _real(clip: Any) -> Any:
    """Return float32: what these packages would turn int16 into is double precision."""
    return clip.astype(np.float32)


def _over(given: list[bytes], convert: Callable[[Any], object]) -> Callable[[int], None]:
    """Return a function that converts so many clips, going on where it was."""
    turn = itertools.cycle(given)

    def run(n_loops: int) -> None:
        for clip in itertools.islice(turn, n_loops):
            convert(np.frombuffer(clip, np.int16))

    return run


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""

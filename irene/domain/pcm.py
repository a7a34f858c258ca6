"""Sample formats as bytes: read into float32 or int16, written out rounded and saturated."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_Read = Callable[[bytes | memoryview], npt.NDArray[Any]]
_Write = Callable[[Floats, float, float], bytes]


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """One way to write samples as little-endian bytes."""

    name: str
    """what `AudioData.format` calls it"""
    width: int
    """bytes of one sample"""
    raw_scale: float
    """full scale of `read_raw`, a power of two"""
    levels: _Read
    """bytes -> the numbers that they are, shape (n,); may be a view of the bytes"""
    write_levels: _Write
    """(float32, its full scale, no less than its largest magnitude) -> bytes; see `write`"""
    middle: float = 0.0
    """number that stands for silence"""

    def read_raw(self, data: bytes | memoryview, out: Floats | None = None) -> Floats:
        """Return bytes as float32 in [-raw_scale, raw_scale), shape (n,), in `out` where given.

        Else it is a view of bytes that are so already.
        """
        levels = self.levels(data)
        if out is None:
            samples: Floats = levels.astype(np.float32, copy=False)
        else:
            samples = out
            samples[...] = levels
        if self.middle:
            samples -= np.float32(self.middle)
        return samples

    def write(self, samples: Floats, scale: float, peak: float = math.inf) -> bytes:
        """Return float32 as bytes: rounded to nearest, and saturated.

        Args:
            samples: of any shape.
            scale: their full scale, a power of two.
            peak: no sample is farther from zero; what cannot be too loud is not looked at again.
        """
        return self.write_levels(samples, scale, peak)

    def read(self, data: bytes) -> Floats:
        """Return bytes as float32 in [-1, 1), shape (n,); a view of bytes that are so already."""
        samples = self.read_raw(data)
        if self.raw_scale != 1.0:
            samples *= np.float32(1 / self.raw_scale)
        return samples


def _integers(name: str, width: int) -> PcmFormat:
    bits, dtype = 8 * width, np.dtype(f"<i{width}")
    # Up to 24 bits, float32 holds every step and both ends exactly; 32 bits need float64.
    return PcmFormat(
        name,
        width,
        2.0 ** (bits - 1),
        lambda data: np.frombuffer(data, dtype),
        lambda samples, scale, peak: _steps(samples, scale, bits, peak).astype(dtype).tobytes(),
    )


def _floats(name: str, width: int) -> PcmFormat:
    dtype = np.dtype(f"<f{width}")

    def levels(data: bytes | memoryview) -> npt.NDArray[Any]:
        values = np.frombuffer(data, dtype)
        if width <= 4:
            return values
        with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, without a warning
            return values.astype(np.float32)

    def write(samples: Floats, scale: float, peak: float) -> bytes:
        level = samples if scale == 1.0 else samples * np.float32(1 / scale)
        return level.astype(dtype, copy=False).tobytes()

    return PcmFormat(
        name,
        width,
        1.0,
        levels,
        write,
    )


def _steps(samples: Floats, scale: float, bits: int, peak: float) -> npt.NDArray[Any]:
    """Return samples as whole numbers of so many bits, still as floats, in a new array."""
    kind = np.float32 if bits <= 24 else np.float64
    high = 2.0 ** (bits - 1)
    if scale == high and samples.dtype == kind:
        steps = np.rint(samples)
    else:
        steps = np.multiply(samples, kind(high / scale), dtype=kind)
        np.rint(steps, out=steps)
    if not peak * (high / scale) <= high - 1:
        np.clip(steps, -high, high - 1, out=steps)
    return steps


def _levels_24(data: bytes | memoryview) -> npt.NDArray[Any]:
    # The three bytes become the upper ones of four, so that the sign needs no care.
    padded = np.zeros((len(data) // 3, 4), np.uint8)
    padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    levels: npt.NDArray[Any] = padded.view("<i4")[:, 0]
    return levels


def _write_24(samples: Floats, scale: float, peak: float) -> bytes:
    steps = _steps(samples, scale, 24, peak).astype("<i4").reshape(-1, 1)
    return steps.view(np.uint8)[:, :3].tobytes()


def _write_8(samples: Floats, scale: float, peak: float) -> bytes:
    steps = _steps(samples, scale, 8, peak)
    steps += 128
    return steps.astype(np.uint8).tobytes()


_FORMATS = (
    PcmFormat("pcm8", 1, 128.0, lambda data: np.frombuffer(data, np.uint8), _write_8, 128.0),
    _integers("pcm16", 2),
    PcmFormat("pcm24", 3, 2.0**31, _levels_24, _write_24),
    _integers("pcm32", 4),
    _floats("float32", 4),
    _floats("float64", 8),
)
FORMATS = {one.name: one for one in _FORMATS}
"""Every format by name. `pcm8` is unsigned, as in WAV files; `pcm24` is packed into three bytes."""


def pcm_format(name: str) -> PcmFormat:
    """Return a format.

    Raises:
        ValueError: there is none of this name.
    """
    if name not in FORMATS:
        raise ValueError(f"audio format {name!r}: use one of {', '.join(FORMATS)}")
    return FORMATS[name]


def check_frames(data: bytes, name: str, channels: int) -> PcmFormat:
    """Return the format of bytes that are a whole number of frames in it.

    Raises:
        ValueError: there is no such format, no channel, a frame is incomplete, or these are no
            bytes.
    """
    pcm = pcm_format(name)
    if not _are_bytes(data):
        raise ValueError(
            f"audio data is {type(data).__name__}: give bytes, such as those of `tobytes()`"
        )
    if channels < 1:
        raise ValueError(f"audio with {channels} channels: there must be at least 1")
    if len(data) % (pcm.width * channels):
        raise ValueError(
            f"{len(data)} bytes are no whole number of {pcm.width * channels}-byte frames "
            f"({name}, {channels} channel(s))"
        )
    return pcm


def _are_bytes(data: object) -> bool:
    """Return whether the length of data is its number of bytes, as that of an array is not."""
    return isinstance(data, (bytes, bytearray)) or (
        isinstance(data, memoryview) and data.itemsize == 1 == data.ndim
    )


def read_frames(data: bytes, name: str, channels: int) -> npt.NDArray[Any]:
    """Return bytes as samples, shape (n,) or (n, channels).

    `pcm16` becomes an int16 view and `float32` a float32 view of the bytes, every other format a
    new float32 array in [-1, 1). float32 holds 24 bits: the lowest 8 of `pcm32` and what `float64`
    has beyond that are rounded away.

    Raises:
        ValueError: as `check_frames`.
    """
    pcm = check_frames(data, name, channels)
    samples = np.frombuffer(data, "<i2") if name == "pcm16" else pcm.read(data)
    return samples if channels == 1 else samples.reshape(-1, channels)

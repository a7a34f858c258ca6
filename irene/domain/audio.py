"""Audio as it travels: formats, stamped chunks, and the value type for the edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from irene.domain.argument_checks import require_type
from irene.domain.pcm import read_frames

Samples = npt.NDArray[Any]
"""int16 in [-32768, 32767] or float32 in [-1, 1]; shape (n,) mono or (n, channels)."""

SampleType = Literal["int16", "float32"]


class ResampleQuality(str, Enum):
    """How much of the band a conversion keeps, from cheapest to best (soxr's names)."""

    LQ = "LQ"
    MQ = "MQ"
    HQ = "HQ"
    VHQ = "VHQ"


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """Sample rate, channel count and sample type of a stream."""

    sample_rate: int
    """Hz"""
    channels: int = 1
    """interleaved channels per frame"""
    dtype: SampleType = "int16"
    """numpy name of the sample type"""

    def __str__(self) -> str:
        layout = {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels} channels")
        return f"{self.sample_rate} Hz {layout} {self.dtype}"


@dataclass(frozen=True, slots=True, eq=False, init=False)
class AudioChunk:
    """Consecutive samples of one stream, stamped with their place in audio time."""

    samples: Samples
    """shape (n,) for mono or (n, channels); int16 or float32"""
    sample_rate: int
    """Hz"""
    start_s: float = 0.0
    """audio time of the first sample, seconds since the start of the input"""

    def __init__(self, samples: Samples, sample_rate: int, start_s: float = 0.0) -> None:
        # Made for every block of a microphone: what a dataclass writes takes three times as long.
        _set_samples(self, samples)
        _set_sample_rate(self, sample_rate)
        _set_start_s(self, start_s)

    @property
    def n_samples(self) -> int:
        """Number of frames (samples per channel)."""
        return int(self.samples.shape[0])

    @property
    def channels(self) -> int:
        """Number of channels."""
        return 1 if self.samples.ndim == 1 else int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.sample_rate

    @property
    def end_s(self) -> float:
        """Audio time just after the last sample, in seconds."""
        end_s: float = self.start_s + self.samples.shape[0] / self.sample_rate
        return end_s

    def pieces(self, longest_s: float) -> Iterable[AudioChunk]:
        """Return the chunk in views of at most `longest_s` seconds, each with its own stamp."""
        step = max(1, int(longest_s * self.sample_rate))
        return (self,) if 0 < self.samples.shape[0] <= step else self._cut(step)

    def between(self, first_s: float, last_s: float) -> AudioChunk:
        """Return a view of the samples from one time to another, seconds after its own start."""
        first, last = (round(time_s * self.sample_rate) for time_s in (first_s, last_s))
        samples = self.samples[max(0, first) : max(0, last)]
        return AudioChunk(
            samples, self.sample_rate, self.start_s + max(0, first) / self.sample_rate
        )

    def _cut(self, step: int) -> Iterator[AudioChunk]:
        for start in range(0, self.n_samples, step):
            samples = self.samples[start : start + step]
            yield AudioChunk(samples, self.sample_rate, self.start_s + start / self.sample_rate)

    @property
    def format(self) -> AudioFormat:
        """Rate, channels and sample type of this chunk."""
        dtype: SampleType = "float32" if self.samples.dtype == np.float32 else "int16"
        return AudioFormat(self.sample_rate, self.channels, dtype)


_set_samples, _set_sample_rate, _set_start_s = (
    vars(AudioChunk)[name].__set__ for name in AudioChunk.__slots__
)


_FORMAT_NAMES = {"<i2": "pcm16", "<f4": "float32"}
"""what the bytes of a chunk's samples are called, by numpy's name of their type"""


@dataclass(slots=True)
class AudioData:
    """Raw audio bytes with their format: the value type of the Python API's edges."""

    data: bytes
    """interleaved little-endian samples"""
    timestamp: float
    """seconds; the caller's clock"""
    sample_rate: int
    """Hz"""
    channels: int = 1
    """interleaved channels per frame"""
    format: str = "pcm16"
    """`pcm8` (unsigned), `pcm16`, `pcm24` (packed), `pcm32`, `float32` or `float64`"""
    metadata: dict[str, Any] = field(default_factory=dict)
    """whatever the caller wants to keep with the audio"""

    def __post_init__(self) -> None:
        if self.metadata.__class__ is not dict:
            require_type("metadata", self.metadata, Mapping, "a dict, maybe an empty one,")

    def to_chunk(self) -> AudioChunk:
        """Return the bytes as a chunk: `pcm16` as a view of them, other formats as float32.

        Raises:
            ValueError: the format is unknown, or the bytes are no whole number of frames.
        """
        samples = read_frames(self.data, self.format, self.channels)
        return AudioChunk(samples, self.sample_rate, self.timestamp)

    @classmethod
    def from_chunk(cls, chunk: AudioChunk, **metadata: Any) -> AudioData:
        """Copy a chunk into bytes.

        Raises:
            ValueError: its samples are neither int16 nor float32.
        """
        name = _FORMAT_NAMES.get(chunk.samples.dtype.str)
        if name is None:
            raise ValueError(f"samples are {chunk.samples.dtype}: int16 or float32 is right")
        return cls(
            chunk.samples.tobytes(),
            chunk.start_s,
            chunk.sample_rate,
            chunk.channels,
            name,
            dict(metadata),
        )


@dataclass(frozen=True, slots=True)
class LostAudio:
    """Samples of an input that nobody will ever hear."""

    n_samples: int
    """per channel"""
    reason: str
    """one line"""

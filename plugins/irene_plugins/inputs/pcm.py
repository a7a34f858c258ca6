"""Raw PCM samples: the encodings that can be read and the stream that reads them in blocks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from irene import AudioFormat, AudioFormatError, ConfigurationError, InputStream, Samples

MIN_RATE_HZ = 4_000
MAX_RATE_HZ = 384_000
"""Sample rates outside of these are taken for damage, not for audio."""


class ByteSource(Protocol):
    """Where bytes come from: a file, or standard input."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; fewer only at the end."""
        ...

    def close(self) -> None:
        """Stop; also wakes a reader that blocks."""
        ...


def unit_floats(samples: Samples) -> Samples:
    """Return float32 in [-1, 1]: NaN becomes silence, everything louder is clipped."""
    floats = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
    return np.clip(floats, -1.0, 1.0)


def _of_32_bits(samples: Samples) -> Samples:
    scaled: Samples = np.divide(samples, 2.0**31, dtype=np.float32)
    return scaled


def _s16le(data: bytes) -> Samples:
    return np.frombuffer(data, "<i2").astype(np.int16)


def _s24le(data: bytes) -> Samples:
    packed = np.zeros((len(data) // 3, 4), np.uint8)
    packed[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return _of_32_bits(packed.view("<i4")[:, 0])


def _s32le(data: bytes) -> Samples:
    return _of_32_bits(np.frombuffer(data, "<i4"))


def _f32le(data: bytes) -> Samples:
    return unit_floats(np.frombuffer(data, "<f4"))


def _u8(data: bytes) -> Samples:
    return np.frombuffer(data, np.uint8).astype(np.float32) / 128 - 1


@dataclass(frozen=True)
class Encoding:
    """How one sample is written down."""

    n_bytes: int
    """bytes per sample"""
    decode: Callable[[bytes], Samples]
    """whole samples to a flat int16 or float32 array"""


ENCODINGS = {
    "s16le": Encoding(2, _s16le),
    "s24le": Encoding(3, _s24le),
    "s32le": Encoding(4, _s32le),
    "f32le": Encoding(4, _f32le),
    "u8": Encoding(1, _u8),
}
"""Every encoding of raw samples, by its name in the configuration."""


@dataclass(frozen=True)
class PcmLayout:
    """Everything that raw bytes do not say about themselves."""

    encoding: str = "s16le"
    """key of `ENCODINGS`"""
    rate: int = 16000
    """Hz"""
    channels: int = 1
    """interleaved channels per frame"""

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return ENCODINGS[self.encoding].n_bytes * self.channels

    @property
    def format(self) -> AudioFormat:
        """Format of the decoded samples."""
        return AudioFormat(
            self.rate, self.channels, "int16" if self.encoding == "s16le" else "float32"
        )

    def check(self, owner: str) -> None:
        """Refuse options that describe no audio.

        Raises:
            ConfigurationError: names the option, what was found and what would be right.
        """
        if self.encoding not in ENCODINGS:
            known = ", ".join(ENCODINGS)
            raise ConfigurationError(f"{owner}: encoding = {self.encoding!r}: use one of {known}")
        if not MIN_RATE_HZ <= self.rate <= MAX_RATE_HZ:
            raise ConfigurationError(
                f"{owner}: rate = {self.rate}: use {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz"
            )
        if self.channels < 1:
            raise ConfigurationError(f"{owner}: raw_channels = {self.channels}: use 1 or more")


class PcmStream(InputStream):
    """Raw samples read block by block; an incomplete end is an error after the good samples."""

    def __init__(
        self,
        source: ByteSource,
        layout: PcmLayout,
        name: str,
        block_ms: int,
        *,
        promised: int = -1,
        n_before: int = 0,
    ) -> None:
        """Read from a source.

        Args:
            source: delivers the bytes of the samples.
            layout: how they are written down.
            name: what errors call the source.
            block_ms: length of a block.
            promised: bytes that there are in all; -1 where nobody knows.
            n_before: how many of them somebody else has read before.
        """
        self._source = source
        self._layout = layout
        self._name = name
        self._shortest = max(1, layout.rate * block_ms // 1000)
        self._block_bytes = self._shortest * layout.frame_bytes
        self._promised = promised
        self._n_read = n_before
        self._n_left_over = 0
        self._closed = threading.Event()
        self._failure: AudioFormatError | None = None

    @property
    def format(self) -> AudioFormat:
        """Rate and channels as described, int16 for `s16le` and float32 for all others."""
        return self._layout.format

    def read(self) -> Samples | None:
        """Return the next block; None at the end.

        Raises:
            AudioFormatError: nothing was there, or the end is missing.
        """
        if self._failure is not None:
            raise self._failure
        data = b"" if self._closed.is_set() else self._source.read(self._wanted_bytes())
        if self._closed.is_set():
            return None
        self._n_read += len(data)
        whole = len(data) - len(data) % self._layout.frame_bytes
        self._n_left_over = len(data) - whole
        self._failure = self._problem(len(data), self._n_left_over)
        if whole:
            return self._decoded(data[:whole])
        if self._failure is not None:
            raise self._failure
        return None

    @property
    def n_delivered(self) -> int:
        """Bytes of the samples that have been returned, and of those that were read before."""
        return self._n_read - self._n_left_over

    def length_s(self) -> float | None:
        """Return what the header promised; None without a header."""
        if self._promised < 0:
            return None
        return self._promised / self._layout.frame_bytes / self._layout.rate

    def prefer_block(self, seconds: float) -> None:
        """Read so much at a time, but no less than `block_ms`."""
        frames = max(self._shortest, round(seconds * self._layout.rate))
        self._block_bytes = frames * self._layout.frame_bytes

    def close(self) -> None:
        """Stop reading and close the source."""
        self._closed.set()
        self._source.close()

    def _wanted_bytes(self) -> int:
        if self._promised < 0:
            return self._block_bytes
        return min(self._block_bytes, self._promised - self._n_read)

    def _decoded(self, data: bytes) -> Samples:
        samples = ENCODINGS[self._layout.encoding].decode(data)
        channels = self._layout.channels
        return samples if channels == 1 else samples.reshape(-1, channels)

    def _problem(self, n_bytes: int, left_over: int) -> AudioFormatError | None:
        """Say what is wrong with the end of the stream, if this was its end."""
        if n_bytes == self._block_bytes or self._n_read == self._promised:
            return None
        if self._n_read == 0:
            return AudioFormatError(f"{self._name}: holds no samples; record or export it again")
        if self._promised > 0:
            return AudioFormatError(
                f"{self._name}: truncated: header promises {self._seconds(self._promised)}, "
                f"{self._seconds(self._n_read)} arrived; copy or record it again"
            )
        return self._odd_length(left_over) if left_over else None

    def _odd_length(self, left_over: int) -> AudioFormatError:
        layout = self._layout
        left = f"{left_over} byte{'s' * (left_over > 1)} left over"
        channels = f"{layout.channels} channel{'s' * (layout.channels > 1)}"
        return AudioFormatError(
            f"{self._name}: {left} after {self._seconds(self._n_read)}: a frame of "
            f"{layout.encoding} with {channels} has {layout.frame_bytes} bytes; "
            "check `encoding` and `raw_channels`, or the audio is truncated"
        )

    def _seconds(self, n_bytes: int) -> str:
        return f"{n_bytes / self._layout.frame_bytes / self._layout.rate:.3f} s"

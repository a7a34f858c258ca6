"""What audio that a program gives has to be, so that no part behind has to doubt it."""

from __future__ import annotations

from functools import lru_cache
from operator import index
from typing import Any, NamedTuple

import numpy as np

from irene.audio.samples import INT16
from irene.config.sections.limits import RATE_HZ
from irene.domain.audio import AudioChunk, AudioData, Samples
from irene.domain.pcm import read_frames
from irene.errors import AudioFormatError

_LOWEST_HZ, _HIGHEST_HZ = RATE_HZ["range"]
_LOUDEST = 1e30
"""magnitude of floats that are no audio: sums of them, or steps of integers, would be infinite"""


class Layout(NamedTuple):
    """How samples lie in bytes."""

    sample_rate: int
    """Hz"""
    channels: int
    format: str
    """a name of `irene.domain.pcm.FORMATS`"""

    @property
    def holds_floats(self) -> bool:
        """Whether a sample may be no number."""
        return self.format.startswith("float")


def layout_of_clip(clip: object) -> Layout:
    """Return the layout of a clip.

    Raises:
        AudioFormatError: it is no `AudioData`, or says something of itself that cannot be.
    """
    if not isinstance(clip, AudioData):
        raise AudioFormatError(
            f"a clip is {type(clip).__name__}: an AudioData, which knows its rate, is right"
        )
    return layout_of(clip.sample_rate, clip.channels, clip.format)


def layout_of(sample_rate: object, channels: object, sample_format: str) -> Layout:
    """Return a layout in Python's own integers, which do not overflow.

    Raises:
        AudioFormatError: the rate is none of audio, or a number is no whole one.
    """
    try:
        return _known_layout(sample_rate, channels, sample_format)
    except TypeError:  # it cannot be looked up, as a number in an array
        return _checked_layout(sample_rate, channels, sample_format)


def _checked_layout(sample_rate: object, channels: object, sample_format: str) -> Layout:
    return Layout(rate_of(sample_rate), _whole("channels", channels), sample_format)


_known_layout = lru_cache(maxsize=256, typed=True)(_checked_layout)
"""clips come in few layouts: looking one up takes a fifth of checking it"""


def rate_of(sample_rate: object) -> int:
    """Return a sample rate, Hz, as one of Python's own integers.

    Raises:
        AudioFormatError: it is none of audio, or no whole number.
    """
    rate = _whole("sample rate", sample_rate)
    if not _LOWEST_HZ <= rate <= _HIGHEST_HZ:
        raise AudioFormatError(f"sample rate {rate} Hz: {_LOWEST_HZ} to {_HIGHEST_HZ} is right")
    return rate


def check_loudness(samples: Samples, channels: int, start: int = 0) -> None:
    """Refuse floats, shape (n,), that a filter would make NaN or infinite.

    Args:
        samples: interleaved.
        channels: samples per frame.
        start: number of the first frame, for the message.

    Raises:
        AudioFormatError: there is one.
    """
    low = np.minimum.reduce(samples, initial=0.0)  # NaN if any sample is
    high = np.maximum.reduce(samples, initial=0.0)
    if low > -_LOUDEST and high < _LOUDEST:
        return
    first = int(np.flatnonzero(~(np.abs(samples) < _LOUDEST))[0])
    raise AudioFormatError(
        f"sample {start + first // channels} of the clip is no number, or far beyond full scale, "
        f"which is 1: {samples[first]:g}"
    )


def check_block(samples: object) -> None:
    """Refuse a block of a live stream that is none.

    Raises:
        AudioFormatError: it is no array of int16 or of floats, shape (n,) or (n, channels).
    """
    if not isinstance(samples, np.ndarray):
        found = type(samples).__name__
    elif samples.dtype != INT16 and samples.dtype.kind != "f":
        found = str(samples.dtype)
    elif samples.ndim not in (1, 2) or 0 in samples.shape[1:]:
        found = f"of shape {samples.shape}"
    else:
        return
    raise AudioFormatError(
        f"samples are {found}: an array of int16 or float32, shape (n,) or (n, channels), is right"
    )


def chunk_of(clip: AudioData) -> AudioChunk:
    """Return a clip as a chunk, `pcm16` and `float32` as a view of its bytes.

    Raises:
        AudioFormatError: it is none, is damaged, or holds a sample that is no number.
    """
    layout = layout_of_clip(clip)
    try:
        samples = read_frames(clip.data, layout.format, layout.channels)
    except ValueError as error:
        raise AudioFormatError(str(error)) from error
    if layout.holds_floats:
        check_loudness(samples.reshape(-1), layout.channels)
    return AudioChunk(samples, layout.sample_rate, clip.timestamp)


def _whole(name: str, value: Any) -> int:
    try:
        return index(value)
    except TypeError:
        raise AudioFormatError(f"{name} {value!r}: a whole number is right") from None

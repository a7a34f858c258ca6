"""One whole clip on its way to another rate, layout and sample format."""

from __future__ import annotations

import math
import os
from functools import partial
from types import TracebackType
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from xxhash import xxh3_128_digest

from irene.audio.mixing import can_mix, mixed
from irene.components.clip_checks import Layout, check_loudness, layout_of, layout_of_clip
from irene.components.threads import start_daemon
from irene.domain.audio import AudioData, ResampleQuality, Samples
from irene.domain.pcm import PcmFormat, check_frames, pcm_format
from irene.errors import AudioFormatError, IreneError, ProviderFailedError
from irene.providers.border import ForeignCode, one_line
from irene.providers.resampling import Resampler, converted_length

_INLINE_VALUES = 5 * 48_000 * 2
"""samples times channels, of the longer side, up to which a thread would cost as much as the
conversion: 5 s of 48 kHz stereo"""
_LONG_VALUES = 2_000_000
"""samples times channels above which a clip is converted piece by piece: in a tenth of the memory,
though below 8 million it takes up to a fifth more time"""


class ClipKey(NamedTuple):
    """Everything that decides what a converted clip is."""

    digest: bytes
    """XXH3-128 of all bytes of the clip"""
    n_bytes: int
    source: Layout
    target: Layout
    quality: ResampleQuality
    resampler: str
    """who converts it, see `Resampler.identity`"""


class ClipConversion(NamedTuple):
    """A clip, and what is to become of it: checked when it is made."""

    data: bytes
    """interleaved little-endian samples"""
    source: Layout
    target: Layout
    quality: ResampleQuality
    source_pcm: PcmFormat
    """how the clip's samples are written"""
    target_pcm: PcmFormat
    """how the converted ones are to be"""
    n_frames: int
    """samples per channel of the clip"""
    n_converted: int
    """samples per channel that it becomes: n * target rate / source rate, halves upwards"""

    @classmethod
    def of(
        cls,
        audio: AudioData,
        target_rate: int,
        quality: ResampleQuality,
        channels: int | None = None,
        sample_format: str | None = None,
    ) -> ClipConversion:
        """Describe the conversion of a clip; None keeps channels or format as they are.

        Raises:
            AudioFormatError: the clip is damaged, or cannot become what is asked for.
        """
        source = layout_of_clip(audio)
        target = layout_of(
            target_rate,
            source.channels if channels is None else channels,
            sample_format or source.format,
        )
        try:
            target_pcm = pcm_format(target.format)
            source_pcm = check_frames(audio.data, source.format, source.channels)
        except ValueError as error:
            raise AudioFormatError(str(error)) from error
        if not can_mix(source.channels, target.channels):
            raise AudioFormatError(
                f"{source.channels} channels cannot become {target.channels}: audio is mixed to "
                "mono, or mono is repeated"
            )
        data = bytes(audio.data)  # a copy of what could change until a thread has converted it
        n_frames = len(data) // (source_pcm.width * source.channels)
        n_converted = converted_length(n_frames, source.sample_rate, target.sample_rate)
        return cls(data, source, target, quality, source_pcm, target_pcm, n_frames, n_converted)

    @property
    def keeps_rate(self) -> bool:
        """Whether no resampler is needed."""
        return self.source.sample_rate == self.target.sample_rate

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.n_frames / self.source.sample_rate

    @property
    def n_values(self) -> int:
        """Samples of all its channels."""
        return self.n_frames * self.source.channels

    @property
    def is_short(self) -> bool:
        """Whether it takes so little time that a thread would not pay."""
        return max(self.n_frames, self.n_converted) * self.source.channels <= _INLINE_VALUES

    @property
    def channels(self) -> int:
        """Channels that are converted."""
        return min(self.source.channels, self.target.channels)

    @property
    def is_long(self) -> bool:
        """Whether its samples, as floats, would take too much memory at once."""
        return max(self.n_frames, self.n_converted) * self.source.channels > _LONG_VALUES

    def key(self, resampler: Resampler[Any]) -> ClipKey:
        """Return the cache key of what a loaded resampler makes of the clip."""
        return ClipKey(
            xxh3_128_digest(self.data),
            len(self.data),
            self.source,
            self.target,
            self.quality,
            resampler.identity,
        )

    def by(
        self, resampler: Resampler[Any], parallel: bool = False, scratch: Samples | None = None
    ) -> bytes:
        """Return the clip as a loaded resampler converts it; blocks.

        With `parallel`, the channels of a long clip are converted side by side. `scratch` is
        `n_values` of float32 to work in; new unless given.

        Raises:
            AudioFormatError: the clip holds a sample that is no number.
            ProviderFailedError: the resampler raised, or returned something else than it must.
        """
        samples = self.read(self.data, resampler.linear, scratch=(scratch, None))
        with RESAMPLING_WORK:
            converted = self._convert(resampler, samples, parallel)
            peak = peak_of(converted, self.n_converted, self.channels, resampler.name)
        return self.write(converted, self.scale(resampler.linear), peak)

    def without_resampler(self) -> bytes:
        """Return the clip in its new layout when the rate stays as it is.

        Raises:
            AudioFormatError: the clip holds a sample that is no number.
        """
        if self.source == self.target:
            if self.source.holds_floats:
                self.read(self.data, raw=True)  # it takes no sample that is no number
            return self.data
        return self.write(self.read(self.data, raw=True), self.scale(raw=True))

    def scale(self, raw: bool) -> float:
        """Return the full scale of what `read` returns."""
        return self.source_pcm.raw_scale if raw else 1.0

    def read(
        self,
        data: bytes | memoryview,
        raw: bool,
        start: int = 0,
        scratch: tuple[Samples | None, Samples | None] = (None, None),
    ) -> Samples:
        """Return bytes of the clip as float32, mixed down already: fewer channels are less work.

        Args:
            data: whole frames.
            raw: in the range of the clip's format, see `scale`, or else in [-1, 1).
            start: number of the first frame.
            scratch: float32 to put the samples into, and their mean; new unless given.

        Raises:
            AudioFormatError: there is a sample that is no number.
        """
        pcm = self.source_pcm
        samples = pcm.read_raw(data, scratch[0])
        if not raw and pcm.raw_scale != 1.0:
            samples *= np.float32(1 / pcm.raw_scale)
        if self.source.holds_floats:
            check_loudness(samples, self.source.channels, start)
        if self.source.channels == 1:
            return samples
        return mixed(samples.reshape(-1, self.source.channels), self.channels, scratch[1])

    def write(self, samples: Samples, scale: float, peak: float = math.inf) -> bytes:
        """Return samples of that full scale, and no larger than `peak`, in the layout asked for."""
        if self.target.channels > 1:
            samples = mixed(samples, self.target.channels)
        return self.target_pcm.write(samples, scale, peak)

    def _convert(self, resampler: Resampler[Any], samples: Samples, parallel: bool) -> Samples:
        rates = self.source.sample_rate, self.target.sample_rate
        if not parallel or samples.ndim == 1 or self.is_short:
            return resampler.convert(samples, *rates, self.quality)

        def convert(part: Samples) -> Samples:
            return resampler.convert(part, *rates, self.quality)

        n_parts = min(samples.shape[1], os.cpu_count() or 1)
        parts = [np.ascontiguousarray(one) for one in np.array_split(samples, n_parts, axis=1)]
        others = [start_daemon("resampling", partial(convert, part)) for part in parts[1:]]
        return np.concatenate([convert(parts[0]), *(other.result() for other in others)], axis=1)


class _ResamplingWork(ForeignCode):
    """A `with` block around a resampler: whatever it raises leaves as a `ProviderFailedError`."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Literal[False]:
        if error is None:
            return False
        if isinstance(error, IreneError) and not isinstance(error, ProviderFailedError):
            raise ProviderFailedError(one_line(error)) from error
        return super().__exit__(kind, error, trace)


RESAMPLING_WORK: Final = _ResamplingWork()
"""to be used any number of times, from any thread: it remembers nothing"""


def peak_of(converted: Samples, n_frames: int, channels: int, name: str) -> float:
    """Return the largest magnitude; refuse what would be passed on as audio and is none.

    Raises:
        ProviderFailedError: it is not float32 of that shape, or not all numbers.
    """
    shape = (n_frames,) if channels == 1 else (n_frames, channels)
    if converted.dtype != np.float32 or converted.shape != shape:
        raise ProviderFailedError(
            f"{name} made {converted.dtype} of shape {converted.shape}; float32 of shape {shape} "
            "is right"
        )
    if not converted.size:
        return 0.0
    # NaN if any sample is; without the methods, which take longer to get here than a short clip.
    low = float(np.minimum.reduce(converted, axis=None))
    high = float(np.maximum.reduce(converted, axis=None))
    if not (low > -math.inf and high < math.inf):
        raise ProviderFailedError(f"{name} made samples that are no numbers, or infinite")
    return max(-low, high)

"""Converting clips from a program, under the names that the tuning guide uses."""

from __future__ import annotations

import math
import threading
from collections.abc import AsyncIterable, Iterable
from dataclasses import asdict
from enum import Enum
from typing import Any, ClassVar

from irene.audio.quality import QUALITIES, USES, QualityChoice, Use
from irene.components.clip_checks import layout_of_clip, rate_of
from irene.components.resampling.chunked_clips import cut_alike, joined
from irene.components.resampling.clip_conversion import ClipConversion
from irene.components.resampling.component import Converted, ResamplingComponent
from irene.components.threads import in_thread
from irene.domain.audio import AudioData
from irene.errors import ConfigurationError

_MB = 1e6


class ConversionMethod(str, Enum):
    """The documented methods; `quality` is the name in the configuration that each stands for."""

    LINEAR = "linear"
    """`fast`: the least work and delay. No straight lines between samples, in spite of its name:
    those fold what lies above the new band back into it, and take more work on a stream. Whoever
    wants them takes the provider, `resampling.default_provider = "linear"`"""
    POLYPHASE = "polyphase"
    """`medium`"""
    SINC_KAISER = "sinc_kaiser"
    """`high`: all of the band; the default"""
    ADAPTIVE = "adaptive"
    """by what the audio is for, the ratio of the rates and how busy the machine is"""

    @property
    def quality(self) -> str:
        """Name in the configuration."""
        return _QUALITY_OF[self]


_QUALITY_OF = {
    ConversionMethod.LINEAR: "fast",
    ConversionMethod.POLYPHASE: "medium",
    ConversionMethod.SINC_KAISER: "high",
    ConversionMethod.ADAPTIVE: "adaptive",
}
_QUALITY_BY_NAME = {
    **{method.value: quality for method, quality in _QUALITY_OF.items()},
    **{name: name for name in QUALITIES},
}


class _Limits(type):
    """Makes `AudioProcessor._max_cache_size` a name that can be read and assigned."""

    @property
    def _max_cache_size(cls) -> int:
        return AudioProcessor.component().stats().max_entries

    @_max_cache_size.setter
    def _max_cache_size(cls, entries: float) -> None:
        AudioProcessor.set_cache_limits(max_entries=entries)


class AudioProcessor(metaclass=_Limits):
    """Converts clips with the default profile's resamplers; what it converted once, it keeps.

    Thin functions over one `ResamplingComponent` of this class, made when it is first needed.
    Assistants have their own, with their own cache. Every function may be called from any thread.

    `_max_cache_size` is the number of clips that are kept; assigning takes effect at once.
    """

    _component: ClassVar[ResamplingComponent | None] = None
    _making: ClassVar[threading.Lock] = threading.Lock()

    @staticmethod
    def component() -> ResamplingComponent:
        """Return what converts; blocks for a moment the first time."""
        with AudioProcessor._making:
            if AudioProcessor._component is None:
                from irene.components.assembly import Assembly  # it builds on this package

                AudioProcessor._component = Assembly.default().resampling
            return AudioProcessor._component

    @staticmethod
    async def resample_audio_data(
        audio_data: AudioData,
        target_rate: int,
        method: ConversionMethod | str = ConversionMethod.SINC_KAISER,
        *,
        channels: int | None = None,
        use: Use = "clip",
    ) -> AudioData:
        """Return a clip at another rate, in the sample format that it has.

        n samples become floor(n * target rate / source rate + 1/2), and none is shifted in time.
        What lies beyond full scale saturates. What 5 s of 48 kHz stereo hold or less is converted
        on the spot, more of it on a thread.

        The result's `metadata` is the clip's, and says under `original_sample_rate`,
        `target_sample_rate`, `conversion_method`, `quality`, `quality_reason`, `provider` and
        `cache_hit` what was done. Without a conversion, `quality` is None and `provider` empty.

        Args:
            audio_data: the clip; it is left as it is.
            target_rate: Hz.
            method: a `ConversionMethod`, or a name that `resample_quality` takes.
            channels: 1 mixes all to mono, more repeat mono; None keeps the clip's.
            use: what `ConversionMethod.ADAPTIVE` goes by.

        Raises:
            AudioFormatError: the clip is damaged, or cannot become what is asked for.
            ConfigurationError: there is no such method.
            ProviderUnavailableError: no resampler can be loaded.
            ProviderFailedError: every resampler has failed.
        """
        return await AudioFormatConverter.convert_audio_data(
            audio_data, target_rate, channels, None, method, use=use
        )

    @staticmethod
    def get_cache_stats() -> dict[str, Any]:
        """Return figures: of clips under the documented names, then limits, then live streams.

        `hit_rate` (0 to 1), `cache_hits`, `cache_misses`, `cache_size` (clips that are kept),
        `cache_bytes`, `max_cache_size`, `max_cache_bytes`, and `live` with `streams`, `open`,
        `conversions` and `served`. A request that waited for another one's conversion is a hit.
        """
        stats = AudioProcessor.component().stats()
        return {
            "hit_rate": stats.clip.hit_rate,
            "cache_hits": stats.clip.hits,
            "cache_misses": stats.clip.misses,
            "cache_size": stats.clip.entries,
            "cache_bytes": stats.clip.bytes,
            "max_cache_size": stats.max_entries,
            "max_cache_bytes": stats.max_bytes,
            "live": asdict(stats.live),
        }

    @staticmethod
    def clear_cache() -> None:
        """Forget every converted clip; the counters go on."""
        AudioProcessor.component().clear()

    @staticmethod
    def set_cache_limits(max_entries: float | None = None, max_mb: float | None = None) -> None:
        """Change at once how many clips, and how much of them, are kept; None leaves a limit.

        Raises:
            ConfigurationError: a limit is below 0, or no number.
        """
        if not all(map(_is_limit, (max_entries or 0, max_mb or 0))):
            raise ConfigurationError(
                f"limits of the cache of clips: {max_entries} clips, {max_mb} MB; numbers from 0 "
                "(keeps nothing) are right"
            )
        component = AudioProcessor.component()
        stats = component.stats()
        component.set_limits(
            stats.max_entries if max_entries is None else int(max_entries),
            stats.max_bytes if max_mb is None else int(max_mb * _MB),
        )


class AudioFormatConverter:
    """Converts rate, channels and sample format, of clips and of streams in chunks.

    It shares the resamplers and the cache of `AudioProcessor`.
    """

    @staticmethod
    async def convert_audio_data(
        audio_data: AudioData,
        target_rate: int,
        target_channels: int | None = None,
        target_format: str | None = None,
        method: ConversionMethod | str = ConversionMethod.SINC_KAISER,
        *,
        use: Use = "clip",
        parallel_processing: bool = True,
    ) -> AudioData:
        """Return a clip in another rate, layout and sample format; see `AudioProcessor`.

        Args:
            audio_data: the clip; it is left as it is.
            target_rate: Hz.
            target_channels: 1 mixes all to mono, more repeat mono; None keeps the clip's.
            target_format: `pcm8`, `pcm16`, `pcm24`, `pcm32`, `float32`, `float64`; None keeps it.
            method: a `ConversionMethod`, or a name that `resample_quality` takes.
            use: what `ConversionMethod.ADAPTIVE` goes by.
            parallel_processing: whether long clips may take several cores.

        Raises:
            AudioFormatError: the clip is damaged, or cannot become what is asked for.
            ConfigurationError: there is no such method.
            ProviderUnavailableError: no resampler can be loaded.
            ProviderFailedError: every resampler has failed.
        """
        component = AudioProcessor._component
        if component is None:
            component = await in_thread("load", AudioProcessor.component)
        name = method.value if isinstance(method, ConversionMethod) else method
        source_rate = layout_of_clip(audio_data).sample_rate
        choice = _choose(component, name, source_rate, target_rate, use)
        clip = ClipConversion.of(
            audio_data, target_rate, choice.quality, target_channels, target_format
        )
        converted = await component.convert_async(clip, parallel_processing)
        rate, channels, sample_format = clip.target
        metadata = audio_data.metadata | _described(clip, name, choice, converted)
        return AudioData(
            converted.data, audio_data.timestamp, rate, channels, sample_format, metadata
        )

    @staticmethod
    async def convert_audio_data_streaming(
        audio_chunks: Iterable[AudioData] | AsyncIterable[AudioData],
        target_rate: int,
        parallel_processing: bool = True,
        method: ConversionMethod | str = ConversionMethod.SINC_KAISER,
        *,
        target_channels: int | None = None,
        target_format: str | None = None,
        use: Use = "clip",
    ) -> list[AudioData]:
        """Return consecutive chunks of one stream, converted: chunk for chunk the same time spans.

        Joined, they are bit for bit what the joined input becomes in one piece, so there is no
        click between them. All of the stream is in memory at once; what comes in live is converted
        by an `Assistant`, chunk by chunk.

        Args:
            audio_chunks: chunks of one layout, in order; they may come asynchronously.
            target_rate: Hz.
            parallel_processing: whether a stream that is long goes on threads of its own, channels
                apart, so that several streams at once take several cores; if not, long ones wait
                for each other. Short ones are converted on the spot either way.
            method: a `ConversionMethod`, or a name that `resample_quality` takes.
            target_channels: 1 mixes all to mono, more repeat mono; None keeps the chunks'.
            target_format: `pcm8`, `pcm16`, `pcm24`, `pcm32`, `float32`, `float64`; None keeps it.
            use: what `ConversionMethod.ADAPTIVE` goes by.

        Raises:
            AudioFormatError: a chunk is damaged or has another layout than the first, or they
                cannot become what is asked for.
            ConfigurationError: there is no such method.
            ProviderUnavailableError: no resampler can be loaded.
            ProviderFailedError: every resampler has failed.
        """
        chunks = await _collected(audio_chunks)
        if not chunks:
            return []
        whole = await AudioFormatConverter.convert_audio_data(
            joined(chunks),
            target_rate,
            target_channels,
            target_format,
            method,
            use=use,
            parallel_processing=parallel_processing,
        )
        return cut_alike(whole, chunks)


def _is_limit(value: Any) -> bool:
    try:
        return bool(0 <= value < math.inf)
    except TypeError:
        return False


async def _collected(chunks: Iterable[AudioData] | AsyncIterable[AudioData]) -> list[AudioData]:
    if isinstance(chunks, AsyncIterable):
        return [chunk async for chunk in chunks]
    return list(chunks)


def _choose(
    component: ResamplingComponent, name: str, source_rate: int, target_rate: int, use: Use
) -> QualityChoice:
    if use not in USES:
        raise ConfigurationError(f"use {use!r} of converted audio: use one of {', '.join(USES)}")
    if not isinstance(name, str) or name not in _QUALITY_BY_NAME:
        known = ", ".join(_QUALITY_BY_NAME)
        raise ConfigurationError(f"conversion method {name!r}: use one of {known}")
    quality = _QUALITY_BY_NAME[name]
    if quality == "adaptive":  # goes by the rates, one of which nobody has checked yet
        target_rate = rate_of(target_rate)
    return component.choose(quality, source_rate, target_rate, use)


def _described(
    clip: ClipConversion,
    name: str,
    choice: QualityChoice,
    converted: Converted,
) -> dict[str, Any]:
    is_same = clip.keeps_rate
    return {
        "original_sample_rate": clip.source.sample_rate,
        "target_sample_rate": clip.target.sample_rate,
        "conversion_method": name,
        "quality": None if is_same else choice.quality.value,
        "quality_reason": "the rate stays as it is" if is_same else choice.reason,
        "provider": converted.provider,
        "cache_hit": converted.is_cached,
    }

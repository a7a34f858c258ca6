"""Sample rate conversion with libsoxr: steep filters at microseconds per chunk."""

from __future__ import annotations

import importlib.util
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from irene import (
    READY,
    Availability,
    Licence,
    NoOptions,
    ProviderFailedError,
    ResampleQuality,
    Resampler,
    ResampleStream,
    Samples,
    converted_length,
    hookimpl,
)
from irene_plugins.resampling.bursts import Bursts, find_bursts

_BLOCK_VALUES = 240_000
"""samples times channels of a clip that an engine is given at once: what comes of more than one
block has to be copied together"""
_MOST_IDLE = 8
"""kinds of conversion for which an engine is kept: one takes as long to make as it takes for half a
second of audio"""


class SoxrStream(ResampleStream):
    """One conversion by libsoxr in float32: no chunking changes a bit of the joined result.

    soxr computes in blocks, so output comes in bursts. Sound held back in milliseconds, mean and
    maximum, measured with soxr 1.1.0 (samples keep their place in time throughout):

    ================  =======  =======  =======  =======
    rates             LQ       MQ       HQ       VHQ
    ================  =======  =======  =======  =======
    48 to 16 kHz      11, 20   21, 38   21, 37   43, 77
    44.1 to 16 kHz    12, 22   24, 41   23, 40   46, 84
    96 to 16 kHz      11, 20   22, 38   43, 79   43, 77
    8 to 16 kHz       32, 61   64, 118  64, 116  64, 111
    ================  =======  =======  =======  =======
    """

    def __init__(
        self, engine: Any, channels: int, source_rate: int, target_rate: int, bursts: Bursts
    ) -> None:
        self._convert = converting(engine)
        self._distance = bursts.distance
        self.wanted = bursts.first
        self.distance = bursts.distance if bursts.distance > 1 else 0
        self._rates = source_rate, target_rate
        self._n_in = self._n_out = 0
        self._is_mono = channels == 1
        self._nothing = np.empty((0, channels), np.float32)

    def process(self, samples: Samples) -> Samples:
        """Take float32 samples, shape (n,) or (n, channels); return what is ready, maybe none."""
        converted: Samples
        if self._is_mono:
            converted = self._convert(samples[:, None], False).ravel()
        else:
            converted = self._convert(samples, False)
        n_samples = len(samples)
        self._n_in += n_samples
        self._n_out += len(converted)
        until = self.wanted - n_samples
        self.wanted = until if until > 0 else self._distance - -until % self._distance
        return converted

    def flush(self) -> Samples:
        """Return what was held back: n samples have become floor(n * target / source + 1/2)."""
        converted: Samples = self._convert(self._nothing, True)
        if self._is_mono:
            converted = converted[:, 0]
        return _completed(converted, converted_length(self._n_in, *self._rates) - self._n_out)


def converting(engine: Any) -> Callable[[Samples, bool], Samples]:
    """Return what converts float32 of shape (n, channels); the flag ends the stream.

    That is what the binding's public method calls after checks that take half a microsecond, for
    each chunk; the method itself where a version of the binding has nothing of this name.
    """
    direct: Callable[[Samples, bool], Samples] = getattr(engine, "_process", engine.resample_chunk)
    return direct


class SoxrResampler(Resampler[NoOptions]):
    """libsoxr through its Python binding; the qualities are soxr's own of the same names.

    From 48 to 16 kHz every quality keeps a 10 kHz tone below -100 dB. LQ pays with 13 dB at
    7 kHz; MQ and better are flat to 7.5 kHz.
    """

    name = "soxr"
    summary = "band-limited conversion by libsoxr, in four qualities"
    licence = Licence("LGPL-2.1-or-later")
    linear = True

    _soxr: ModuleType | None = None

    def __init__(self, options: NoOptions | None = None) -> None:
        super().__init__(options)
        self._bursts: dict[tuple[int, int, ResampleQuality], Bursts] = {}
        self._idle: dict[tuple[int, int, int, ResampleQuality], Any] = {}
        # Also at the very end: the binding complains of engines that outlive the interpreter.
        weakref.finalize(self, self._idle.clear)

    @property
    def version(self) -> str:
        """Versions of the binding and of libsoxr."""
        soxr = self._engine()
        return f"{soxr.__version__}/{soxr.__libsoxr_version__}"

    def _check(self) -> Availability:
        if importlib.util.find_spec("soxr") is not None:
            return READY
        return Availability(False, "package 'soxr' is not installed", "pip install soxr")

    def _load(self) -> None:
        import soxr

        self._soxr = soxr

    def _close(self) -> None:
        self._soxr = None
        self._idle.clear()

    def open_stream(
        self, source_rate: int, target_rate: int, channels: int, quality: ResampleQuality
    ) -> ResampleStream:
        """Start converting one stream; rates in Hz.

        Raises:
            ProviderFailedError: not loaded, or soxr refuses the rates or the channel count.
        """
        engine = self._new_engine(source_rate, target_rate, channels, quality)
        bursts = self._bursts_of(source_rate, target_rate, quality)
        return SoxrStream(engine, channels, source_rate, target_rate, bursts)

    def convert(
        self, samples: Samples, source_rate: int, target_rate: int, quality: ResampleQuality
    ) -> Samples:
        """Convert a clip in an engine that is used again: the stream's samples in 0.8 of its time.

        Raises:
            ProviderFailedError: not loaded, or soxr refuses the rates or the channel count.
        """
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        kind = source_rate, target_rate, channels, quality
        idle = self._idle
        engine = idle.pop(kind, None) or self._new_engine(*kind)
        n_converted = converted_length(len(samples), source_rate, target_rate)
        converted = _whole(engine, samples, n_converted)
        engine.clear()
        if len(idle) >= _MOST_IDLE:
            idle.clear()
        idle[kind] = engine
        return converted

    def _new_engine(
        self, source_rate: int, target_rate: int, channels: int, quality: ResampleQuality
    ) -> Any:
        soxr = self._engine()
        try:
            return soxr.ResampleStream(
                source_rate, target_rate, channels, dtype="float32", quality=quality.value
            )
        except (ValueError, RuntimeError) as error:
            raise _refusal(channels, source_rate, target_rate, error) from error

    def _bursts_of(self, source_rate: int, target_rate: int, quality: ResampleQuality) -> Bursts:
        """Return when streams of this kind give output; takes milliseconds, once."""
        key = source_rate, target_rate, quality
        if key not in self._bursts:
            engine = self._new_engine(source_rate, target_rate, 1, quality)

            def made_of(n_samples: int) -> int:
                engine.clear()
                return len(engine.resample_chunk(np.zeros(n_samples, np.float32)))

            self._bursts[key] = find_bursts(made_of)
        return self._bursts[key]

    def _engine(self) -> ModuleType:
        if self._soxr is None:
            raise ProviderFailedError("resampling provider 'soxr' is not loaded: call load() first")
        return self._soxr


def _whole(engine: Any, samples: Samples, n_converted: int) -> Samples:
    """Return a clip as a fresh engine converts it: so many samples per channel."""
    convert, frames = converting(engine), samples if samples.ndim == 2 else samples[:, None]
    n_frames, channels = frames.shape
    length = max(1, _BLOCK_VALUES // channels)
    if n_frames <= length:
        converted = convert(frames, True)
    else:
        starts = range(0, n_frames, length)
        ready = [convert(frames[k : k + length], k + length >= n_frames) for k in starts]
        converted = np.concatenate(ready)
    return _completed(converted, n_converted).reshape(n_converted, *samples.shape[1:])


def _completed(converted: Samples, n_right: int) -> Samples:
    """Return so many samples: soxr rounds an exact half sometimes up and sometimes down."""
    if n_right - len(converted) != 1:
        return converted
    return np.concatenate((converted, np.zeros_like(converted, shape=(1, *converted.shape[1:]))))


def _refusal(
    channels: int, source_rate: int, target_rate: int, error: Exception
) -> ProviderFailedError:
    return ProviderFailedError(
        f"soxr cannot convert {channels} channel(s) from {source_rate} to {target_rate} Hz: {error}"
    )


@hookimpl
def irene_resamplers() -> list[type[SoxrResampler]]:
    """Offer soxr."""
    return [SoxrResampler]

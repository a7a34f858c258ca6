"""Resamplers that count, wait and fail, and clips, for the tests of conversions."""

import threading

import numpy as np

from irene import AudioData, ProviderFailedError, Resampler, ResampleStream
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.resampling.clip_conversion import ClipConversion
from irene.components.resampling.component import ResamplingComponent
from irene.config.sections import ResamplingSection
from irene.domain.audio import ResampleQuality
from irene.domain.kinds import Kind
from irene_plugins.resampling.soxr import SoxrResampler


class Counting(SoxrResampler):
    """soxr that counts its clips, and begins with one when it is let."""

    name = "counting"

    def __init__(self, options=None):
        super().__init__(options)
        self.clips = 0
        self.may_begin = threading.Event()
        self.may_begin.set()

    def convert(self, samples, source_rate, target_rate, quality):
        """Wait, count, convert."""
        self.clips += 1
        assert self.may_begin.wait(5)
        return super().convert(samples, source_rate, target_rate, quality)


class Broken(Resampler):
    """Raises after so many chunks, and for every clip."""

    name = "broken"

    def __init__(self, options=None, after=0):
        super().__init__(options)
        self.after = after
        self.may_fail = threading.Event()
        self.may_fail.set()

    def open_stream(self, source_rate, target_rate, channels, quality):
        """Work for a while."""
        soxr = SoxrResampler()
        soxr.load()
        inner = soxr.open_stream(source_rate, target_rate, channels, quality)
        return _BrokenStream(inner, self.after)

    def convert(self, samples, source_rate, target_rate, quality):
        """Fail as foreign code does, when it is let."""
        assert self.may_fail.wait(5)
        raise RuntimeError("out of order")


class _BrokenStream(ResampleStream):
    def __init__(self, inner, after):
        self._inner = inner
        self._left = after

    def process(self, samples):
        self._left -= 1
        if self._left < 0:
            raise RuntimeError("out of order")
        return self._inner.process(samples)

    def flush(self):
        raise ProviderFailedError("out of order at the end")


class Careless(SoxrResampler):
    """Returns something else than it must."""

    name = "careless"

    def __init__(self, spoil):
        super().__init__()
        self.spoil = spoil

    def convert(self, samples, source_rate, target_rate, quality):
        """Spoil what soxr made."""
        return self.spoil(super().convert(samples, source_rate, target_rate, quality))


def component(*resamplers, events=None, **settings):
    """Return a component of these resamplers (soxr without any); `events` takes what it reports."""
    candidates = [Candidate(one.name, one) for one in resamplers or (SoxrResampler(),)]
    report = events.append if events is not None else lambda event: None
    chain = ProviderChain(Kind.RESAMPLING, candidates, report)
    return ResamplingComponent(chain, ResamplingSection(**settings))


def noise(n_samples, channels=1, seed=0, level=0.3):
    """Return int16 noise, interleaved."""
    values = np.random.default_rng(seed).uniform(-level, level, n_samples * channels)
    return (values * 32767).astype("<i2")


def tone(frequency_hz, rate, seconds=1.0, level=0.5):
    """Return a sine as float64."""
    return level * np.sin(2 * np.pi * frequency_hz * np.arange(int(rate * seconds)) / rate)


def clip_of(samples, rate=48000, channels=1):
    """Return int16 samples as a clip."""
    return AudioData(samples.astype("<i2").tobytes(), 0.0, rate, channels)


def conversion(audio, rate=16000, quality=ResampleQuality.HQ, channels=None, sample_format=None):
    """Return what is to become of a clip."""
    return ClipConversion.of(audio, rate, quality, channels, sample_format)

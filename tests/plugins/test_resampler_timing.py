"""Where samples lie in time after a conversion: to the sample, for every quality and rate."""

from itertools import permutations
from math import gcd

import numpy as np
import pytest
import soundfile

from irene import ResampleQuality
from irene_plugins.resampling.linear import LinearResampler
from irene_plugins.resampling.soxr import SoxrResampler

RATES = [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000]
PAIRS = list(permutations(RATES, 2))


@pytest.fixture(scope="module")
def soxr():
    """Return a loaded soxr."""
    resampler = SoxrResampler()
    resampler.load()
    return resampler


def streamed(resampler, samples, source, target, quality):
    """Return what a stream of 20 ms chunks makes of samples."""
    stream = resampler.open_stream(source, target, 1, quality)
    step = source // 50
    chunks = [samples[start : start + step] for start in range(0, len(samples), step)]
    return np.concatenate([*(stream.process(chunk) for chunk in chunks), stream.flush()])


def bump(rate, at_s, width_s):
    """Return a smooth bump of one second whose middle lies at a time between samples or on one."""
    times = np.arange(rate) / rate
    return np.exp(-0.5 * ((times - at_s) / width_s) ** 2).astype(np.float32)


def middle_s(samples, rate):
    """Return the time of a bump's middle, in seconds."""
    power = np.square(samples.astype(np.float64))
    return float(np.sum(power * np.arange(len(samples))) / np.sum(power)) / rate


@pytest.mark.parametrize("quality", list(ResampleQuality), ids=lambda quality: quality.value)
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_an_impulse_stays_at_its_sample(soxr, source, target, quality):
    """A click on an instant that both rates have is loudest on that instant afterwards."""
    common = gcd(source, target)
    instant = round(0.4 * common)
    samples = np.zeros(source, np.float32)
    samples[instant * source // common] = 1.0
    after = np.abs(streamed(soxr, samples, source, target, quality))
    assert int(np.argmax(after)) == instant * target // common


@pytest.mark.parametrize("quality", list(ResampleQuality), ids=lambda quality: quality.value)
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_sound_keeps_its_time_to_a_hundredth_of_a_sample(soxr, source, target, quality):
    """No fraction of the filter's delay is left over."""
    width_s = 4 / min(source, target)
    at_s = 0.41237
    after = streamed(soxr, bump(source, at_s, width_s), source, target, quality)
    assert abs(middle_s(after, target) - at_s) * target < 0.01


@pytest.mark.parametrize(("source", "target"), [(48000, 16000), (44100, 16000), (16000, 48000)])
def test_straight_lines_keep_time_too(source, target):
    """The middle of a slow bump moves by less than a tenth of a sample."""
    after = streamed(
        LinearResampler(), bump(source, 0.41237, 0.002), source, target, ResampleQuality.HQ
    )
    assert abs(middle_s(after, target) - 0.41237) * target < 0.1


@pytest.mark.parametrize("quality", list(ResampleQuality), ids=lambda quality: quality.value)
def test_a_spoken_word_stays_where_it_was(soxr, data_folder, quality):
    """A recording that goes up to 48 kHz and back is in step with itself."""
    name = data_folder / "wake" / "wyoming-openwakeword__hey_jarvis.wav"
    speech, rate = soundfile.read(name, dtype="float32")
    assert rate == 16000
    there = streamed(soxr, speech, 16000, 48000, ResampleQuality.VHQ)
    back = streamed(soxr, there, 48000, 16000, quality)
    assert back.shape == speech.shape
    lags = np.arange(-3, 4)
    fits = [float(np.dot(back[10:-10], np.roll(speech, lag)[10:-10])) for lag in lags]
    assert lags[int(np.argmax(fits))] == 0


@pytest.mark.parametrize("quality", list(ResampleQuality), ids=lambda quality: quality.value)
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_one_shot_and_stream_are_the_same_bits(soxr, source, target, quality):
    """What a clip becomes is what the assistant hears of it live."""
    samples = np.random.default_rng(0).uniform(-1, 1, source // 10).astype(np.float32)
    np.testing.assert_array_equal(
        soxr.convert(samples, source, target, quality),
        streamed(soxr, samples, source, target, quality),
    )

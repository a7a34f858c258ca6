"""Conversion by linear interpolation: exact in time, and honestly bad at aliases."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from irene import ProviderFailedError, ResampleQuality
from irene_plugins.resampling.linear import LinearResampler

RATES = [8000, 11025, 16000, 22050, 44100, 48000]


def convert(samples, source, target, cuts=()):
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    stream = LinearResampler().open_stream(source, target, channels, ResampleQuality.HQ)
    pieces = [stream.process(piece) for piece in np.split(samples, sorted(cuts))]
    return np.concatenate([*pieces, stream.flush()])


def tone(frequency_hz, rate):
    return np.sin(2 * np.pi * frequency_hz * np.arange(rate) / rate).astype(np.float32)


def level_db(samples):
    return 10 * np.log10(2 * np.mean(samples.astype(np.float64) ** 2))


def interpolated(samples, source, target):
    """Reference: one output at a time, at an exact fraction of the source."""
    n_out = int(Fraction(len(samples) * target, source) + Fraction(1, 2))
    out = []
    for k in range(n_out):
        position = Fraction(k * source, target)
        left = int(position)
        first = float(samples[left])
        second = float(samples[min(left + 1, len(samples) - 1)])
        out.append(first + (second - first) * float(position - left))
    return np.array(out)


@given(
    source=st.sampled_from(RATES),
    target=st.sampled_from(RATES),
    n_samples=st.integers(0, 80),
    cuts=st.lists(st.integers(0, 80), max_size=8),
    seed=st.integers(0, 2**32 - 1),
)
def test_matches_the_plain_definition(source, target, n_samples, cuts, seed):
    """Every output lies on the line between its neighbours, however the stream is cut."""
    samples = np.random.default_rng(seed).uniform(-1, 1, n_samples).astype(np.float32)
    converted = convert(samples, source, target, cuts)
    expected = interpolated(samples, source, target)
    assert converted.dtype == np.float32
    assert converted.shape == expected.shape
    np.testing.assert_allclose(converted, expected, atol=1e-6)


@given(
    source=st.sampled_from(RATES),
    target=st.sampled_from(RATES),
    channels=st.integers(1, 3),
    n_samples=st.integers(0, 4000),
    cuts=st.lists(st.integers(0, 4000), max_size=12),
)
@example(source=22050, target=8000, channels=1, n_samples=1823, cuts=[])  # 661.4 samples
def test_any_chunking_equals_one_shot(source, target, channels, n_samples, cuts):
    """However a stream is cut, the pieces join to the same samples, bit for bit."""
    shape = (n_samples,) if channels == 1 else (n_samples, channels)
    samples = np.random.default_rng(7).uniform(-1, 1, shape).astype(np.float32)
    chunked = convert(samples, source, target, cuts)
    assert chunked.shape == ((2 * n_samples * target + source) // (2 * source), *shape[1:])
    np.testing.assert_array_equal(chunked, convert(samples, source, target))


def test_only_one_source_sample_is_held_back():
    """After n samples at 8 kHz all but the last of them have become 16 kHz."""
    stream = LinearResampler().open_stream(8000, 16_000, 1, ResampleQuality.LQ)
    assert len(stream.process(np.zeros(100, np.float32))) == 198
    assert len(stream.process(np.zeros(100, np.float32))) == 200
    assert len(stream.flush()) == 2


def test_a_long_stream_keeps_no_history():
    """What a stream remembers does not grow with what it has seen."""
    stream = LinearResampler().open_stream(48_000, 44_100, 1, ResampleQuality.LQ)
    for _ in range(200):
        stream.process(np.zeros(960, np.float32))
    assert len(pickle.dumps(stream)) < 1000


def test_aliases_come_through_at_full_level():
    """The docstring's warning is true: 10 kHz folds back to 6 kHz without any loss."""
    folded = convert(tone(10_000, 48_000), 48_000, 16_000)
    spectrum = np.abs(np.fft.rfft(folded))
    assert int(np.argmax(spectrum)) == 6000
    assert level_db(folded) == pytest.approx(0.0, abs=0.1)


def test_impossible_rates_are_refused():
    """A sample rate of zero is named in the error."""
    with pytest.raises(ProviderFailedError, match="from 48000 to 0 Hz"):
        LinearResampler().open_stream(48_000, 0, 1, ResampleQuality.HQ)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_whole_clip_is_what_the_stream_gives(channels):
    """By the contract's own `convert`, which asks a stream."""
    shape = (1000,) if channels == 1 else (1000, channels)
    samples = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
    whole = LinearResampler().convert(samples, 44_100, 16_000, ResampleQuality.HQ)
    np.testing.assert_array_equal(whole, convert(samples, 44_100, 16_000, [333]))


def test_it_scales_with_what_goes_in():
    """The class is `linear`: by a power of two, to the bit."""
    assert LinearResampler.linear
    samples = np.random.default_rng(0).uniform(-1, 1, 1000).astype(np.float32)
    plain = LinearResampler().convert(samples, 44_100, 16_000, ResampleQuality.HQ)
    scaled = LinearResampler().convert(samples * 32768, 44_100, 16_000, ResampleQuality.HQ)
    np.testing.assert_array_equal(scaled, plain * 32768)

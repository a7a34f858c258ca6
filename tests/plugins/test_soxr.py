"""Conversion by libsoxr: any chunking gives one result, and aliases stay away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from irene import ProviderFailedError, ResampleQuality
from irene_plugins.resampling.soxr import SoxrResampler, converting

soxr = pytest.importorskip("soxr", reason="the engine of this plugin is not installed")

RATES = [8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000]


@pytest.fixture(scope="module")
def resampler():
    provider = SoxrResampler()
    provider.load()
    return provider


def convert(resampler, samples, source, target, quality, cuts=()):
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    stream = resampler.open_stream(source, target, channels, quality)
    pieces = [stream.process(piece) for piece in np.split(samples, sorted(cuts))]
    return np.concatenate([*pieces, stream.flush()])


def tone(frequency_hz, rate, seconds=1.0):
    times = np.arange(int(rate * seconds)) / rate
    return np.sin(2 * np.pi * frequency_hz * times).astype(np.float32)


def level_db(samples):
    middle = samples[len(samples) // 4 : -len(samples) // 4].astype(np.float64)
    return 10 * np.log10(2 * np.mean(middle**2) + 1e-30)


def is_half(n_samples: int, source: int, target: int) -> bool:
    """Return whether so many samples become a whole number and a half."""
    return 2 * n_samples * target % (2 * source) == source


@example(48000, 44100, ResampleQuality.HQ, 1, 6000, [], 0)
@given(
    source=st.sampled_from(RATES),
    target=st.sampled_from(RATES),
    quality=st.sampled_from(list(ResampleQuality)),
    channels=st.integers(1, 3),
    n_samples=st.integers(0, 6000),
    cuts=st.lists(st.integers(0, 6000), max_size=12),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_chunking_equals_one_shot(source, target, quality, channels, n_samples, cuts, seed):
    """However a stream is cut, the pieces join to soxr's one-shot result, bit for bit."""
    provider = SoxrResampler()
    provider.load()
    shape = (n_samples,) if channels == 1 else (n_samples, channels)
    samples = np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)
    chunked = convert(provider, samples, source, target, quality, cuts)
    one_shot = soxr.resample(samples, source, target, quality.value)
    assert chunked.dtype == np.float32
    assert chunked.shape[0] == (2 * n_samples * target + source) // (2 * source)
    # soxr rounds half a sample up or down; irene up, and adds silence.
    assert len(chunked) - len(one_shot) in ((0, 1) if is_half(n_samples, source, target) else (0,))
    np.testing.assert_array_equal(chunked[: len(one_shot)], one_shot)
    assert not chunked[len(one_shot) :].any()
    whole = provider.convert(samples, source, target, quality)
    np.testing.assert_array_equal(whole, chunked)


@pytest.mark.parametrize(
    ("quality", "limit_db"),
    [
        (ResampleQuality.LQ, -60),
        (ResampleQuality.MQ, -100),
        (ResampleQuality.HQ, -100),
        (ResampleQuality.VHQ, -100),
    ],
)
def test_tones_above_the_new_band_disappear(resampler, quality, limit_db):
    """A 10 kHz tone must not fold back into speech when 48 kHz becomes 16 kHz."""
    folded = convert(resampler, tone(10_000, 48_000), 48_000, 16_000, quality)
    assert level_db(folded) < limit_db


@pytest.mark.parametrize("quality", list(ResampleQuality))
def test_speech_band_passes_unchanged(resampler, quality):
    """A 1 kHz tone keeps its level and, with the delay compensated, its place in time."""
    converted = convert(resampler, tone(1000, 48_000), 48_000, 16_000, quality)
    error = (converted - tone(1000, 16_000))[1600:-1600]
    assert np.max(np.abs(error)) < 0.001


def test_quality_reaches_the_engine(resampler):
    """At 7 kHz LQ loses more than 6 dB where MQ loses less than 1 dB."""
    near_edge = tone(7000, 48_000)
    low = level_db(convert(resampler, near_edge, 48_000, 16_000, ResampleQuality.LQ))
    medium = level_db(convert(resampler, near_edge, 48_000, 16_000, ResampleQuality.MQ))
    assert low < -6
    assert medium > -1


def test_channels_do_not_mix(resampler):
    """Each channel is converted as if it were alone."""
    left, right = tone(440, 44_100), tone(1000, 44_100)
    both = convert(
        resampler, np.stack([left, right], axis=1), 44_100, 16_000, ResampleQuality.HQ, [777]
    )
    alone = convert(resampler, right, 44_100, 16_000, ResampleQuality.HQ)
    np.testing.assert_array_equal(both[:, 1], alone)


def test_a_view_is_converted_like_its_copy(resampler):
    """Every second sample of a buffer is as good an input as a contiguous array."""
    buffer = np.random.default_rng(1).uniform(-1, 1, 9600).astype(np.float32)
    view = convert(resampler, buffer[::2], 48_000, 16_000, ResampleQuality.HQ)
    copy = convert(resampler, buffer[::2].copy(), 48_000, 16_000, ResampleQuality.HQ)
    np.testing.assert_array_equal(view, copy)


@pytest.mark.parametrize(
    ("quality", "limit_ms"),
    [("LQ", 25), ("MQ", 40), ("HQ", 40), ("VHQ", 80)],
)
def test_held_back_sound_is_as_documented(resampler, quality, limit_ms):
    """From 48 to 16 kHz the stream never holds back more than the table in its docstring says."""
    stream = resampler.open_stream(48_000, 16_000, 1, ResampleQuality(quality))
    n_out, held_ms = 0, []
    for n_chunks in range(1, 1001):
        n_out += len(stream.process(np.zeros(48, np.float32)))
        held_ms.append(n_chunks - n_out / 16)
    assert max(held_ms) <= limit_ms


@pytest.mark.parametrize("quality", list(ResampleQuality))
@pytest.mark.parametrize("scale", [2.0**15, 2.0**31, 2.0**-20])
def test_what_comes_out_scales_with_what_goes_in(resampler, quality, scale):
    """The class is `linear`: by a power of two, to the bit."""
    assert SoxrResampler.linear
    samples = np.random.default_rng(3).uniform(-1, 1, (4800, 2)).astype(np.float32)
    plain = resampler.convert(samples, 44_100, 16_000, quality)
    scaled = resampler.convert(samples * np.float32(scale), 44_100, 16_000, quality)
    np.testing.assert_array_equal(scaled, plain * np.float32(scale))


def test_the_version_names_binding_and_library(resampler):
    """Clips of another version are not taken for this one's."""
    assert resampler.version == f"{soxr.__version__}/{soxr.__libsoxr_version__}"


def test_an_unloaded_provider_says_so():
    """Opening a stream or converting before `load()` is refused in one line."""
    with pytest.raises(ProviderFailedError, match="call load"):
        SoxrResampler().open_stream(48_000, 16_000, 1, ResampleQuality.HQ)
    with pytest.raises(ProviderFailedError, match="call load"):
        SoxrResampler().convert(np.zeros(9, np.float32), 48_000, 16_000, ResampleQuality.HQ)


def test_impossible_rates_are_refused(resampler):
    """A sample rate of zero is named in the error."""
    with pytest.raises(ProviderFailedError, match="from 0 to 16000 Hz"):
        resampler.open_stream(0, 16_000, 1, ResampleQuality.HQ)
    with pytest.raises(ProviderFailedError, match="from 0 to 16000 Hz"):
        resampler.convert(np.zeros(9, np.float32), 0, 16_000, ResampleQuality.HQ)


@pytest.mark.parametrize("quality", ["LQ", "HQ"])
def test_half_a_sample_counts_as_a_whole_one(quality):
    """3000 samples at 24 kHz are 5512.5 at 44.1 kHz, and soxr itself stops at 5512."""
    resampler = SoxrResampler()
    resampler.load()
    samples = np.linspace(-0.5, 0.5, 3000, dtype=np.float32)
    whole = resampler.convert(samples, 24000, 44100, ResampleQuality(quality))
    stream = resampler.open_stream(24000, 44100, 1, ResampleQuality(quality))
    pieces = [stream.process(samples[start : start + 700]) for start in range(0, 3000, 700)]
    joined = np.concatenate((*pieces, stream.flush()))
    assert whole.shape == joined.shape == (5513,)
    assert np.array_equal(whole, joined)


@settings(max_examples=20)
@given(
    st.lists(st.sampled_from([(48000, 16000), (16000, 48000), (44100, 16000)]), max_size=5),
    st.integers(0, 2**32 - 1),
)
def test_an_engine_that_is_used_again_has_forgotten_everything(kinds, seed):
    """Whatever was converted before, noise without numbers included, changes no bit."""
    used = SoxrResampler()
    used.load()
    noise = np.random.default_rng(seed)
    for source, target in kinds:
        samples = noise.standard_normal(noise.integers(0, 60_000)).astype(np.float32)
        with np.errstate(all="ignore"):
            used.convert(samples * np.float32(np.inf), source, target, ResampleQuality.HQ)
        fresh = SoxrResampler()
        fresh.load()
        assert np.array_equal(
            used.convert(samples, source, target, ResampleQuality.HQ),
            convert(fresh, samples, source, target, ResampleQuality.HQ),
        )


def test_threads_that_convert_alike_at_once_get_engines_of_their_own(resampler):
    """What one of them converts is in nobody else's clip."""
    clips = np.random.default_rng(5).standard_normal((4, 30_000)).astype(np.float32)
    expected = [convert(resampler, clip, 48000, 16000, ResampleQuality.HQ) for clip in clips]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            found = threads.map(
                lambda clip: resampler.convert(clip, 48000, 16000, ResampleQuality.HQ), clips
            )
            assert all(np.array_equal(*pair) for pair in zip(found, expected, strict=True))


def test_engines_are_kept_for_a_few_kinds_only(resampler):
    """Whoever converts from every rate there is takes no more memory for it."""
    for source in range(20_000, 20_040):
        resampler.convert(np.zeros(100, np.float32), source, 16000, ResampleQuality.LQ)
    assert 0 < len(resampler._idle) <= 8
    resampler.close()
    assert not resampler._idle
    resampler.load()


class _PublicOnly:
    """An engine of a binding without private parts."""

    def __init__(self, engine):
        self.resample_chunk = engine.resample_chunk


@pytest.mark.parametrize("channels", [1, 2])
def test_the_binding_s_method_converts_as_what_it_calls(channels):
    """So a version that calls it otherwise serves as well."""
    blocks = np.random.default_rng(6).standard_normal((8, 1000, channels)).astype(np.float32)
    engines = [soxr.ResampleStream(48_000, 16_000, channels, "float32", "HQ") for _ in range(2)]
    quick, public = converting(engines[0]), converting(_PublicOnly(engines[1]))
    for number, block in enumerate(blocks):
        is_last = number == len(blocks) - 1
        np.testing.assert_array_equal(quick(block, is_last), public(block, is_last))

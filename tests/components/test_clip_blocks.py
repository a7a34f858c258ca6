"""Long clips piece by piece: the same bytes, in the memory of short ones."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from resampling_parts import Broken, Counting, clip_of, component, conversion, noise

from irene import AudioFormatError, ProviderFailedError, ResampleQuality, ResampleStream
from irene.components.resampling import clip_blocks
from irene.components.resampling.clip_blocks import converted_in_blocks
from irene.domain.audio import AudioData
from irene.domain.pcm import FORMATS, pcm_format
from irene.memory.pool import AudioBufferPool
from irene_plugins.resampling.linear import LinearResampler
from irene_plugins.resampling.soxr import SoxrResampler

SOXR = SoxrResampler()
SOXR.load()
LINEAR = LinearResampler(None)
LINEAR.load()


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Every clip of these tests has many blocks."""
    monkeypatch.setattr(clip_blocks, "BLOCK_VALUES", 1000)


@pytest.fixture
def pool():
    return AudioBufferPool()


@pytest.mark.parametrize("resampler", [SOXR, LINEAR], ids=["soxr", "linear"])
@given(
    n_frames=st.integers(0, 7000),
    rates=st.tuples(*[st.sampled_from([8000, 11025, 16000, 44100, 48000])] * 2),
    channels=st.sampled_from([(1, 1), (2, 1), (1, 2), (2, 2), (3, 1)]),
    formats=st.tuples(*[st.sampled_from(sorted(FORMATS))] * 2),
)
def test_the_bytes_are_those_of_the_whole_clip(resampler, n_frames, rates, channels, formats):
    """For any length, rates, layouts and formats."""
    values = noise(n_frames, channels[0]) / np.float32(32768)
    data = pcm_format(formats[0]).write(values.astype(np.float32), 1.0)
    audio = AudioData(data, 0.0, rates[0], channels[0], formats[0])
    clip = conversion(audio, rates[1], ResampleQuality.MQ, channels[1], formats[1])
    assert converted_in_blocks(clip, resampler, AudioBufferPool()) == clip.by(resampler)


def test_scratch_memory_is_lent_once_and_used_for_every_block(pool):
    """And given back, also when the resampler fails."""
    clip = conversion(clip_of(noise(20_000)))
    converted_in_blocks(clip, SOXR, pool)
    stats = pool.get_stats()
    assert (stats.acquired, stats.created, stats.lent, stats.leaked) == (20, 1, 0, 0)
    with pytest.raises(ProviderFailedError, match="out of order"):
        converted_in_blocks(clip, Broken(after=3), pool)
    assert (pool.get_stats().lent, pool.get_stats().leaked) == (0, 0)


class Hoarder(SoxrResampler):
    """Keeps the samples that it is given until the end, as a resampler may."""

    name = "hoarder"

    def open_stream(self, source_rate, target_rate, channels, quality):
        """Collect."""
        return _Hoard(super().open_stream(source_rate, target_rate, channels, quality))


class _Hoard(ResampleStream):
    def __init__(self, inner):
        self._inner = inner
        self._kept = []

    def process(self, samples):
        self._kept.append(samples)
        return np.zeros(0, np.float32)

    def flush(self):
        return np.concatenate([*map(self._inner.process, self._kept), self._inner.flush()])


def test_a_resampler_may_keep_its_samples(pool):
    """Its blocks are not written over while it sees them."""
    hoarder = Hoarder()
    hoarder.load()
    clip = conversion(clip_of(noise(10_000)))
    assert converted_in_blocks(clip, hoarder, pool) == clip.by(SOXR)
    assert pool.get_stats().created == 10
    assert pool.get_stats().lent == 0


class Spoiled(SoxrResampler):
    """Returns something else than it must."""

    name = "spoiled"

    def __init__(self, spoil):
        super().__init__()
        self.spoil = spoil
        self.load()

    def open_stream(self, source_rate, target_rate, channels, quality):
        """Spoil what soxr makes."""
        stream = super().open_stream(source_rate, target_rate, channels, quality)
        process = stream.process
        stream.process = lambda samples: self.spoil(process(samples))
        return stream


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda samples: samples[:-1], r"spoiled made \d+ samples; 4000 is right"),
        (lambda samples: samples.astype(np.float64), "made float64 .* float32 of shape"),
        (lambda samples: samples.reshape(-1, 1), r"made float32 of shape \(\d+, 1\)"),
        (lambda samples: samples * np.float32(np.nan), "no numbers"),
        (lambda samples: None, "TypeError"),
    ],
)
def test_nonsense_of_a_resampler_is_an_error_and_no_audio(pool, spoil, words):
    """As for short clips."""
    clip = conversion(clip_of(noise(12_000)))
    with pytest.raises(ProviderFailedError, match=words):
        converted_in_blocks(clip, Spoiled(spoil), pool)


class Clinging(SoxrResampler):
    """Cannot be closed."""

    name = "clinging"

    def open_stream(self, source_rate, target_rate, channels, quality):
        """Break its `close`."""
        stream = super().open_stream(source_rate, target_rate, channels, quality)
        stream.close = lambda: 1 / 0
        return stream


def test_a_stream_that_cannot_be_closed_is_an_error_of_its_resampler(pool):
    """So the next one converts the clip."""
    clinging = Clinging()
    clinging.load()
    with pytest.raises(ProviderFailedError, match="ZeroDivisionError"):
        converted_in_blocks(conversion(clip_of(noise(12_000))), clinging, pool)


def test_a_sample_that_is_no_number_is_named_by_its_place_in_the_clip(pool):
    """Not by that in its block."""
    values = np.zeros((5000, 2), "<f4")
    values[3210, 1] = np.inf
    clip = conversion(AudioData(values.tobytes(), 0.0, 48000, 2, "float32"), channels=1)
    with pytest.raises(AudioFormatError, match="sample 3210 of the clip"):
        converted_in_blocks(clip, SOXR, pool)


def test_only_long_clips_are_converted_in_blocks(monkeypatch):
    """Shorter ones are faster as a whole, and channels of long ones side by side."""
    counting = Counting()
    slot = component(counting)
    slot.convert(conversion(clip_of(noise(600_000))))
    assert counting.clips == 1
    slot.convert(conversion(clip_of(noise(2_100_000))))
    slot.convert(conversion(clip_of(noise(1_100_000, 2), channels=2), channels=1))
    assert counting.clips == 1
    slot.convert(conversion(clip_of(noise(1_100_000, 2), channels=2)))
    assert counting.clips == 3


def test_a_component_gives_its_memory_back_when_it_is_scarce():
    """Converted clips and scratch; it goes on converting."""
    slot = component()
    long = conversion(clip_of(noise(2_100_000)))
    before = slot.convert(long)
    assert not before.is_cached
    kept, scratch = slot.caches
    assert (kept.stats().entries, scratch.get_stats().idle) == (1, 1)
    for holder in slot.caches:
        holder.shrink(0.0)
    assert (kept.stats().entries, scratch.get_stats().idle) == (0, 0)
    again = slot.convert(long)
    assert not again.is_cached
    assert again.data == before.data
    for holder in slot.caches:
        holder.restore()
    slot.convert(long)
    assert slot.convert(long).is_cached
    slot.close()
    assert scratch.get_stats().bytes == 0


_PEAK = """
import json, pathlib, sys
sys.path[:0] = json.loads(sys.argv[2])
from irene.components.resampling.clip_blocks import converted_in_blocks
from irene.memory.pool import AudioBufferPool
from resampling_parts import conversion
from irene import AudioData
from irene_plugins.resampling.soxr import SoxrResampler

def peak_mb():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1000

soxr = SoxrResampler()
soxr.load()
clip = conversion(AudioData(bytes(2 * 2 * 120 * 48000), 0.0, 48000, 2), channels=1)
before = peak_mb()
if sys.argv[1] == "whole":
    clip.by(soxr)
else:
    converted_in_blocks(clip, soxr, AudioBufferPool())
print(peak_mb() - before)
"""


def test_two_minutes_take_a_fraction_of_the_memory_of_a_whole_clip():
    """Beyond the clip and its result, next to nothing."""

    def peak_mb(how):
        paths = json.dumps(sys.path)
        command = [sys.executable, "-c", _PEAK, how, paths]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return float(done.stdout)

    assert peak_mb("blocks") < 0.3 * peak_mb("whole")

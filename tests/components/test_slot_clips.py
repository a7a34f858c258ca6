"""Clips on their way into a slot: converted by the resampling component, and kept there."""

import numpy as np
import pytest
from resampling_parts import Counting, component, noise, tone

from irene import AudioChunk
from irene.audio.plan import make_plan
from irene.audio.streams import StreamTracks
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.slot import AudioSlot
from irene.config.sections import AsrSection
from irene.domain.audio import AudioFormat, ResampleQuality
from irene.domain.kinds import Kind
from irene.testing import ScriptedAsr


def slot(resampling, **settings):
    """Return an ASR slot that this component converts for."""
    chain = ProviderChain(Kind.ASR, [Candidate("scripted", ScriptedAsr())], lambda event: None)
    return AudioSlot(chain, AsrSection(**settings), resampling, lambda name: None)


def heard(track):
    """Return all samples of a track."""
    return np.array(track.history.view(0, track.history.end))


def test_a_clip_is_converted_once_however_often_it_is_heard():
    """`process_audio` of one recording twice costs one conversion."""
    counting = Counting()
    asr = slot(component(counting))
    clip = AudioChunk(noise(48_000), 48_000)
    first, second = asr.clip_track(clip), asr.clip_track(clip)
    assert counting.clips == 1
    np.testing.assert_array_equal(heard(first), heard(second))


@pytest.mark.parametrize("quality", ["fast", "medium", "high"])
@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
def test_a_clip_is_heard_as_the_live_stream_is(rate, quality):
    """The same samples, converted in one piece or chunk by chunk."""
    resampling = component()
    asr = slot(resampling, resample_quality=quality)
    clip = AudioChunk(noise(rate), rate)
    plan = make_plan(AudioFormat(rate), [asr.consumer()])
    tracks = StreamTracks(plan, 3.0, asr.open_converter)
    for piece in clip.pieces(0.02):
        tracks.append(piece.samples)
    tracks.flush()
    np.testing.assert_array_equal(heard(asr.clip_track(clip)), heard(tracks.of("asr")))
    assert resampling.stats().live.conversions == 50


def test_a_tail_of_silence_follows_the_clip():
    """So that engines can decide about its end."""
    track = slot(component()).clip_track(AudioChunk(noise(48_000), 48_000), tail_s=0.5)
    assert track.end_s == 1.5
    assert not heard(track)[-8000:].any()


def test_stereo_and_floats_become_16_bit_mono():
    """As engines are fed."""
    both = np.stack([tone(440, 48_000), tone(440, 48_000)], axis=1).astype(np.float32)
    track = slot(component()).clip_track(AudioChunk(both, 48_000))
    samples = heard(track)
    assert samples.dtype == np.int16
    assert 16_200 < np.abs(samples.astype(int)).max() < 16_500


def test_a_clip_of_the_right_rate_needs_no_resampler():
    """Nothing is converted, and nothing kept."""
    resampling = component()
    samples = noise(16_000)
    track = slot(resampling).clip_track(AudioChunk(samples, 16_000))
    np.testing.assert_array_equal(heard(track), samples)
    assert resampling.stats().clip.misses == 0


@pytest.mark.parametrize("parallel", [False, True])
def test_parallel_processing_reaches_the_conversion(parallel, monkeypatch):
    """Long recordings take turns unless the section says otherwise."""
    resampling = component()
    asked = []
    convert = resampling.convert
    monkeypatch.setattr(
        resampling, "convert", lambda clip, flag: asked.append(flag) or convert(clip, flag)
    )
    asr = slot(resampling, parallel_processing=parallel)
    asr.clip_track(AudioChunk(noise(4800), 48_000))
    assert asked == [parallel]


def test_adaptive_slots_know_what_they_are_for():
    """Recognition gets the full band."""
    plan = make_plan(
        AudioFormat(48_000), [slot(component(), resample_quality="adaptive").consumer()]
    )
    assert plan.routes["asr"].quality is ResampleQuality.HQ

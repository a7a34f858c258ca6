"""What a clip has to be that a program gives to a component."""

import asyncio

import numpy as np
import pytest

from irene import AudioData, AudioFormatError
from irene.components.asr_component import ASRComponent
from irene.components.clip_checks import chunk_of, layout_of
from irene.components.voice_trigger_component import VoiceTriggerComponent

QUIET = np.zeros(1600, "<f4")
SPOILT = np.where(np.arange(1600) == 43, np.float32(np.nan), QUIET)


@pytest.mark.parametrize(
    ("clip", "complaint"),
    [
        (AudioData(b"abc", 0.0, 16_000), "3 bytes are no whole number"),
        (AudioData(bytes(640), 0.0, 0), "sample rate 0 Hz: 1000 to 384000"),
        (AudioData(bytes(640), 0.0, 44_100.5), "sample rate 44100.5: a whole number"),
        (AudioData(bytes(640), 0.0, 16_000, 0), "0 channels"),
        (AudioData(bytes(640), 0.0, 16_000, 1, "wav"), "'wav': use one of"),
        (AudioData(QUIET, 0.0, 16_000, 1, "float32"), "ndarray: give bytes"),
        (AudioData(SPOILT.tobytes(), 0.0, 16_000, 2, "float32"), "sample 21 .* no number"),
        (bytes(640), "a clip is bytes: an AudioData, which knows its rate, is right"),
        (QUIET, "a clip is ndarray: an AudioData"),
    ],
)
def test_a_damaged_clip_is_one_kind_of_error_for_every_component(clip, complaint):
    """Whether its rate has to be converted or not; never silence in its place."""
    for ask in (VoiceTriggerComponent().detect, ASRComponent().process_audio):
        with pytest.raises(AudioFormatError, match=complaint):
            asyncio.run(ask(clip))


@pytest.mark.parametrize("name", ["pcm16", "float32"])
def test_a_good_clip_is_viewed_and_not_copied(name):
    """With its rate as a number of Python."""
    clip = AudioData(bytes(6400), 2.5, np.int32(16_000), np.uint8(2), name)
    chunk = chunk_of(clip)
    assert np.shares_memory(chunk.samples, np.frombuffer(clip.data, np.uint8))
    assert (type(chunk.sample_rate), chunk.channels, chunk.start_s) == (int, 2, 2.5)


def test_a_layout_that_was_looked_at_before_excuses_no_other():
    """A fraction that equals a known rate is still no whole number."""
    assert layout_of(48000, 1, "pcm16") == (48000, 1, "pcm16")
    with pytest.raises(AudioFormatError, match="whole number"):
        layout_of(48000.0, 1, "pcm16")


def test_a_rate_may_be_a_number_in_an_array():
    """It cannot be looked up, and is as whole as any other."""
    rate = layout_of(np.array(48000), 1, "pcm16").sample_rate
    assert (rate, type(rate)) == (48000, int)

"""No bundled provider writes into the audio it is lent, or looks at it after the call."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from irene import AsrRequest, ResampleQuality
from irene_plugins.asr.pocketsphinx import PocketSphinxAsr
from irene_plugins.resampling.linear import LinearResampler
from irene_plugins.resampling.soxr import SoxrResampler
from irene_plugins.vad.energy import EnergyVad
from irene_plugins.vad.silero import SileroVad
from irene_plugins.voice_trigger.energy import EnergyTrigger
from irene_plugins.voice_trigger.microwakeword import MicroWakeWord
from irene_plugins.voice_trigger.openwakeword import OpenWakeWord

DATA = Path(__file__).parents[1] / "data"
RATE = 16000
ENGINES = [EnergyTrigger, MicroWakeWord, OpenWakeWord, EnergyVad, SileroVad]
RESAMPLERS = [LinearResampler, SoxrResampler]


def speech(dtype):
    """Return two seconds of speech in a sample type."""
    with wave.open(str(DATA / "commands" / "rhasspy3__what_time_is_it.wav")) as clip:
        samples = np.frombuffer(clip.readframes(2 * RATE), "<i2")
    return samples if dtype == "int16" else (samples / 32768).astype(np.float32)


def kept(samples, length):
    """Yield blocks that stay as they are."""
    yield from samples[: len(samples) // length * length].reshape(-1, length)


def lent(samples, length):
    """Yield read-only views of one buffer that is overwritten after each block."""
    buffer = np.empty(length, samples.dtype)
    view = buffer.view()
    view.flags.writeable = False
    for block in kept(samples, length):
        buffer[:] = block
        yield view
        buffer[:] = 1234 if samples.dtype == np.int16 else 0.5


def loaded(cls):
    provider = cls()
    if not provider.check().ready:
        pytest.skip(str(provider.check()))
    provider.load()
    return provider


@pytest.mark.parametrize("cls", ENGINES)
def test_a_window_is_valid_during_the_call_only(cls):
    """Scores on windows that are lent are those on windows that stay."""
    provider = loaded(cls)
    needs = provider.capabilities
    words = ["alexa"] if hasattr(needs, "wake_words") else None
    scores = []
    for blocks in (kept, lent):
        stream = provider.open_stream(words) if words else provider.open_stream()
        windows = blocks(speech(needs.dtype), needs.window)
        scores.append([stream.process(window) for window in windows])
        stream.close()
    assert scores[0] == scores[1]


@pytest.mark.parametrize("cls", RESAMPLERS)
def test_a_resampler_keeps_copies_of_what_it_is_lent(cls):
    """The converted audio does not change with the buffer it came in."""
    provider = loaded(cls)
    converted = []
    for blocks in (kept, lent):
        stream = provider.open_stream(RATE, 22050, 1, ResampleQuality.HQ)
        # What is returned is taken before the buffer is overwritten, as its reader would.
        pieces = [stream.process(block).copy() for block in blocks(speech("float32"), 320)]
        converted.append(np.concatenate([*pieces, stream.flush()]))
    np.testing.assert_array_equal(*converted)


def test_a_recogniser_keeps_copies_of_what_it_is_lent():
    """PocketSphinx decodes later than it is fed, from audio of its own."""
    asr = loaded(PocketSphinxAsr)
    texts = []
    for blocks in (kept, lent):
        stream = asr.open_stream(AsrRequest())
        for block in blocks(speech("int16"), 320):
            stream.accept(block)
        texts.append(stream.finish())
    assert texts[0] == texts[1]
    assert texts[0].text

"""The mouth with a real voice: eSpeak NG as the configuration wants it."""

import asyncio
import threading

import numpy as np
import pytest
from mouth_bench import KeepingOutput, Stages

from irene import Response
from irene.components.assembly import Assembly
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.config.loading import load_config
from irene.domain.kinds import Kind
from irene.pipeline.speaking.mouth import Mouth
from irene.plugin.registry import ComponentRegistry

pytest.importorskip("espeakng_loader", reason="eSpeak NG is not installed")

FOX = "The quick brown fox jumps over the lazy dog."


@pytest.fixture(scope="module")
def registry():
    return ComponentRegistry.installed()


@pytest.fixture
def speak(registry):
    """Return the function that speaks with these keys of `[tts]`: samples, rate, and outcome."""

    def run(text, language="en", pieces=None, on_write=None, **tts):
        config = load_config({"tts": tts}, registry=registry, environ={})
        voice = Assembly(config, registry).voice()
        voice.load()
        output = KeepingOutput()
        chain = ProviderChain(Kind.OUTPUT, [Candidate("output", output)], lambda event: None)

        async def say():
            mouth = Mouth(voice, chain, 10, config.tts.volume)
            if on_write is not None:
                output.on_write = lambda: on_write(mouth, output)
            try:
                return await mouth.say(Response(text, language, pieces=pieces), 0, Stages())
            finally:
                await mouth.close()

        spoken = asyncio.run(say())
        return output.samples, output.rates[0], spoken

    return run


def loudness(samples):
    return float(np.sqrt(np.mean(samples.astype(float) ** 2)))


def pitch_hz(samples, rate):
    """Return the median of the frames' pitches, by autocorrelation."""
    pitches = []
    for start in range(0, samples.size - 2048, 512):
        frame = samples[start : start + 2048].astype(float)
        spectrum = np.abs(np.fft.rfft(frame - frame.mean(), 8192)) ** 2
        correlation = np.fft.irfft(spectrum)[: rate // 60]
        lag = rate // 500 + int(np.argmax(correlation[rate // 500 :]))
        if loudness(frame) > 1500 and correlation[lag] > correlation[0] / 2:
            pitches.append(rate / lag)
    return float(np.median(pitches))


def test_the_rate_counts(speak):
    """Twice as fast takes about half as long."""
    normal, rate, _ = speak(FOX)
    quick, _, _ = speak(FOX, rate=2.0)
    assert 0.4 < quick.size / normal.size < 0.65
    assert rate == 22050


def test_the_pitch_counts(speak):
    """A factor is a factor of the fundamental frequency, within a tenth."""
    normal, rate, _ = speak(FOX)
    high, _, _ = speak(FOX, pitch=1.3)
    assert pitch_hz(high, rate) / pitch_hz(normal, rate) == pytest.approx(1.3, rel=0.1)


def test_the_volume_counts(speak):
    """Half is half the amplitude."""
    normal, _, _ = speak(FOX)
    quiet, _, _ = speak(FOX, volume=0.5)
    assert loudness(quiet) / loudness(normal) == pytest.approx(0.5, rel=0.02)


def test_the_voice_counts(speak):
    """A man's voice is deeper than the default one."""
    normal, rate, _ = speak(FOX)
    deep, _, _ = speak(FOX, voice="en-us+m3")
    assert pitch_hz(deep, rate) < 0.8 * pitch_hz(normal, rate)


def test_a_language_has_the_voice_that_is_chosen_for_it(speak):
    """`tts.voices` is asked with the language of the answer."""
    text = "Der schnelle braune Fuchs."
    usual, rate, _ = speak(text, "de")
    chosen, _, _ = speak(text, "de", voices={"de": "de+m3"})
    assert pitch_hz(chosen, rate) < 0.8 * pitch_hz(usual, rate)


def test_sentences_join_with_a_pause_and_without_a_click(speak):
    """Between them it is silent for a quarter of a second; no edge is steeper than speech is."""
    samples, rate, spoken = speak(f"{FOX} {FOX}")
    assert spoken.text == f"{FOX} {FOX}"
    silent = np.flatnonzero(np.abs(samples.astype(int)) <= 100)
    runs = np.split(silent, np.flatnonzero(np.diff(silent) > 1) + 1)
    assert max(map(len, runs)) >= 0.25 * rate
    alone, _, _ = speak(FOX)
    steepest = np.abs(np.diff(alone.astype(int))).max()
    assert np.abs(np.diff(samples.astype(int), prepend=0, append=0)).max() <= 1.05 * steepest


def test_speech_begins_with_the_first_sentence_of_a_language_model(speak):
    """The second one is not written before the first sound is out."""
    heard, waited = threading.Event(), []

    def pieces():
        yield "It is four o'clock."
        waited.append(heard.wait(10))
        yield "Later it will be five."

    _, _, spoken = speak("", pieces=pieces(), on_write=lambda mouth, output: heard.set())
    assert waited == [True]
    assert spoken.text == "It is four o'clock. Later it will be five."


def test_a_real_voice_is_interrupted_within_a_slice(speak):
    """At the third write nothing more follows."""

    def stop(mouth, output):
        if len(output.played) == 3:
            mouth.interrupt()

    samples, rate, spoken = speak(" ".join([FOX] * 20), on_write=stop)
    assert samples.size <= 0.3 * rate
    assert (spoken.to_end, spoken.text) == (False, FOX)

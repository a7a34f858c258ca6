"""eSpeak NG: it speaks, streams, stops, and keeps texts apart, without any system package."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from irene import ConfigurationError, ProviderFailedError, SpeechRequest
from irene_plugins.tts.espeak import EspeakOptions, EspeakVoice

pytest.importorskip("espeakng_loader", reason="the engine of this plugin is not installed")

FOX = "The quick brown fox jumps over the lazy dog."
LONG_TEXT = "This sentence is one of very many. " * 200


@pytest.fixture(scope="module")
def voice():
    provider = EspeakVoice()
    provider.load()
    yield provider
    provider.close()


def say(provider, text, **how):
    blocks = list(provider.synthesize(SpeechRequest(text, **how)))
    return np.concatenate([np.zeros(0, np.int16), *blocks])


def loudness(samples):
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


def spectrogram(samples):
    frames = samples[: len(samples) // 512 * 512].reshape(-1, 512)
    return np.log(np.abs(np.fft.rfft(frames * np.hanning(512), axis=1)) + 100)


def likeness(one, other):
    """Correlation of two log spectrograms over their common length."""
    n_samples = min(len(one), len(other))
    first, second = spectrogram(one[:n_samples]), spectrogram(other[:n_samples])
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def median_pitch_hz(samples, rate):
    pitches = []
    for start in range(0, len(samples) - 2048, 512):
        frame = samples[start : start + 2048].astype(np.float64)
        spectrum = np.abs(np.fft.rfft(frame - frame.mean(), 8192)) ** 2
        correlation = np.fft.irfft(spectrum)[: rate // 60]
        lag = rate // 500 + int(np.argmax(correlation[rate // 500 :]))
        if loudness(frame) > 1500 and correlation[lag] > correlation[0] / 2:
            pitches.append(rate / lag)
    return float(np.median(pitches))


def speaking_threads():
    return [thread for thread in threading.enumerate() if thread.name == "irene-espeak"]


def run_python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_text_becomes_audible_speech(voice):
    """Two seconds of text are about two seconds of loud int16 samples at 22050 Hz."""
    samples = say(voice, FOX)
    assert voice.sample_rate == 22050
    assert samples.dtype == np.int16
    assert 2.0 < len(samples) / voice.sample_rate < 4.0
    assert loudness(samples) > 1000


def test_the_version_is_that_of_the_library(voice):
    """What an older library said is not taken for what this one says."""
    assert voice.version[0].isdigit()
    with pytest.raises(ProviderFailedError, match="not loaded"):
        EspeakVoice().version  # noqa: B018 - reading it is the test


def test_recogniser_understands_the_speech(voice):
    """PocketSphinx, told to expect digits, hears the digits that were spoken."""
    pocketsphinx = pytest.importorskip("pocketsphinx", reason="the recogniser is not installed")
    soxr = pytest.importorskip("soxr", reason="the resampler is not installed")
    decoder = pocketsphinx.Decoder(samprate=16000, lm=None, loglevel="FATAL")
    words = "one|two|three|four|five|six|seven|eight|nine"
    decoder.add_jsgf_string("digits", f"#JSGF V1.0; grammar d; public <d> = ({words})+;")
    decoder.activate_search("digits")
    for text in ("one two three", "seven four two"):
        speech = np.pad(say(voice, text).astype(np.float32) / 32768, 6000)
        heard = soxr.resample(speech, voice.sample_rate, 16000) * 32767
        decoder.reinit_feat()
        decoder.start_utt()
        decoder.process_raw(heard.astype(np.int16).tobytes(), full_utt=True)
        decoder.end_utt()
        assert decoder.hyp().hypstr == text


def test_different_texts_differ_and_a_repeated_text_does_not(voice):
    """A repetition sounds the same; other words of the same length do not."""
    first, again = say(voice, FOX), say(voice, FOX)
    other = say(voice, "A slow grey whale sinks under my busy ship.")
    assert len(again) == pytest.approx(len(first), rel=0.01)
    assert likeness(first, again) > 0.85
    assert likeness(first, other) < 0.7


def test_fresh_processes_speak_the_same_samples():
    """The same texts in the same order from the start of a process: not a sample differs."""
    code = (
        "import hashlib; from irene import SpeechRequest as R\n"
        "from irene_plugins.tts.espeak import EspeakVoice\n"
        "voice = EspeakVoice(); voice.load()\n"
        "texts = ['one two three', 'see you', 'one two three']\n"
        "audio = [b.tobytes() for t in texts for b in voice.synthesize(R(t))]\n"
        "print(hashlib.sha256(b''.join(audio)).hexdigest())"
    )
    assert run_python(code) == run_python(code)


@pytest.mark.parametrize("text", ["", "  ", "\n\t", "\0"])
def test_empty_text_yields_nothing(voice, text):
    """Where there is nothing to say there is no block at all."""
    assert list(voice.synthesize(SpeechRequest(text))) == []


def test_markup_is_spoken_not_obeyed(voice):
    """`<b>` is read aloud: the text is data, not SSML."""
    assert len(say(voice, "<b>bold</b>")) > 2 * len(say(voice, "bold"))


def test_odd_characters_do_no_harm(voice):
    """Emoji, half a surrogate pair and a null byte in the middle are spoken around."""
    assert len(say(voice, "fine 😀 \ud800 and\0 more")) > len(say(voice, "fine"))


def test_speech_arrives_before_the_end_of_the_text(voice):
    """The first block of a long text comes while the rest is still being synthesised."""
    blocks = voice.synthesize(SpeechRequest(LONG_TEXT))
    first = next(blocks)
    assert len(first) <= voice.sample_rate // 20 + 512
    assert speaking_threads()
    blocks.close()


@pytest.mark.measures
def test_stopping_after_the_first_block_ends_the_synthesis(voice):
    """Closing the iterator costs a fraction of the whole text and leaves no thread behind."""
    started = time.perf_counter()
    say(voice, LONG_TEXT)
    whole_s = time.perf_counter() - started

    started = time.perf_counter()
    blocks = voice.synthesize(SpeechRequest(LONG_TEXT))
    next(blocks)
    blocks.close()
    assert time.perf_counter() - started < whole_s / 3
    assert not speaking_threads()


def test_a_stopped_text_leaves_the_next_one_whole(voice):
    """Nothing of an interrupted text is heard in the following one."""
    expected = say(voice, FOX)
    blocks = voice.synthesize(SpeechRequest(LONG_TEXT))
    next(blocks)
    blocks.close()
    assert likeness(say(voice, FOX), expected) > 0.85


def test_two_threads_at_once_do_not_mix():
    """Two providers speaking English and German at the same time give what each gives alone."""
    german, english = EspeakVoice(EspeakOptions(voice="de")), EspeakVoice()
    requests = [(german, "Der schnelle braune Fuchs springt über den Hund."), (english, FOX)] * 4
    for provider in (german, english):
        provider.load()
    alone = [say(provider, text) for provider, text in requests]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda pair: say(*pair), requests))
    for one, other in zip(alone, together, strict=True):
        assert len(one) == pytest.approx(len(other), rel=0.01)
        assert likeness(one, other) > 0.85


def test_language_chooses_a_voice(voice):
    """The same word in German and in English sounds different; `de-AT` is served by `de`."""
    german = say(voice, "Wasser und Brot bitte", language="de")
    assert likeness(german, say(voice, "Wasser und Brot bitte", language="en")) < 0.7
    assert likeness(german, say(voice, "Wasser und Brot bitte", language="de-AT")) > 0.85


def test_own_voice_is_kept_for_its_language(voice):
    """A request for English leaves an American voice American."""
    american = say(voice, "I can't dance, not at all")
    assert likeness(american, say(voice, "I can't dance, not at all", language="en")) > 0.85


def test_rate_pitch_and_volume_scale_the_voice(voice):
    """Half the rate is twice as long, more pitch is higher, half the volume half as loud."""
    text = "We are near you all year long, and now we know more."
    normal = say(voice, text)
    slow = say(voice, text, rate=0.5)
    high = say(voice, text, pitch=1.3)
    quiet = say(voice, text, volume=0.5)
    rate = voice.sample_rate
    assert len(slow) / len(normal) == pytest.approx(2.0, rel=0.15)
    assert median_pitch_hz(high, rate) / median_pitch_hz(normal, rate) == pytest.approx(
        1.3, rel=0.1
    )
    assert loudness(quiet) / loudness(normal) == pytest.approx(0.5, rel=0.05)
    assert not say(voice, text, volume=0.0).any()


def test_options_set_the_normal_voice():
    """Options change what is spoken without any wish in the request."""
    lengths = []
    for options in (EspeakOptions(rate_wpm=350), EspeakOptions(), EspeakOptions(word_gap_ms=300)):
        provider = EspeakVoice(options)
        provider.load()
        lengths.append(len(say(provider, FOX)))
    fast, normal, halting = lengths
    assert fast < 0.7 * normal
    assert halting > 1.5 * normal


@pytest.mark.parametrize(
    "options", [{"rate_wpm": 20}, {"pitch": 9.0}, {"volume": -0.1}, {"word_gap_ms": -1}]
)
def test_impossible_options_are_refused(options):
    """A value that the engine would silently clip is named with its limits."""
    with pytest.raises(ValueError, match=f"{next(iter(options))} = .*: use"):
        EspeakOptions(**options)


@pytest.mark.parametrize("name", ["English (America)", "gmw/en-US", "EN-US", "en-us+f3", "german"])
def test_voices_are_found_by_name_identifier_and_language(voice, name):
    """Names are what eSpeak NG itself lists, in any case."""
    assert loudness(say(voice, "hello", voice=name)) > 500


def test_unknown_voice_names_the_nearest():
    """eSpeak NG's silent fallback never happens: the error suggests what was meant."""
    with pytest.raises(ConfigurationError, match=r"no voice 'en-uss'.*en-us"):
        EspeakVoice(EspeakOptions(voice="en-uss")).load()


def test_where_no_voice_is_near_none_is_suggested(voice):
    """The first of the alphabet would be as good as any, and nobody meant them."""
    with pytest.raises(ConfigurationError, match=r"has no voice 'Nobody'$"):
        voice.check_voice("Nobody", None)


def test_unknown_variant_and_language_are_errors(voice):
    """A variant or a language that is not there is said, not replaced."""
    with pytest.raises(ConfigurationError, match=r"no voice variant 'f33'.*f3"):
        voice.synthesize(SpeechRequest("hello", voice="en-us+f33"))
    with pytest.raises(ConfigurationError, match="no language 'qq'"):
        voice.synthesize(SpeechRequest("hello", language="qq"))


def test_a_voice_can_be_checked_before_anything_is_said(voice):
    """`check_voice` refuses exactly what speaking would: the line names the nearest voices."""
    voice.check_voice(None, None)
    voice.check_voice("german", "de")
    voice.check_voice(None, "de-AT")
    with pytest.raises(ConfigurationError, match=r"no voice 'en-uss'.*en-us"):
        voice.check_voice("en-uss", "en")
    with pytest.raises(ConfigurationError, match="no language 'qq'"):
        voice.check_voice(None, "qq")


def test_it_speaks_again_after_close(voice):
    """A closed provider refuses in one line, speaks again once loaded, and disturbs no other."""
    provider = EspeakVoice()
    provider.load()
    provider.close()
    with pytest.raises(ProviderFailedError, match="call load"):
        provider.synthesize(SpeechRequest("hello"))
    assert len(say(voice, "hello")) > 0
    provider.load()
    assert len(say(provider, "hello")) > 0


def test_availability_is_known_without_importing_the_engine():
    """`check()` finds the package and imports nothing of it."""
    code = (
        "import sys; from irene_plugins.tts.espeak import EspeakVoice\n"
        "print(EspeakVoice().check(), 'espeakng_loader' in sys.modules)"
    )
    assert run_python(code) == "ready False"


def test_it_speaks_from_a_very_long_path(tmp_path):
    """The library cuts long paths off; a virtual environment deep in a tree still speaks."""
    deep = tmp_path / ("d" * 180)
    code = (
        "import espeakng_loader, pathlib, threading\n"
        "from irene_plugins.tts.espeak_library import Library, Utterance\n"
        f"deep = pathlib.Path({str(deep)!r})\n"
        "deep.symlink_to(pathlib.Path(espeakng_loader.get_data_path()).parent)\n"
        "library = Library(espeakng_loader.get_library_path(), deep)\n"
        "blocks = []\n"
        "utterance = Utterance('hello', library.voices[0], {}, 1.0)\n"
        "library.speak(utterance, blocks.append, threading.Event())\n"
        "print(sum(len(block) for block in blocks) > 1000)"
    )
    assert run_python(code) == "True"

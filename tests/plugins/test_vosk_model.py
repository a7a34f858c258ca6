"""Vosk for real: a small model of commands, spoken to by voices that it was not trained on."""

import itertools
import json
import sys
import threading
import wave
from pathlib import Path

import numpy as np
import pytest
import soxr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import AsrRequest, AudioChunk, Grammar, ProviderFailedError, SpeechRequest
from irene.components.asr.component import ASRComponent
from irene.performance.measuring.listening import assembly_of
from irene.performance.speech.word_errors import WordErrors, count_errors
from irene.testing import noise, silence
from irene_plugins.asr.vosk import VoskAsr, VoskOptions
from irene_plugins.tts.espeak import EspeakOptions, EspeakVoice

pytest.importorskip("vosk", reason="the engine is not installed")
pytest.importorskip("espeakng_loader", reason="the voices are not installed")

RATE = 16000
DATA = Path(__file__).parents[1] / "data"
MODEL = Path(__file__).parents[1] / "models" / "vosk" / "irene-commands-en"
VOICES = ["en-us+f2", "en-us", "en-gb+m7", "en-us+f5", "en-gb+paul", "en-us+linda"]
"""none of them was trained on"""
COMMANDS = [
    "what time is it",
    "what's the date today",
    "set a timer for five minutes",
    "set a twenty minute timer",
    "cancel the timer",
    "how much time is left",
    "turn on the kitchen light",
    "switch off the lamp in the bedroom",
    "set the volume to seven",
    "turn the volume down",
    "lock the front door",
    "stop",
    "yes",
    "thank you",
    "one two three four five six seven eight nine zero",
]
OTHERS = [
    "the elephant and the rabbit walk along the river",
    "purple potato salad",
    "yesterday my brother bought a bicycle",
    "remember the weather in december",
]
HOUSEHOLD = Grammar.of_sentences(COMMANDS)
BRIGHTNESS = "s2p_en__set_Bed_Light_brightness_to_50_percent.wav"
RECORDED = {
    "rhasspy3__what_time_is_it.wav": "what time is it",
    "rhasspy3__turn_on_the_lamp.wav": "turn on the lamp",
    "s2p_en__set_a_timer_for_5_minutes.wav": "set a timer for five minutes",
    "s2p_en__next.wav": "next",
    "s2p_en__lock_the_Front_Door.wav": "lock the front door",
    BRIGHTNESS: "set bed light brightness to fifty percent",
    "tflite-micro__yes_1000ms.wav": "yes",
}


@pytest.fixture(scope="module")
def asr():
    provider = VoskAsr(VoskOptions(model=str(MODEL)))
    provider.load()
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def say():
    """Return int16 samples of a text at 16 kHz, a quarter of a second of room around it."""
    engine = EspeakVoice(EspeakOptions())
    engine.load()
    room = np.random.default_rng(1)

    def spoken(text, voice="en-us+f2", rate=1.0):
        blocks = list(engine.synthesize(SpeechRequest(text, voice=voice, rate=rate)))
        samples = soxr.resample(np.concatenate(blocks), engine.sample_rate, RATE)
        padded = np.pad(samples, (RATE // 4, RATE // 2)).astype(np.float64)
        return np.round(padded / 2 + room.standard_normal(len(padded)) * 3).astype(np.int16)

    yield spoken
    engine.close()


def recognise(asr, samples, grammar=None, chunk=1600):
    stream = asr.open_stream(AsrRequest(RATE, grammar=grammar))
    try:
        partials = [stream.accept(samples[i : i + chunk]) for i in range(0, len(samples), chunk)]
        return stream.finish(), [partial for partial in partials if partial is not None]
    finally:
        stream.close()


def clip(name):
    with wave.open(str(DATA / "commands" / name)) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def test_voices_that_the_model_never_heard_are_understood(asr, say):
    """Fifteen commands in six voices: the rate of wrong words is printed, and below 3 %."""
    errors, n_right = WordErrors(), 0
    for voice, text in itertools.product(VOICES, COMMANDS):
        these = count_errors(text.split(), recognise(asr, say(text, voice))[0].text.split())
        errors, n_right = errors + these, n_right + (these.n_errors == 0)
    n_all = len(VOICES) * len(COMMANDS)
    sys.stdout.write(f"{errors.rate:.1%} of {errors.n_reference} words wrong, ")
    sys.stdout.write(f"{n_right} of {n_all} commands right\n")
    assert errors.rate < 0.03


def test_people_are_not_taken_for_another_command(asr):
    """It knows a synthesiser's voices only; what it makes of people is printed, and is no command.

    Nearly all words of people are wrong, so this model is for tests, and nothing else.
    """
    openly = {name: recognise(asr, clip(name))[0].text for name in RECORDED}
    errors = sum(
        (count_errors(RECORDED[name].split(), text.split()) for name, text in openly.items()),
        WordErrors(),
    )
    sys.stdout.write(f"{errors.rate:.0%} of {errors.n_reference} words wrong: {openly}\n")
    commands = Grammar.of_sentences(RECORDED.values())
    for name, text in RECORDED.items():
        final, _ = recognise(asr, clip(name), commands)
        assert not final.in_grammar or final.text == text


def test_words_have_times_and_confidences(asr, say):
    """They lie in order, in the utterance, around the speech; each is sure to some degree."""
    samples = say("set a timer for five minutes")
    final, _ = recognise(asr, samples)
    assert [word.text for word in final.words] == final.text.split()
    times = [time for word in final.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 1000) / RATE
    assert times[0] == pytest.approx(loud[0], abs=0.2)
    assert times[-1] == pytest.approx(loud[-1], abs=0.2)
    assert all(0.0 < word.confidence <= 1.0 for word in final.words)
    assert 0.5 < final.confidence <= 1.0


def test_partials_grow_while_the_person_speaks(asr, say):
    """The first comes long before the end, each differs from the one before, none is final."""
    samples = say("set a timer for five minutes and ten seconds")
    stream = asr.open_stream(AsrRequest(RATE))
    heard = []
    for start in range(0, len(samples), 800):
        if (partial := stream.accept(samples[start : start + 800])) is not None:
            heard.append((start / len(samples), partial))
    texts = [partial.text for _, partial in heard]
    assert heard[0][0] < 0.5
    assert len(texts) >= 3
    assert all(before != after for before, after in itertools.pairwise(texts))
    assert not any(partial.is_final or "[unk]" in partial.text for _, partial in heard)
    assert stream.finish().text.startswith("set a timer")


@pytest.mark.parametrize("text", COMMANDS)
def test_a_sentence_of_the_grammar_is_found(asr, say, text):
    """Every word is right, and the sentence is known to be one of the grammar."""
    final, _ = recognise(asr, say(text), HOUSEHOLD)
    assert (final.text, final.in_grammar) == (text, True)


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_no_sentence_of_the_grammar_is_recognised_as_such(asr, say, text):
    """Talk about other things is not bent into a command, and shows no `[unk]`."""
    final, _ = recognise(asr, say(text), HOUSEHOLD)
    assert final.in_grammar is not True
    assert "[unk]" not in final.text


def test_a_grammar_decides_between_words_that_sound_alike(asr, say):
    """`four` and `for`, `two` and `to`: the sentences that can be said tell which it was."""
    digits = Grammar.of_sentences(
        " ".join(words) for words in itertools.product(["two", "four", "eight"], repeat=3)
    )
    for text in ("two four eight", "four two two", "eight four four"):
        assert recognise(asr, say(text), digits)[0].text == text


def test_a_sentence_with_words_that_the_model_lacks_is_left_out(asr, say):
    """The rest of the grammar is heard as ever."""
    grammar = Grammar.of_sentences(["turn on the zigbee", "turn on the lamp", "zigbee"])
    assert asr.unknown_words(grammar.vocabulary) == ("zigbee",)
    final, _ = recognise(asr, say("turn on the lamp"), grammar)
    assert (final.text, final.in_grammar) == ("turn on the lamp", True)


def test_a_pause_within_a_sentence_may_be_waited_for(say):
    """What the engine closes at a pause of a second is one sentence to it with `pause_s`."""
    room = np.asarray(noise(1.0, -75), np.int16)
    text, parts = "set a timer for five minutes", ["set a timer", "for five minutes"]
    samples = np.concatenate([say(parts[0]), room, say(parts[1])])
    patient = VoskAsr(VoskOptions(model=str(MODEL), pause_s=5.0))
    try:
        stream = patient.open_stream(AsrRequest(RATE))
        closed = [stream._recognizer.AcceptWaveform(samples.tobytes())]
        assert closed == [0]
        final, _ = recognise(patient, samples, Grammar.of_sentences([text]))
        assert (final.text, final.in_grammar) == (text, True)
    finally:
        patient.close()
    assert not Path(str(patient._overlay)).exists()


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(1, 40000), max_size=12, unique=True))
def test_chunking_changes_nothing(asr, say, cuts):
    """Blocks of any length give the words of one block."""
    samples = say("turn on the kitchen light")
    whole, _ = recognise(asr, samples, chunk=len(samples))
    stream = asr.open_stream(AsrRequest(RATE))
    for part in np.split(samples, sorted(cut for cut in cuts if cut < len(samples))):
        stream.accept(part)
    final = stream.finish()
    assert (final.text, final.words) == (whole.text, whole.words)


def test_utterances_on_many_threads_do_not_mix(asr, say):
    """Six at a time, with grammars and without: each is what it is alone."""
    jobs = [(say(text), HOUSEHOLD if n % 2 else None) for n, text in enumerate(COMMANDS[:6])]
    alone = [recognise(asr, *job)[0] for job in jobs]
    together = [None] * len(jobs)

    def work(number):
        together[number] = recognise(asr, *jobs[number], chunk=400)[0]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_utterances_that_take_turns_do_not_mix(asr, say):
    """Two people speak at once, each to a microphone of their own."""
    clips = [say("set a timer for five minutes"), say("turn off all lights", "en-gb+m7")]
    streams = [asr.open_stream(AsrRequest(RATE)) for _ in clips]
    for start in range(0, max(map(len, clips)), 480):
        for samples, stream in zip(clips, streams, strict=True):
            stream.accept(samples[start : start + 480])
    finals = [stream.finish() for stream in streams]
    assert [final.text for final in finals] == [
        "set a timer for five minutes",
        "turn off all lights",
    ]


@pytest.mark.parametrize("level_db", [-90, -60, -30])
def test_noise_is_no_word(asr, level_db):
    """Neither a quiet room nor a loud hiss."""
    assert recognise(asr, np.asarray(noise(2.0, level_db), np.int16))[0].text == ""


@pytest.mark.parametrize("n_samples", [0, 1, 160, 32000])
def test_silence_is_no_word(asr, n_samples):
    """Nothing at all, next to nothing, and two seconds of zeros."""
    final, partials = recognise(asr, np.zeros(n_samples, np.int16))
    assert (final.text, final.words, partials) == ("", (), [])


def test_a_rate_that_the_model_cannot_take_never_reaches_it(asr, say):
    """The engine would raise; the provider says which rate is right, and the slot converts."""
    with pytest.raises(ProviderFailedError, match=r"8000 Hz; this model takes 16000 Hz"):
        asr.open_stream(AsrRequest(8000))
    assembly = assembly_of("asr", "vosk", language="en", providers={"vosk": {"model": str(MODEL)}})
    component = ASRComponent(assembly.asr_slot())
    try:
        texts = {}
        for rate in (8000, 22050, 48000):
            samples = soxr.resample(say("what time is it"), RATE, rate)
            texts[rate] = component.recognize(AudioChunk(samples, rate)).hypothesis.text
        assert texts[22050] == texts[48000] == "what time is it"
        assert texts[8000].startswith("what")  # half of the spectrum is missing
    finally:
        component.close()


def test_what_is_no_command_is_recognised_freely(say):
    """Guided by two sentences, the assistant still hears a third, and knows that it is none."""
    assembly = assembly_of("asr", "vosk", language="en", providers={"vosk": {"model": str(MODEL)}})
    component = ASRComponent(assembly.asr_slot())
    component.guide(Grammar.of_sentences(["turn on the lamp", "stop"]))
    try:
        chunk = AudioChunk(say("set a timer for five minutes"), RATE)
        heard = component.recognize(chunk).hypothesis
        assert (heard.text, heard.in_grammar) == ("set a timer for five minutes", False)
    finally:
        component.close()


def test_the_warm_up_leaves_no_trace(say):
    """The first utterance after it is as any other."""
    provider = VoskAsr(VoskOptions(model=str(MODEL)))
    provider.warm_up()
    final, _ = recognise(provider, np.concatenate([silence(0.5), say("stop")]).astype(np.int16))
    assert final.text == "stop"
    provider.close()
    provider.close()


def test_the_manifest_tells_what_the_model_is():
    """Its words are those of the list, and it was made from no recording of a person."""
    manifest = json.loads((MODEL / "manifest.json").read_text("utf-8"))
    asr = VoskAsr(VoskOptions(model=str(MODEL)))
    assert asr.unknown_words(manifest["words"]) == ()
    assert manifest["licence"] == "Apache-2.0"
    assert "no recordings of people" in manifest["speech"]

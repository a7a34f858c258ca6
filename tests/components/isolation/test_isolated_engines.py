"""Real engines in workers, on real recordings: bit for bit what they give in this process."""

import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from crashing_vosk import CrashingVosk
from worker_bench import SOON

from irene import AsrRequest, Grammar, Kind, ProviderFailedError, ResampleQuality, SpeechRequest
from irene.plugin.registry import ComponentRegistry
from irene_plugins.asr.vosk import VoskOptions

DATA = Path(__file__).parents[2] / "data"
MODEL = Path(__file__).parents[2] / "models" / "vosk" / "irene-commands-en"
COMMANDS = ["rhasspy3__what_time_is_it.wav", "s2p_en__set_a_timer_for_5_minutes.wav"]
GRAMMAR = Grammar.of_sentences(["what time is it", "set a timer for five minutes", "stop"])
VOSK = VoskOptions(model=str(MODEL))
SLOW = pytest.mark.slow


@pytest.fixture(scope="module")
def registry():
    """Everything that is installed."""
    return ComponentRegistry.installed()


@pytest.fixture
def both(registry, bench):
    """Make a provider twice, loaded: in this process and in a worker."""
    made = []

    def make(kind, name, options=None):
        here = registry.create(kind, name, options)
        if not here.check().ready:
            pytest.skip(f"{name}: {here.check()}")
        there = bench.isolated(registry.create(kind, name, options))
        made.append(here)
        there.load()
        here.load()
        assert there.capabilities == here.capabilities
        return here, there

    yield make
    for provider in made:
        provider.close()
    assert bench.events == []


def recording(name):
    """Return a recording of 16 kHz."""
    with wave.open(str(DATA / name)) as file:
        assert file.getframerate() == 16000
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def hypotheses(asr, samples, grammar):
    """Return every partial hypothesis and the final one."""
    stream = asr.open_stream(AsrRequest(grammar=grammar))
    try:
        blocks = [samples[start : start + 1280] for start in range(0, samples.size, 1280)]
        return [*(stream.accept(block) for block in blocks), stream.finish()]
    finally:
        stream.close()


@pytest.mark.parametrize(
    ("name", "options", "grammar"),
    [
        ("vosk", VOSK, None),
        pytest.param("vosk", VOSK, GRAMMAR, marks=SLOW),
        pytest.param("pocketsphinx", None, None, marks=SLOW),
        pytest.param("pocketsphinx", None, GRAMMAR, marks=SLOW),
    ],
)
def test_transcripts_are_the_same(both, name, options, grammar):
    """Words, times, confidences, and every partial hypothesis on the way."""
    here, there = both(Kind.ASR, name, options)
    for command in COMMANDS:
        samples = recording(f"commands/{command}")
        told = hypotheses(there, samples, grammar)
        assert told == hypotheses(here, samples, grammar)
        assert told[-1].text


@pytest.mark.parametrize("name", ["microwakeword", pytest.param("openwakeword", marks=SLOW)])
def test_scores_of_wake_words_are_the_same(both, name):
    """Window by window, also after a reset."""
    here, there = both(Kind.VOICE_TRIGGER, name)
    samples = recording("wake/wyoming-openwakeword__hey_jarvis.wav")
    words = [word for word in ("hey_jarvis",) if there.hears(word)]
    assert words
    assert there.available_wake_words() == here.available_wake_words()
    scores = []
    for trigger in (here, there):
        window = trigger.capabilities.window
        stream = trigger.open_stream(words)
        pieces = [samples[at : at + window] for at in range(0, samples.size - window, window)]
        first = [dict(stream.process(piece)) for piece in pieces]
        stream.reset()
        scores.append((first, [dict(stream.process(piece)) for piece in pieces]))
        stream.close()
    assert scores[0] == scores[1]
    assert max(score for told in scores[0][0] for score in told.values()) > 0.5


def test_probabilities_of_speech_are_the_same(both):
    """Silero's, to the last bit."""
    here, there = both(Kind.VAD, "silero")
    samples = (recording(f"commands/{COMMANDS[0]}") / 32768).astype(np.float32)
    told = []
    for vad in (here, there):
        window = vad.capabilities.window
        stream = vad.open_stream()
        pieces = [samples[at : at + window] for at in range(0, samples.size - window, window)]
        told.append([stream.process(piece) for piece in pieces])
        stream.close()
    assert told[0] == told[1]
    assert max(told[0]) > 0.9


SAY = """
import sys, irene
from irene.plugin.registry import ComponentRegistry
voice = ComponentRegistry.installed().create(irene.Kind.TTS, "espeak")
voice.load()
said = voice.synthesize(irene.SpeechRequest(sys.argv[1], "en"))
print(*(block.tobytes().hex() for block in said), voice.sample_rate, voice.version)
"""


def test_a_voice_sounds_the_same(bench, registry):
    """Every block of eSpeak NG, whose noise is that of a new process; it can be stopped."""
    pytest.importorskip("espeakng_loader", reason="the engine is not installed")
    text = "It is a quarter past nine, and the kettle is on."
    there = bench.isolated(registry.create(Kind.TTS, "espeak"))
    there.load()
    spoken = list(there.synthesize(SpeechRequest(text, "en")))
    here = subprocess.run(
        [sys.executable, "-c", SAY, text], capture_output=True, text=True, check=True
    )
    *blocks, rate, version = here.stdout.split()
    assert (str(there.sample_rate), there.version) == (rate, version)
    assert [block.tobytes().hex() for block in spoken] == blocks
    assert len(blocks) > 5
    begun = there.synthesize(SpeechRequest(text, "en"))
    next(begun)
    begun.close()
    assert len(list(there.synthesize(SpeechRequest(text, "en")))) == len(spoken)


def test_conversions_are_the_same(both):
    """Streams in two channels, and whole clips."""
    here, there = both(Kind.RESAMPLING, "soxr")
    assert (there.version, there.linear) == (here.version, here.linear)
    random = np.random.default_rng(5)
    samples = random.uniform(-1, 1, (48_000, 2)).astype(np.float32)
    told = []
    for resampler in (here, there):
        stream = resampler.open_stream(48000, 16000, 2, ResampleQuality.HQ)
        ready = [stream.process(samples[at : at + 960]) for at in range(0, 48_000, 960)]
        told.append(np.concatenate([*ready, stream.flush()]).tobytes())
        stream.close()
        told.append(resampler.convert(samples, 48000, 16000, ResampleQuality.MQ).tobytes())
    assert told[:2] == told[2:]


def test_an_echo_is_taken_out_the_same_way(both):
    """Two signals in, one out, block by block."""
    here, there = both(Kind.ECHO_CANCELLATION, "kalman")
    random = np.random.default_rng(6)
    played = random.integers(-9000, 9000, 32_000, np.int16)
    captured = np.concatenate([np.zeros(400, np.int16), played[:-400] // 3])
    told = []
    for canceller in (here, there):
        stream = canceller.open_stream(16000)
        blocks = [
            stream.process(captured[at : at + 160], played[at : at + 160])
            for at in range(0, 32_000, 160)
        ]
        told.append(np.concatenate(blocks).tobytes())
        stream.close()
    assert told[0] == told[1]


def test_a_grammar_that_vosk_does_not_survive_costs_one_utterance(bench):
    """Vosk 0.3.45 crashes on the empty grammar: the worker does, and the next one recognises."""
    pytest.importorskip("vosk", reason="the engine is not installed")
    asr = bench.isolated(CrashingVosk(VOSK), restarts=SOON)
    asr.load()
    with pytest.raises(ProviderFailedError, match="SIGSEGV"):
        asr.open_stream(AsrRequest(language="[]"))
    stream = asr.open_stream(AsrRequest(language='["what time is it"]'))
    stream.accept(recording(f"commands/{COMMANDS[0]}"))
    assert "what time is it" in stream.finish().text
    stream.close()
    assert bench.names() == ["worker_died", "worker_restarted"]


ELSEWHERE = """
import sys, numpy, irene.components.assembly as assembly
from irene.config.loading import load_config
from irene.plugin.registry import ComponentRegistry
registry = ComponentRegistry.installed()
tables = {"vad": {"providers": {"silero": {"isolation": "process"}}}}
made = assembly.Assembly(load_config(tables, registry=registry), registry)
vad = made.vad_slot().chain.current.provider
vad.warm_up()
stream = vad.open_stream()
print(type(vad).__name__, stream.process(numpy.zeros(512, numpy.float32)) < 0.5)
stream.close()
vad.close()
print("onnxruntime" in sys.modules)
"""


@pytest.mark.slow
def test_the_engine_is_never_imported_by_the_assistant():
    """Not to look whether it is there, not to load it, not to use it."""
    pytest.importorskip("onnxruntime", reason="the engine is not installed")
    told = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["IsolatedVad", "True", "False"]

"""The short real request that finds out whether a provider works."""

import numpy as np
import pytest

from irene import (
    Asr,
    AsrStream,
    Availability,
    Hypothesis,
    IntentMatcher,
    IntentRecognizer,
    ProviderFailedError,
    ProviderUnavailableError,
    Resampler,
    ResampleStream,
    Tts,
    Vad,
    VadStream,
    VoiceTrigger,
    VoiceTriggerStream,
)
from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry
from irene.testing import (
    ScriptedAsr,
    ScriptedOutput,
    ScriptedTts,
    ScriptedVad,
    ScriptedVoiceTrigger,
)


class Faulty:
    """Does what a test says, and notes what it was asked."""

    answer = None

    def __init__(self):
        super().__init__(None)
        self.asked, self.n_closed = [], 0

    def say(self, *asked):
        """Note what was asked; return the answer, or raise it."""
        self.asked.append(asked)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def stream_of(kind, owner, *methods):
    """Return a stream whose methods ask the owner."""

    def method(name):
        return lambda self, *given: owner.say(name, *given)

    def close(self):
        owner.n_closed += 1

    made = {name: method(name) for name in methods}
    return type("Stream", (kind,), {**made, "close": close})()


class FaultyAsr(Faulty, Asr):
    name = "faulty"

    def open_stream(self, request):
        return stream_of(AsrStream, self, "accept", "finish")


class FaultyVad(Faulty, Vad):
    name = "faulty"

    def open_stream(self):
        return stream_of(VadStream, self, "process", "reset")


class FaultyTrigger(Faulty, VoiceTrigger):
    name = "faulty"

    def available_wake_words(self):
        return ("hello",)

    def open_stream(self, wake_words):
        return stream_of(VoiceTriggerStream, self, "process", "reset")


class FaultyTts(Faulty, Tts):
    name = "faulty"
    sample_rate = 16000

    def synthesize(self, request):
        yield from self.say("synthesize", request)


class FaultyResampler(Faulty, Resampler):
    name = "faulty"

    def open_stream(self, source_rate, target_rate, channels, quality):
        return stream_of(ResampleStream, self, "process", "flush")


class FaultyRecognizer(Faulty, IntentRecognizer):
    name = "faulty"

    def open_matcher(self, sources):
        return stream_of(IntentMatcher, self, "match")


FAULTY = [FaultyAsr, FaultyVad, FaultyTrigger, FaultyTts, FaultyResampler, FaultyRecognizer]


@pytest.mark.parametrize("cls", FAULTY, ids=lambda cls: cls.__name__)
def test_an_engine_that_raises_does_not_work(cls):
    """It is really asked; the error names it, and its stream is closed."""
    provider = cls()
    provider.answer = OSError("boom")
    with pytest.raises(ProviderFailedError, match="'faulty' does not work: OSError: boom"):
        provider.probe()
    assert provider.asked
    assert provider.n_closed == (0 if cls is FaultyTts else 1)


@pytest.mark.parametrize(
    ("cls", "answer", "what"),
    [
        (FaultyAsr, "text", "no hypothesis"),
        (FaultyVad, 7.0, "returned 7.0: use a number from 0 to 1"),
        (FaultyVad, float("nan"), "returned nan: use a number"),
        (FaultyTrigger, 3, "returned a int, no mapping of scores"),
        (FaultyTts, [], "gave no audio"),
        (FaultyTts, [np.zeros(0, np.int16)], "gave no audio"),
        (FaultyResampler, np.zeros(3, np.float32), "did not convert"),
        (FaultyResampler, np.full(80, np.nan, np.float32), "did not convert"),
    ],
)
def test_nonsense_is_no_answer(cls, answer, what):
    """What is not what the contract says is a failure."""
    provider = cls()
    provider.answer = answer
    with pytest.raises(ProviderFailedError, match=what):
        provider.probe()


@pytest.mark.parametrize(
    ("cls", "answer"),
    [
        (FaultyAsr, Hypothesis("", True)),
        (FaultyVad, 0.5),
        (FaultyTrigger, {}),
        (FaultyTts, [np.ones(9, np.int16)]),
        (FaultyResampler, np.zeros(80, np.float32)),
        (FaultyRecognizer, None),
    ],
)
def test_any_answer_is_an_answer(cls, answer):
    """That nothing was heard or understood is one."""
    provider = cls()
    provider.answer = answer
    provider.probe()
    assert provider.asked


@pytest.mark.parametrize(
    "cls", [ScriptedAsr, ScriptedVad, ScriptedVoiceTrigger, ScriptedTts, ScriptedOutput]
)
def test_what_works_passes(cls):
    """Loaded or not."""
    provider = cls()
    provider.probe()
    assert provider.is_loaded


def test_what_has_no_engine_to_ask_is_checked():
    """A loudspeaker is not made to sound for that."""

    class Gone(ScriptedOutput):
        gone = False

        def _check(self):
            return Availability(not self.gone, "no sound device", "plug it in")

    provider = Gone()
    provider.probe()
    provider.gone = True
    with pytest.raises(ProviderUnavailableError, match="plug it in"):
        provider.probe()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Kind.ASR, "pocketsphinx"),
        (Kind.VAD, "silero"),
        (Kind.VAD, "energy"),
        (Kind.VOICE_TRIGGER, "microwakeword"),
        (Kind.TTS, "espeak"),
        (Kind.RESAMPLING, "soxr"),
        (Kind.RESAMPLING, "linear"),
        (Kind.INTENT_RECOGNITION, "hassil"),
    ],
)
def test_the_engines_of_irene_pass(kind, name):
    """With their real engines."""
    provider = ComponentRegistry.installed().create(kind, name)
    try:
        provider.probe()
    finally:
        provider.close()


class Unsure(ScriptedAsr):
    """Checked by an author who thinks that the answer is yes or no."""

    def _check(self):
        return True


def test_a_check_that_answers_yes_is_told_what_to_answer():
    """The line says what was returned and what would be right."""
    with pytest.raises(ProviderFailedError, match=r"_check returned True, .* return READY, or"):
        Unsure().load()

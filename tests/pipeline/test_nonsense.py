"""Providers that return nonsense: it is noticed, the next one serves, the command is answered."""

import asyncio
import threading

import numpy as np
import pytest
from test_assistant_failures import add_fallback
from test_assistant_script import COMMAND, Answer, Stage, names, one

from irene import EchoCanceller, EchoCancellerStream, Hypothesis
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.own_voice.cancelling import Cancelling
from irene.domain.kinds import Kind
from irene.testing import ScriptedTts, ScriptedVad, ScriptedVoiceTrigger

NAN = float("nan")
LONGEST_WAIT_S = 10.0


@pytest.fixture
def stage():
    """A stage with everything in order."""
    return Stage()


def returning(cls, result):
    """Return a class like this one, whose streams return something else."""

    class Nonsense(cls):
        """Returns what it should not."""

        def open_stream(self, *arguments):
            """Open."""
            stream = super().open_stream(*arguments)
            stream.process = lambda window: result
            return stream

    return Nonsense


NO_SCORES = [{"hello": NAN}, {"hello": float("inf")}, {"hello": -3.0}, {"hello": None}, None, "no"]


@pytest.mark.parametrize("scores", NO_SCORES, ids=repr)
def test_scores_that_cannot_be_wake_nobody(stage, scores):
    """NaN lies above every threshold if it is compared the wrong way."""

    class Second(ScriptedVoiceTrigger):
        """Works."""

        name = "second"

    stage.trigger = returning(stage.trigger, scores)
    add_fallback(stage, "voice_trigger", Second)
    events = stage.play(*COMMAND)
    assert one(events, "wake_word_detected")["provider"] == "second"
    assert one(events, "provider_switched")["kind"] == "voice_trigger"
    assert one(events, "session_ended")["reason"] == "answered"


@pytest.mark.parametrize("probability", [NAN, -0.5, 7.0, None, "no", [0.5]], ids=repr)
def test_probabilities_that_cannot_be_are_no_speech(stage, probability):
    """The next VAD hears the same window."""

    class Second(ScriptedVad):
        """Works."""

        name = "second"

    stage.vad = returning(stage.vad, probability)
    add_fallback(stage, "vad", Second)
    events = stage.play(*COMMAND)
    assert one(events, "provider_switched")["kind"] == "vad"
    assert one(events, "session_ended")["reason"] == "answered"


@pytest.mark.parametrize("call", ["accept", "finish"])
@pytest.mark.parametrize("text", [None, 7, b"text", ["text"]], ids=repr)
def test_a_hypothesis_without_a_text_is_a_failure(stage, call, text):
    """Partial or final: the other recogniser hears the whole command."""
    original = stage.asr.open_stream

    def open_stream(self, request):
        stream = original(self, request)
        setattr(stream, call, lambda *_: Hypothesis(text, is_final=call == "finish"))
        return stream

    stage.asr.open_stream = open_stream
    events = stage.play(*COMMAND)
    assert one(events, "transcript")["provider"] == "second"
    assert one(events, "session_ended")["reason"] == "answered"


@pytest.mark.parametrize("stable", [5, -1, None, "4"], ids=repr)
def test_more_stable_text_than_there_is_is_a_failure(stage, stable):
    """A promise about text that is not there cannot be kept."""
    original = stage.asr.open_stream

    def open_stream(self, request):
        stream = original(self, request)
        stream.accept = lambda samples: Hypothesis("what", False, stable=stable)
        return stream

    stage.asr.open_stream = open_stream
    events = stage.play(*COMMAND)
    assert one(events, "transcript")["provider"] == "second"


def test_a_partial_hypothesis_that_is_none_is_a_failure(stage):
    """A session whose recogniser returns nonsense has its end."""
    original = stage.asr.open_stream

    def open_stream(self, request):
        stream = original(self, request)
        stream.accept = lambda samples: "what"
        return stream

    stage.asr.open_stream = open_stream
    events = stage.play(*COMMAND)
    assert one(events, "transcript")["provider"] == "second"


BLOCKS = [
    np.full(800, NAN, np.float32),
    np.zeros((800, 2), np.int16),
    np.zeros(800, np.complex64),
    "audio",
    None,
    [0] * 800,
]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block)[:20])
def test_a_voice_that_gives_no_samples_is_replaced(stage, block):
    """NaN as int16 would be a bang."""

    class Second(ScriptedTts):
        """Works."""

        name = "second"

    stage.voice.synthesize = lambda self, request: iter([block])
    add_fallback(stage, "tts", Second)
    spoken = one(stage.play(*COMMAND), "speech_synthesized")
    assert (spoken["provider"], spoken["seconds"]) == ("second", pytest.approx(0.05 * 24))


class Odd(EchoCanceller[None]):
    """Returns whatever it is told to."""

    name = "odd"
    result: object = None

    def open_stream(self, sample_rate):
        """Open."""
        result = self.result

        class Stream(EchoCancellerStream):
            """Returns it."""

            def process(self, captured, played):
                """Return it."""
                return result

        return Stream()


@pytest.mark.parametrize(
    "result", [None, 7, np.zeros(159, np.int16), np.zeros(160), np.zeros((160, 2), np.int16)]
)
def test_an_echo_canceller_that_returns_something_else_is_left_out(result):
    """The frame is heard as it was captured."""
    provider, events = Odd(), []
    provider.result = result
    chain = ProviderChain(Kind.ECHO_CANCELLATION, [Candidate("odd", provider)], events.append)
    cancelling = Cancelling(chain, 16000)
    captured = np.arange(160, dtype=np.int16)
    assert cancelling.process(captured, captured) is captured
    assert [event.event for event in events] == ["provider_failed"]


def test_an_output_that_cannot_finish_is_ended_once_and_replaced(stage):
    """`finish` raises: the stream is aborted, and another output serves next time."""
    calls = []
    original = stage.output.open_stream

    def open_stream(self, rate):
        stream = original(self, rate)

        def finish():
            calls.append("finish")
            raise OSError("device gone")

        stream.finish, stream.abort = finish, lambda: calls.append("abort")
        return stream

    stage.output.open_stream = open_stream
    events = stage.play(*COMMAND)
    assert calls == ["finish", "abort"]
    assert one(events, "provider_failed")["kind"] == "outputs"
    assert one(events, "session_ended")["reason"] == "failed"


def test_a_bug_while_answering_ends_its_session(stage, monkeypatch):
    """What nobody expected keeps its traceback, and nobody waits for the session for ever."""
    from irene.pipeline.answering.replying import Replier

    async def broken(self, said):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Replier, "reply", broken)
    events = []

    async def run():
        from irene import Assistant

        stage.input.audio = np.concatenate(COMMAND)
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            async for event in assistant.run():
                events.append(event.to_dict())

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run())
    assert one(events, "session_ended")["reason"] == "failed"
    assert events[-1]["event"] == "run_ended"


def test_a_cancelled_engine_cancels_nobody_else(stage):
    """An engine with an event loop of its own raises `CancelledError`: a failure like others."""
    done = threading.Event()

    def cancelled(self, intent, context):
        done.set()
        raise asyncio.CancelledError

    original = Answer.handle
    Answer.handle = cancelled
    try:
        events = stage.play(*COMMAND)
    finally:
        Answer.handle = original
    assert done.wait(LONGEST_WAIT_S)
    assert one(events, "session_ended")["reason"] == "failed"
    assert "error" in names(events)


def test_an_output_that_fails_is_not_asked_again_for_the_same_sound(stage):
    """Both were down a moment ago: whoever has not failed now is tried, not the first twice."""
    fails = {"scripted": 10**9, "second": 1}

    def failing(cls, name):
        class Output(cls):
            """Fails as often as it is told to."""

            def open_stream(self, rate):
                """Open."""
                stream = super().open_stream(rate)
                write = stream.write

                def broken(samples):
                    fails[name] -= 1
                    if fails[name] >= 0:
                        raise OSError("no device")
                    write(samples)

                stream.write = broken
                return stream

        Output.name = name
        return Output

    original = stage.output
    stage.output = failing(original, "scripted")
    add_fallback(stage, "outputs", failing(original, "second"))
    events = stage.play(*COMMAND, *COMMAND)
    ends = [event["reason"] for event in events if event["event"] == "session_ended"]
    assert ends == ["failed", "answered"]

"""Engines that hang while the assistant listens, without a deadline: each command is answered."""

import threading

import numpy as np
import pytest
from test_assistant_failures import add_fallback
from test_assistant_script import COMMAND, SPEECH, WAKE, Stage, names, one

from irene.testing import ScriptedVad, ScriptedVoiceTrigger, silence
from irene_plugins.resampling.soxr import SoxrResampler

LONGEST_WAIT_S = 30
"""a deadlock fails the test instead of hanging it"""


@pytest.fixture
def stage():
    """A stage whose engines hang after 0.2 s."""
    stage = Stage()
    stage.config["assistant"] = {"hang_timeout_ms": 200}
    return stage


@pytest.fixture
def hang():
    """Return a maker of faults that hang from their n-th call on; they end with the test."""
    released, threads = threading.Event(), []

    def hanging_at(n_calls):
        left = [n_calls]

        def fault():
            left[0] -= 1
            if left[0] < 0:
                threads.append(threading.current_thread())
                assert released.wait(LONGEST_WAIT_S)

        return fault

    yield hanging_at
    released.set()
    for thread in threads:
        thread.join(LONGEST_WAIT_S)
        assert not thread.is_alive()


TWICE = (*COMMAND, *COMMAND)


def what_was_said(stage):
    """Return a recogniser's audio per utterance, as bytes."""
    return [one.audio.tobytes() for one in stage.asr.heard]


def spied(stage):
    """Have the recogniser remember what it hears."""
    heard, original = [], stage.asr.open_stream
    stage.asr.open_stream = lambda self, request: heard.append(original(self, request)) or heard[-1]
    stage.asr.heard = heard
    return stage


@pytest.mark.parametrize("after", [0, 90, 130, 180, 260])
def test_a_vad_that_hangs_anywhere_costs_no_command_and_no_sample(stage, hang, after):
    """Before the first word, at its onset, in the middle of the command, in the pause after it and
    in the next one: both are answered, and the recogniser hears what it hears undisturbed."""
    undisturbed = spied(Stage())
    undisturbed.play(*TWICE)
    stage.vad.fault = staticmethod(hang(after))
    add_fallback(stage, "vad", type("Other", (ScriptedVad,), {"name": "other"}))
    events = spied(stage).play(*TWICE)
    assert names(events).count("transcript") == 2
    assert [e["reason"] for e in events if e["event"] == "session_ended"] == ["answered"] * 2
    assert what_was_said(stage) == what_was_said(undisturbed)
    assert one(events, "call_abandoned")["provider"] == "scripted"
    assert one(events, "provider_switched")["to"] == "other"
    assert events[-1]["reason"] == "end_of_input"


@pytest.mark.parametrize("after", [0, 130, 200])
def test_what_is_left_of_a_long_block_is_heard_too(stage, hang, after):
    """All audio comes at once: it is processed in pieces, in one of which the engine hangs."""
    undisturbed = spied(Stage())
    undisturbed.play(*TWICE)
    stage.input.block = 10**6
    stage.vad.fault = staticmethod(hang(after))
    add_fallback(stage, "vad", type("Other", (ScriptedVad,), {"name": "other"}))
    events = spied(stage).play(*TWICE)
    assert names(events).count("transcript") == 2
    assert what_was_said(stage) == what_was_said(undisturbed)
    assert one(events, "call_abandoned")["provider"] == "scripted"


class Stubborn(SoxrResampler):
    """Hangs in one of its chunks."""

    name = "stubborn"
    fault = staticmethod(lambda: None)

    def open_stream(self, source_rate, target_rate, channels, quality):
        inner = super().open_stream(source_rate, target_rate, channels, quality)
        convert, inner.process = inner.process, lambda samples: self.fault() or convert(samples)
        return inner


@pytest.mark.parametrize("after", [0, 25, 60])
def test_a_resampler_that_hangs_costs_no_sample(stage, hang, after):
    """The chunk is converted by the next one, and everybody hears it."""

    def play(on, **resampling):
        on.config["resampling"] = resampling
        on.further = (Stubborn,)
        on.input.sample_rate = 48000
        events = spied(on).play(*(np.repeat(part, 3) for part in TWICE))
        return events, [one.audio for one in on.asr.heard]

    _, expected = play(Stage(), default_provider="soxr")
    Stubborn.fault = staticmethod(hang(after))
    events, heard = play(stage, default_provider="stubborn", fallback_providers=["soxr"])
    assert one(events, "call_abandoned")["kind"] == "resampling"
    assert one(events, "provider_switched")["to"] == "soxr"
    for audio, wanted in zip(heard, expected, strict=True):
        # Where in the silence after the wake word it begins is a matter of the last bit.
        spoken, as_well = (one[np.argmax(np.abs(one) > 500) :] for one in (audio, wanted))
        n_common = min(spoken.size, as_well.size)
        assert abs(spoken.size - as_well.size) < 100
        assert np.abs(spoken[:n_common].astype(int) - as_well[:n_common]).max() <= 2


@pytest.mark.parametrize("after", [0, 95, 200])
def test_a_wake_word_engine_that_hangs_costs_no_wake_word(stage, hang, after):
    """The window in which it hangs, and a second before, are heard by the next one."""
    stage.config["voice_trigger"]["gate_db"] = 0
    stage.trigger.fault = staticmethod(hang(after))
    other = type("Other", (ScriptedVoiceTrigger,), {"name": "other"})
    add_fallback(stage, "voice_trigger", other)
    events = stage.play(*TWICE)
    assert names(events).count("wake_word_detected") == 2
    assert [e["reason"] for e in events if e["event"] == "session_ended"] == ["answered"] * 2
    assert one(events, "call_abandoned")["kind"] == "voice_trigger"


def test_a_vad_that_hangs_at_the_very_end_costs_no_command(stage, hang):
    """The input is over, and the last windows are still to be heard."""
    n_calls, undisturbed = [], Stage()
    undisturbed.vad.fault = staticmethod(lambda: n_calls.append(1))
    undisturbed.play(silence(1), WAKE, silence(0.5), SPEECH)
    stage.vad.fault = staticmethod(hang(len(n_calls) - 1))
    add_fallback(stage, "vad", type("Other", (ScriptedVad,), {"name": "other"}))
    events = stage.play(silence(1), WAKE, silence(0.5), SPEECH)
    assert one(events, "call_abandoned")["provider"] == "scripted"
    assert one(events, "session_ended")["reason"] == "answered"


def test_no_limit_is_a_choice(stage):
    """`hang_timeout_ms = 0` waits as long as it takes."""
    stage.config["assistant"] = {"hang_timeout_ms": 0}
    assert one(stage.play(*COMMAND), "session_ended")["reason"] == "answered"

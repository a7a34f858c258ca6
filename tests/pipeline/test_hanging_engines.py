"""Engines that hang while the assistant listens, without a deadline: each command is answered."""

import threading

import pytest
from test_assistant_failures import add_fallback
from test_assistant_script import COMMAND, SPEECH, WAKE, Stage, names, one

from irene.testing import ScriptedVad, ScriptedVoiceTrigger, silence

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

"""The same recording is heard alike, whatever the length of the blocks in which it comes."""

from collections import deque
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_assistant_script import SPEECH, WAKE, Stage

from irene import VoiceTriggerStream
from irene.testing import ScriptedVoiceTrigger, silence

LENGTHS = st.sampled_from([160, 480, 1600, 48000]) | st.integers(100, 4000)
OF_LISTENING = (
    "wake_word_detected",
    "speech_started",
    "speech_ended",
    "transcript",
    "session_ended",
)
DECIDED = ("event", "session", "start_s", "end_s", "text", "reason")


def told(stage, block, *parts):
    """Return what listening decides: when that is told may be up to a block later."""
    stage.input.block = block
    events = [event for event in stage.play(*parts) if event["event"] in OF_LISTENING]
    return [{key: event[key] for key in DECIDED if key in event} for event in events]


@given(
    block=LENGTHS,
    vad_window=st.sampled_from([160, 480, 512]),
    limit_ms=st.integers(400, 700),
    pause=st.integers(6000, 14000),
    loud=st.lists(st.tuples(st.integers(200, 3000), st.integers(200, 3000)), max_size=4),
)
def test_whether_speech_begins_in_time_falls_by_audio_time(
    block, vad_window, limit_ms, pause, loud
):
    """However near to `no_speech_timeout_ms` it begins, and however long a sound before it is."""
    stage = Stage()
    stage.config["assistant"] = {"no_speech_timeout_ms": limit_ms}
    stage.vad.capabilities = replace(stage.vad.capabilities, window=vad_window)
    sounds = [part for n, gap in loud for part in (SPEECH[:n], np.zeros(gap, np.int16))]
    parts = (silence(1), WAKE, np.zeros(pause, np.int16), *sounds, SPEECH, silence(1.5))
    assert told(stage, block, *parts) == told(stage, 160, *parts)


@pytest.mark.parametrize("block", [160, 777, 1600, 48000])
@pytest.mark.parametrize(("start_s", "reason"), [(2.11, "answered"), (2.13, "no_speech")])
def test_who_has_begun_to_speak_in_time_is_heard(block, start_s, reason):
    """Also when it takes until after the limit, here at 2.12 s, to be sure that it is speech."""
    stage = Stage()
    stage.config["assistant"] = {"no_speech_timeout_ms": 1000}
    stage.input.block = block
    events = stage.play(silence(1), WAKE, silence(start_s - 1.1), SPEECH, silence(1.5))
    assert [e["reason"] for e in events if e["event"] == "session_ended"] == [reason]


class LateTrigger(ScriptedVoiceTrigger):
    """Is sure of the wake word so many windows after it, as engines are."""

    late = 0

    def open_stream(self, wake_words):
        """Listen for the first of these words."""
        return _LateStream(super().open_stream(wake_words), type(self).late)


class _LateStream(VoiceTriggerStream):
    def __init__(self, stream, late):
        self._stream, self._late = stream, late
        self.reset()

    def process(self, window):
        self._scores.append(self._stream.process(window))
        return self._scores.popleft()

    def reset(self):
        """Forget what is not told yet."""
        self._scores = deque([{}] * self._late)


@settings(max_examples=20)
@given(
    block=LENGTHS,
    window=st.sampled_from([160, 512, 1280]),
    late=st.integers(0, 3),
    hold_ms=st.integers(100, 300),
    sounds=st.lists(
        st.tuples(st.integers(1, 2000), st.sampled_from([300, 25000]), st.integers(500, 6000)),
        min_size=1,
        max_size=3,
    ),
)
def test_whether_a_wake_word_is_heard_falls_by_audio_time(block, window, late, hold_ms, sounds):
    """However short the sound is, and however shortly the gate stays open after it."""
    stage = Stage()
    stage.config["voice_trigger"] |= {"gate_hold_ms": hold_ms, "refractory_ms": 100}
    stage.config["assistant"] = {"no_speech_timeout_ms": 300}
    stage.trigger = type("Trigger", (LateTrigger,), {"late": late})
    needs = stage.trigger.capabilities
    stage.trigger.capabilities = replace(needs, window=window)
    heard = [(np.full(n, level, np.int16), np.zeros(gap, np.int16)) for n, level, gap in sounds]
    parts = (silence(1), *(part for pair in heard for part in pair), silence(0.6))
    assert told(stage, block, *parts) == told(stage, 160, *parts)


@settings(max_examples=15)
@given(block=LENGTHS, hold_ms=st.integers(100, 300), length=st.integers(1600, 4000))
def test_whether_a_short_sound_is_speech_falls_by_audio_time(block, hold_ms, length):
    """Without a wake word, too."""
    stage = Stage()
    stage.config["voice_trigger"] |= {"enabled": False, "gate_hold_ms": hold_ms}
    parts = (silence(1.03), SPEECH[:length], silence(1.5))
    assert told(stage, block, *parts) == told(stage, 160, *parts)


@pytest.mark.parametrize("block", [320, 1600])
def test_a_wake_word_in_the_middle_of_a_block_is_heard(block):
    """Also when the gate has closed again before the block ends."""
    stage = Stage()
    stage.config["voice_trigger"]["gate_hold_ms"] = 100
    stage.trigger.capabilities = replace(stage.trigger.capabilities, window=1280)
    events = told(stage, block, silence(2), WAKE[:200], silence(7))
    assert events[0]["event"] == "wake_word_detected"

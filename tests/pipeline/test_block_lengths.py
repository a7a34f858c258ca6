"""The same recording is heard alike, whatever the length of the blocks in which it comes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_assistant_script import SPEECH, WAKE, Stage

from irene.testing import silence

LENGTHS = st.sampled_from([160, 480, 1600, 48000]) | st.integers(100, 4000)
OF_LISTENING = ("wake_word_detected", "speech_started", "speech_ended", "transcript")
TOLD = ("event", "session", "start_s", "end_s", "text", "reason")


def told(stage, block, *parts):
    """Return the events that listening leads to, with the audio times of its own decisions."""
    stage.input.block = block
    events = [e for e in stage.play(*parts) if e["event"] in (*OF_LISTENING, "session_ended")]
    return [
        {key: e[key] for key in TOLD if key in e}
        | ({"time_s": e["time_s"]} if e["event"] in OF_LISTENING else {})
        for e in events
    ]


@settings(max_examples=30)
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
    assert told(stage, block, *parts) == told(stage, 100, *parts)


@pytest.mark.parametrize("block", [160, 777, 1600, 48000])
@pytest.mark.parametrize(("start_s", "reason"), [(2.11, "answered"), (2.13, "no_speech")])
def test_who_has_begun_to_speak_in_time_is_heard(block, start_s, reason):
    """Also when it takes until after the limit, here at 2.12 s, to be sure that it is speech."""
    stage = Stage()
    stage.config["assistant"] = {"no_speech_timeout_ms": 1000}
    stage.input.block = block
    events = stage.play(silence(1), WAKE, silence(start_s - 1.1), SPEECH, silence(1.5))
    assert [e["reason"] for e in events if e["event"] == "session_ended"] == [reason]

"""Muting: what the microphone hears meanwhile reaches nobody."""

import asyncio

import numpy as np
import pytest
from test_assistant_live import Scene, live_stage
from test_assistant_script import COMMAND, SPEECH, WAKE, Stage, names, one

from irene import Assistant, AudioChunk
from irene.domain.events import MicrophoneMuted, MicrophoneUnmuted
from irene.pipeline.listening.mute_switch import MuteSwitch
from irene.testing import VirtualClock, silence


def play(stage, *steps):
    """Run a scene whose steps may be functions of the assistant; return its events as dicts."""

    async def run():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            bound = [
                step if isinstance(step, np.ndarray) else (lambda s=step: s(assistant))
                for step in steps
            ]
            stage.input.open_stream = lambda self: Scene(bound)
            return [event.to_dict() async for event in assistant.run()]

    return asyncio.run(run())


def test_while_it_is_muted_no_wake_word_is_heard():
    """Afterwards it is."""
    stage = live_stage()
    events = play(
        stage,
        Assistant.mute,
        *COMMAND,
        Assistant.unmute,
        *COMMAND,
    )
    assert [e["session"] for e in events if e["event"] == "wake_word_detected"] == [1]
    assert one(events, "microphone_muted")["session"] is None
    assert one(events, "session_ended")["reason"] == "answered"


def test_audio_time_goes_on_while_it_is_muted():
    """What is heard afterwards has the time at which it was spoken."""
    length_s = sum(part.size for part in COMMAND) / 16000
    first = one(play(live_stage(), *COMMAND), "wake_word_detected")
    later = one(
        play(live_stage(), Assistant.mute, *COMMAND, Assistant.unmute, *COMMAND),
        "wake_word_detected",
    )
    assert later["time_s"] == pytest.approx(first["time_s"] + length_s, abs=0.02)


def test_a_command_that_is_being_said_ends_where_it_is_muted():
    """What was said before is answered; nothing of what comes after is in it."""
    stage = live_stage()
    half = SPEECH[: SPEECH.size // 2]
    events = play(stage, silence(1), WAKE, silence(0.5), half, Assistant.mute, SPEECH, silence(2))
    ended = one(events, "speech_ended")
    assert ended["end_s"] - ended["start_s"] == pytest.approx(0.5, abs=0.15)
    assert one(events, "session_ended")["reason"] == "answered"


def test_nothing_that_was_said_while_muted_comes_back_as_pre_roll():
    """The recogniser gets only what was heard."""
    stage = live_stage()
    stage.config["voice_trigger"]["enabled"] = False
    loud = np.full(8000, 9000, np.int16)
    made = []
    init = stage.asr.__init__

    def keep(self, options=None):
        init(self, options)
        made.append(self)

    stage.asr.__init__ = keep
    play(stage, Assistant.mute, loud, Assistant.unmute, SPEECH, silence(1.5))
    heard = np.concatenate([one.audio for asr in made for one in asr.utterances])
    assert heard.size
    assert not (heard > 5000).any()


def test_it_stays_muted_in_the_next_run():
    """Until somebody unmutes it, whatever happens."""

    async def scene():
        stage = Stage()
        stage.input.audio = np.concatenate(COMMAND)
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            assistant.mute()
            first = [event.event async for event in assistant.run()]
            second = [event.event async for event in assistant.run()]
            assistant.unmute()
            third = [event.event async for event in assistant.run()]
            return first, second, third

    first, second, third = asyncio.run(scene())
    assert "wake_word_detected" not in first + second
    assert "wake_word_detected" in third
    assert "microphone_muted" in first
    assert names([{"event": name} for name in second])[0] != "microphone_muted"


def test_an_event_tells_each_change_once():
    """With the time that it was deaf."""
    told, clock = [], VirtualClock()
    switch = MuteSwitch(told.append, clock)
    assert not switch.is_on
    assert switch.turn(on=False) is False
    assert switch.turn(on=True) is True
    clock.advance(60.0)
    assert switch.turn(on=True) is False
    assert switch.is_on
    assert switch.turn(on=False) is True
    assert told == [MicrophoneMuted(), MicrophoneUnmuted(seconds=60.0)]


def test_the_first_chunk_after_it_is_silenced_too():
    """It may hold what was said just before."""
    switch, chunk = MuteSwitch([].append, VirtualClock()), AudioChunk(np.ones(160, np.int16), 16000)
    switch.turn(on=True)
    switch.silenced(chunk)
    assert switch.is_felt
    switch.turn(on=False)
    assert switch.is_felt
    switch.silenced(chunk)
    assert not switch.is_felt


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
@pytest.mark.parametrize("shape", [(160,), (160, 2), (0,)])
def test_silence_has_the_shape_of_what_it_stands_for(dtype, shape):
    """Format, length and time."""
    chunk = AudioChunk(np.ones(shape, dtype), 16000, 1.5)
    quiet = MuteSwitch([].append, VirtualClock()).silenced(chunk)
    assert not quiet.samples.any()
    assert (quiet.samples.shape, quiet.samples.dtype) == (shape, dtype)
    assert (quiet.start_s, quiet.format) == (1.5, chunk.format)
    assert chunk.samples.all()

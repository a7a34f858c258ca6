"""A loudspeaker and a microphone in one room: the assistant hears people, and not itself."""

from __future__ import annotations

import asyncio
import itertools
import time
import wave
from pathlib import Path

import numpy as np
import pytest

import irene
import irene.audio.played
from irene.plugin.host import installed_plugins
from irene.testing import AsrScript, Room, ScriptedAsr, at, events_of, registry_of, silent, speaking

pytest.importorskip("pymicro_wakeword", reason="the wake word engine is not installed")
pytest.importorskip("espeakng_loader", reason="the voice is not installed")

DATA = Path(__file__).parent.parent / "data"


def clip(name, peak_db=-8.0):
    """A recording at a given peak level."""
    with wave.open(str(DATA / name)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    return (samples / np.abs(samples).max() * 32767 * 10 ** (peak_db / 20)).astype(np.int16)


def called(command="commands/rhasspy3__play_the_beatles.wav"):
    """The wake word and a command."""
    pause = np.zeros(3200, np.int16)
    return np.concatenate((clip("wake/wyoming-openwakeword__hey_jarvis.wav"), pause, clip(command)))


class AskingForHelp(ScriptedAsr):
    """Recognises what has a long answer, which names commands that could be given."""

    script = AsrScript(text="what can you do")


def heard(room, echo, **settings):
    """Run an assistant in the room and return what happened."""
    registry = registry_of(
        room.microphone, room.loudspeaker, AskingForHelp, installed=installed_plugins()
    )
    config = {
        "assistant": {"follow_up": "always", "follow_up_timeout_ms": 2000},
        "inputs": {"default_provider": "room"},
        "outputs": {"default_provider": "room", "fallback_providers": []},
        "asr": {"default_provider": "scripted"},
        "audio": {"echo": echo},
        "sounds": {"listening": False, "done": False, "error": False},
        **settings,
    }
    return asyncio.run(events_of(config, registry))


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


@pytest.mark.parametrize("echo", ["cancel", "gate", "mute"])
@pytest.mark.parametrize("echo_db", [-20.0, 0.0])
def test_the_assistant_never_answers_itself_although_no_wake_word_is_needed_after_it(echo, echo_db):
    """It says questions that it could answer, and listens right after them."""
    room = Room(echo_db=echo_db, script=[(at(1.0), called())], end=silent(3.0))
    events = heard(room, echo)
    assert len(of(events, irene.Transcript)) == 1
    assert len(of(events, irene.WakeWordDetected)) == 1
    assert len(of(events, irene.FollowUpStarted)) == 1
    assert [one.reason for one in of(events, irene.SessionEnded)] == ["answered", "no_speech"]


def test_a_wake_word_over_the_voice_interrupts_it():
    """With the echo cancelled, a person as loud as the loudspeaker is heard."""
    script = [(at(1.0), called()), (speaking(5.0), called())]
    room = Room(echo_db=-6.0, script=script, end=silent(2.0, answers=2))
    events = heard(room, "cancel")
    assert len(of(events, irene.WakeWordDetected)) == 2
    assert of(events, irene.SessionEnded)[0].reason == "interrupted"
    assert len(of(events, irene.Transcript)) == 2


@pytest.mark.slow
def test_it_is_interrupted_although_its_loudspeaker_is_written_late_now_and_then(monkeypatch):
    """The loudspeaker has not run dry, so what is played is where it was."""
    pieces, write = itertools.count(1), irene.audio.played.PlayedAnswer.write

    def late(answer, samples):
        if next(pieces) % 15 == 0:
            time.sleep(0.15)
        write(answer, samples)

    monkeypatch.setattr(irene.audio.played.PlayedAnswer, "write", late)
    script = [(at(1.0), called()), (speaking(5.0), called())]
    room = Room(echo_db=-6.0, script=script, end=silent(2.0, answers=2), longest_s=60.0)
    events = heard(room, "cancel")
    assert len(of(events, irene.WakeWordDetected)) == 2


def test_a_muted_microphone_hears_nobody_while_the_assistant_speaks():
    """That is the price of `mute`."""
    script = [(at(1.0), called()), (speaking(5.0), called())]
    room = Room(echo_db=-6.0, script=script, end=silent(3.0))
    events = heard(room, "mute")
    assert len(of(events, irene.WakeWordDetected)) == 1
    assert of(events, irene.SessionEnded)[0].reason == "answered"


def test_a_stop_word_silences_the_voice_and_does_nothing_else():
    """No session begins; said in silence, it is nothing but a word."""
    pytest.importorskip("pocketsphinx", reason="the engine for any phrase is not installed")
    phrase = clip("commands/rhasspy3__turn_on_the_lamp.wav")
    script = [(at(1.0), phrase), (at(3.5), called()), (speaking(5.0), phrase)]
    room = Room(echo_db=-16.0, script=script, end=silent(3.0))
    events = heard(room, "cancel", voice_trigger={"stop_words": ["Turn on the lamp!"]})
    (stopped,) = of(events, irene.StopWordDetected)
    assert stopped.stop_word == "turn_on_the_lamp"
    assert stopped.provider == "pocketsphinx"
    assert of(events, irene.SessionEnded)[0].reason == "interrupted"
    assert len(of(events, irene.WakeWordDetected)) == 1


def test_stop_words_that_nobody_can_hear_are_refused_when_the_assistant_starts():
    """The message names the word and the cure."""
    room = Room(end=at(0.1))
    with pytest.raises(irene.ConfigurationError, match="'66'"):
        heard(room, "cancel", voice_trigger={"stop_words": ["route 66"]})


def test_a_canceller_that_cannot_take_the_microphones_rate_leaves_it_to_the_gate():
    """A warning says what would be right."""
    pytest.importorskip("livekit", reason="the engine of the webrtc canceller is not installed")
    room = Room(sample_rate=22050, end=at(0.1))
    events = heard(room, "cancel", echo_cancellation={"default_provider": "webrtc"})
    (warning,) = of(events, irene.Warned)
    assert '"gate" instead' in warning.message
    assert "22050" in warning.message

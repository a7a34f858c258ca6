"""Telling a person from the echo of what is played, by level alone."""

from __future__ import annotations

import numpy as np
import pytest

from irene.audio.comfort_noise import ComfortNoise
from irene.audio.echo_gate import EchoGate
from irene.audio.samples import level_db

FRAME = 160
FLOOR = 1e-7


def noise(seconds, level, seed=0):
    """Noise in frames whose loudness changes five times a second, as that of speech does."""
    random = np.random.default_rng(seed)
    n = int(seconds * 100)
    loudness = np.repeat(random.uniform(0.2, 1.0, n // 20 + 1), 20)[:n, None]
    return (random.standard_normal((n, FRAME)) * loudness * level * 32768).astype(np.int16)


def learnt(coupling_db, seconds=8.0, delay=20):
    """A gate that has heard the assistant speak in a room for some seconds."""
    gate, played = EchoGate(), noise(seconds, 0.1)
    factor = 10 ** (coupling_db / 20)
    for i, frame in enumerate(played):
        echo = played[i - delay] * factor if i >= delay else np.zeros(FRAME)
        gate.feed(echo.astype(np.int16), frame, FLOOR)
    return gate


@pytest.mark.parametrize("coupling_db", [-40, -20, -6, 0])
def test_the_assistants_own_voice_does_not_open_it(coupling_db):
    """Not at the start either, when the room is not known: the echo is taken to be loud."""
    gate, played = EchoGate(), noise(10, 0.1)
    factor = 10 ** (coupling_db / 20)
    opened = [
        gate.feed((played[max(0, i - 15)] * factor).astype(np.int16), frame, FLOOR)
        for i, frame in enumerate(played)
    ]
    assert not any(opened)


@pytest.mark.parametrize("coupling_db", [-40, -20, -10])
def test_the_coupling_is_learnt(coupling_db):
    """It is the level of the echo relative to the loudest sound shortly before."""
    assert learnt(coupling_db).coupling_db == pytest.approx(coupling_db, abs=4)


def test_who_is_louder_than_the_echo_is_heard_and_who_is_not_is_not():
    """Ten decibels above opens the gate, ten below does not."""
    for person_db, is_heard in ((10, True), (-10, False)):
        gate, played, voice = learnt(-20), noise(1, 0.1, 3), noise(1, 0.1, 4)
        mixed = played * 0.1 + voice * 10 ** ((person_db - 20) / 20)
        opened = [
            gate.feed(heard.astype(np.int16), frame, FLOOR)
            for heard, frame in zip(mixed, played, strict=True)
        ]
        assert bool(np.mean(opened) > 0.7) == is_heard, person_db


def test_a_click_is_nobody():
    """Two loud frames are not enough."""
    gate, silence = learnt(-20), np.zeros(FRAME, np.int16)
    click = np.full(FRAME, 20000, np.int16)
    assert not any(gate.feed(frame, silence, FLOOR) for frame in (click, click, silence))


def test_what_is_no_louder_than_the_room_is_nobody():
    """When an answer begins softly, the noise of the room must not pass for a person."""
    gate, room = EchoGate(), noise(1, 0.001)
    assert not any(gate.feed(frame, np.zeros(FRAME, np.int16), 1e-6) for frame in room)


def test_a_loudspeaker_that_is_turned_up_is_learnt_within_a_minute():
    """It passes for a person at first, but not for ever."""
    gate, opened = learnt(-30), []
    for frame in noise(60, 0.1, 5):
        opened.append(gate.feed((frame * 0.3).astype(np.int16), frame, FLOOR))
    assert any(opened[:200])
    assert not any(opened[-500:])


def test_comfort_noise_is_as_loud_as_the_room():
    """Within 3 dB, whatever was said in the room."""
    room, generator = ComfortNoise(), np.random.default_rng(0)
    quiet = (generator.standard_normal(48000) * 30).astype(np.int16)
    said = (quiet * 100).clip(-32768, 32767).astype(np.int16)
    room.learn(quiet[:FRAME], 300)
    room.learn(said[:FRAME], 50)
    room.learn(quiet[-FRAME:], 300)
    assert level_db(room.take(16000)) == pytest.approx(level_db(quiet), abs=3)


def test_comfort_noise_never_is_digital_silence_and_never_clips():
    """From the first sample on."""
    room = ComfortNoise()
    assert room.take(160).shape == (160,)
    assert room.take(16000).any()
    assert room.take(0).shape == (0,)

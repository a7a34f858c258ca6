"""A sweep from the loudspeaker to the microphone, and what it means for an assistant."""

import threading
import time

import numpy as np
import pytest

from irene.audio.acoustic_loop import LoopReport
from irene.cli.doctor import loop, sound
from irene.config.loading import load_config
from irene.domain.audio import AudioFormat
from irene.domain.kinds import Kind
from irene.errors import DeviceError
from irene.plugin.registry import ComponentRegistry
from irene.providers.input import Input, InputStream
from irene.providers.output import Output, OutputStream

RATE = 48000
BLOCK = 960


class Air:
    """Carries what is played to who records, after a delay; the microphone waits for the sweep.

    It never ends, and time in it goes no faster than about twenty times: else a quick reader is at
    the end of any recording before who plays looks at it again.
    """

    def __init__(self, delay_s=0.05, gain=0.1, before_s=0.5):
        self._noise = np.random.default_rng(3)
        self.samples = self._noise.normal(0, 0.0003, 10 * RATE)
        self.position = 0
        self._delay, self._gain = round(delay_s * RATE), gain
        self._wait_at = round(before_s * RATE)
        self._was_played = threading.Event()

    def play(self, samples):
        begin = self.position + self._delay
        self.samples[begin : begin + len(samples)] += self._gain * samples / 32768
        self._was_played.set()

    def hear(self):
        if self.position >= self._wait_at:
            self._was_played.wait(60)
            time.sleep(0.001)
        self.position += BLOCK
        piece = self.samples[self.position - BLOCK : self.position]
        if len(piece) < BLOCK:
            piece = self._noise.normal(0, 0.0003, BLOCK)
        return (32767 * np.clip(piece, -1, 1)).astype(np.int16)


class Ear(InputStream):
    """Hears the air."""

    def __init__(self, air):
        self._air, self._is_closed = air, False
        self.format_ = AudioFormat(RATE)

    @property
    def format(self):
        return self.format_

    def read(self):
        return None if self._is_closed else self._air.hear()

    def close(self):
        self._is_closed = True


class Microphone(Input[None]):
    """Opens an ear."""

    name, live = "ear", True
    air = None

    def open_stream(self):
        return Ear(type(self).air)


class DeafStream(Ear):
    """Ends at once, as a device does that vanishes."""

    def read(self):
        return None


class Mouth(OutputStream):
    """Sounds in the air."""

    def __init__(self, air):
        self._air = air

    def write(self, samples):
        self._air.play(samples)

    def finish(self):
        pass

    def abort(self):
        pass


class Loudspeaker(Output[None]):
    """Opens a mouth."""

    name, live = "mouth", True
    air = None

    def open_stream(self, sample_rate):
        assert sample_rate == RATE
        return Mouth(type(self).air)


@pytest.fixture
def air():
    """One room for both."""
    Microphone.air = Loudspeaker.air = Air()
    return Microphone.air


def judged(report, *overrides):
    """Return level and text of what a loop means for an assistant."""
    registry = ComponentRegistry.installed()
    config = load_config("minimal", registry=registry, overrides=overrides)
    return [(one.level, one.text, one.cure) for one in sound.judged(report, config)]


def report(**values):
    """Return a loop that is well, but for some values."""
    usual = {"noise_db": -60, "peak_db": -20, "clipped": 0, "delay_s": 0.05, "echo_db": -20}
    return LoopReport(**{**usual, **values})


def test_the_sweep_is_found_where_it_was_heard(air):
    """Delay and loudness of the way through the air; the stream is closed again."""
    found = loop.play_and_record(Microphone(), Loudspeaker())
    assert found.delay_s == pytest.approx(0.05, abs=BLOCK / RATE)
    assert found.echo_db == pytest.approx(-20, abs=0.5)
    assert found.noise_db == pytest.approx(-70, abs=2)


def test_a_microphone_that_brings_nothing_is_an_error_of_one_line(air, monkeypatch):
    """And nothing hangs."""
    monkeypatch.setattr(Microphone, "open_stream", lambda self: DeafStream(self.air))
    with pytest.raises(DeviceError, match="brings no sound"):
        loop.play_and_record(Microphone(), Loudspeaker())


def test_a_loudspeaker_that_breaks_is_an_error_of_one_line(air, monkeypatch):
    """Its own reason is told."""

    def broken(self, samples):
        raise DeviceError("the loudspeaker has vanished")

    monkeypatch.setattr(Mouth, "write", broken)
    with pytest.raises(DeviceError, match="has vanished"):
        loop.play_and_record(Microphone(), Loudspeaker())


def test_both_devices_are_closed_when_one_of_them_fails_to(air, monkeypatch):
    """The one that fails is told; the other is free again."""
    closed = []

    def fail(self):
        raise OSError("unplugged")

    def note(self):
        closed.append(self)

    monkeypatch.setattr(Loudspeaker, "_close", fail)
    monkeypatch.setattr(Microphone, "_close", note)
    made = {Kind.INPUT: Microphone(), Kind.OUTPUT: Loudspeaker()}
    monkeypatch.setattr(sound, "_provider", lambda kind, *where: made[kind])
    monkeypatch.setattr(sound, "_is_live", lambda *where: True)
    registry = ComponentRegistry.installed()
    (found,) = sound.loop(load_config("minimal", registry=registry), registry)
    assert "unplugged" in found.text
    assert closed == [made[Kind.INPUT]]


def test_a_calculated_room_is_measured_like_a_real_one():
    """What went into it comes out."""
    found = loop.simulated()
    assert found.delay_s == pytest.approx(0.08)
    assert found.echo_db == pytest.approx(-26, abs=0.5)


def test_a_good_loop_needs_no_cure():
    """Two lines, both well."""
    assert [level for level, _, _ in judged(report())] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("values", "word", "cure"),
    [
        ({"clipped": 0.02}, "cut off", "gain"),
        ({"noise_db": -30}, "noise of the room -30 dB", "lower"),
        ({"peak_db": -55}, "hardly louder", "raise"),
        ({"delay_s": None, "echo_db": None}, "does not hear", "irene devices"),
        ({"delay_s": 0.9}, "heard late", "wired"),
    ],
    ids=["clipping", "noise", "faint", "unheard", "late"],
)
def test_what_is_wrong_has_a_cure(values, word, cure):
    """One warning each."""
    found = [one for one in judged(report(**values)) if one[0] == "warning"]
    assert len(found) == 1
    assert word in found[0][1]
    assert cure in found[0][2]


def test_a_loud_echo_matters_only_when_nothing_is_done_about_it():
    """`audio.echo = "off"` is for headphones."""
    assert "own voice" in judged(report(echo_db=-10), "audio.echo=off")[-1][1]
    assert judged(report(echo_db=-10), "audio.echo=cancel")[-1][0] == "ok"

"""Taking the assistant's voice out of a microphone: what is changed, and what never is."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import (
    AudioFormat,
    DeviceError,
    EchoCanceller,
    EchoCancellerStream,
    Input,
    InputStream,
)
from irene.audio.played import PlayedSound
from irene.components.calls.watch import CallWatch, Relay
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.own_voice.cancelling import Cancelling
from irene.components.own_voice.echo_removal import EchoRemoval
from irene.components.own_voice.overheard_output import OverheardOutput
from irene.components.own_voice.own_voice import OwnVoice
from irene.domain.audio import AudioChunk
from irene.domain.events import ProviderFailed
from irene.domain.kinds import Kind
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.capture import Capture
from irene.pipeline.run import Run
from irene.telemetry.costs import StageCosts
from irene.testing import ScriptedOutput, VirtualClock

RATE = 16000


class Halving(EchoCanceller):
    """Takes half of what was captured away; fails when it is told to."""

    name = "halving"
    broken = False

    def open_stream(self, sample_rate):
        return _Halving()


class _Halving(EchoCancellerStream):
    def __init__(self):
        self.is_closed = False

    def process(self, captured, played):
        if Halving.broken:
            raise OSError("the engine is gone")
        return captured // 2

    def close(self):
        self.is_closed = True


def line():
    return PlayedSound(RATE, lambda *_: pytest.fail("nothing has to be converted"))


def noise(seconds, level, seed=0):
    samples = np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * level
    return samples.astype(np.int16)


def through(removal, samples, sizes):
    """Return what is left of samples that come in blocks of these sizes, again and again."""
    left, n_left, at, turn = [], 0, 0, 0
    while at < len(samples):
        size = sizes[turn % len(sizes)]
        chunk = removal.clean(AudioChunk(samples[at : at + size], RATE, at / RATE))
        assert abs(chunk.start_s * RATE - n_left) < 1e-3
        left.append(chunk.samples)
        n_left += len(chunk.samples)
        at, turn = at + size, turn + 1
    return np.concatenate(left)


def test_while_nothing_is_played_every_chunk_is_returned_as_it_is():
    """The very object: stereo and float32 stay, nothing waits."""
    removal = EchoRemoval(line(), mute=True, cancelling=None)
    for samples in (noise(0.013, 100), np.zeros((100, 2), np.float32)):
        chunk = AudioChunk(samples, RATE, 0.0)
        assert removal.clean(chunk) is chunk


def test_muted_nothing_is_left_but_the_rooms_noise_until_the_last_echo_is_over():
    """What is played is a second long; what stands in its place is as loud as the room."""
    played = line()
    removal = EchoRemoval(played, mute=True, cancelling=None)
    through(removal, noise(2.0, 20), [320])
    played.write(noise(1.0, 3000))
    captured = noise(3.0, 8000, seed=1)
    left = through(removal, captured, [320])
    assert np.abs(left[: round(1.6 * RATE)].astype(int)).max() < 200
    assert (left[-RATE:] == captured[-RATE:]).all()


@pytest.mark.parametrize("mute", [True, False])
@pytest.mark.parametrize("size", [320, 1600])
def test_an_answer_that_is_over_before_the_next_block_is_taken_out(mute, size):
    """It was begun and stopped between two blocks; a little of it was played, and rings on."""
    played = line()
    removal = EchoRemoval(played, mute=mute, cancelling=None)
    through(removal, noise(2.0, 20), [size])
    answer, voice = played.begin(RATE), noise(0.3, 3000)
    answer.write(voice)
    answer.abort()
    echo = np.concatenate((voice[:size] // 2, noise(0.2, 150), noise(0.6, 20, seed=1)))
    left = through(removal, echo, [size])
    assert np.abs(left.astype(int)).max() < 200


def test_who_speaks_when_an_answer_was_stopped_at_once_is_heard():
    """Whoever is louder than what was played of it."""
    played = line()
    removal = EchoRemoval(played, mute=False, cancelling=None)
    through(removal, noise(2.0, 20), [320])
    answer = played.begin(RATE)
    answer.write(noise(0.3, 300))
    answer.abort()
    captured = noise(0.4, 3000)
    left = through(removal, captured, [320])
    assert (left[480:] == captured[480:]).all()


@given(st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_no_sample_is_lost_or_moved_however_long_the_chunks_are(sizes):
    """Less than 10 ms wait for the next chunk, and come with it."""
    played = line()
    removal = EchoRemoval(played, mute=False, cancelling=None)
    captured = noise(1.0, 5000)
    played.write(np.zeros(4000, np.int16))  # silence that is played has no echo
    left = through(removal, captured, sizes)
    assert len(captured) - 160 < len(left) <= len(captured)
    settled = slice(round(0.1 * RATE), len(left))
    assert (left[settled] == captured[settled]).all()


def test_stereo_and_float_are_mixed_and_converted_while_something_is_played():
    """Whoever listens takes mono anyway."""
    played = line()
    played.write(np.zeros(1600, np.int16))
    removal = EchoRemoval(played, mute=False, cancelling=None)
    chunk = removal.clean(AudioChunk(np.full((320, 2), 0.25, np.float32), RATE, 0.0))
    assert chunk.samples.dtype == np.int16
    assert chunk.samples.shape == (320,)


def test_a_canceller_that_fails_is_told_of_once_and_left_alone():
    """The echo is left to the gate, the engine's stream is closed, and the run goes on."""
    told, stream, canceller = [], _Halving(), Halving()
    canceller.open_stream = lambda sample_rate: stream
    chain = ProviderChain(Kind.ECHO_CANCELLATION, [Candidate("halving", canceller)], told.append)
    cancelling = Cancelling(chain, RATE)
    block = np.full(160, 1000, np.int16)
    assert (cancelling.process(block, block) == 500).all()
    Halving.broken = True
    try:
        for _ in range(3):
            assert (cancelling.process(block, block) == 1000).all()
    finally:
        Halving.broken = False
    assert stream.is_closed
    cancelling.close()
    (failure,) = [event for event in told if isinstance(event, ProviderFailed)]
    assert failure.provider == "halving"
    assert "the engine is gone" in failure.reason


def test_an_overheard_output_plays_the_same_and_lets_the_line_know():
    """Also how it ends: what was not played is taken back."""
    plain, played = ScriptedOutput(), line()
    output = OverheardOutput(plain, lambda: played)
    output.load()
    assert output.is_loaded
    stream = output.open_stream(RATE)
    stream.write(np.arange(100, dtype=np.int16))
    stream.finish()
    assert (np.concatenate(plain.answers[0]) == np.arange(100)).all()
    assert (played.read(100) == np.arange(100)).all()
    stream = output.open_stream(RATE)
    stream.write(np.ones(100, np.int16))
    stream.abort()
    assert played.waiting == 0


def test_an_output_that_cannot_stop_is_not_overheard_any_more():
    """What it was given is taken back all the same."""
    plain, played = ScriptedOutput(), line()
    stream = OverheardOutput(plain, lambda: played).open_stream(RATE)
    stream.write(np.ones(100, np.int16))
    stream._stream.abort = broken
    with pytest.raises(OSError, match="out of order"):
        stream.abort()
    assert played.waiting == 0


@pytest.mark.parametrize("call", [("write", np.ones(10, np.int16)), ("finish",)])
def test_an_output_that_was_stopped_while_the_line_was_at_work_is_left_alone(call):
    """Converting for the line takes time, in which somebody may stop the answer."""
    plain, played = ScriptedOutput(), line()
    stream = OverheardOutput(plain, lambda: played).open_stream(RATE)
    setattr(stream._answer, call[0], lambda *_: stream.abort())
    setattr(stream._stream, call[0], lambda *_: pytest.fail("it was stopped"))
    getattr(stream, call[0])(*call[1:])


def test_an_answer_that_cannot_be_converted_for_the_line_opens_no_device():
    """A stream that nobody has could not be ended by anybody."""
    plain, played = ScriptedOutput(), PlayedSound(RATE, lambda *_: broken())
    with pytest.raises(OSError, match="out of order"):
        OverheardOutput(plain, lambda: played).open_stream(2 * RATE)
    assert plain.answers == []


class Converting:
    """A conversion that makes nothing, and knows whether it is closed."""

    is_closed = False

    def close(self):
        self.is_closed = True


def test_the_conversion_for_an_output_that_does_not_open_is_closed():
    """Nobody writes to it."""
    converting, plain = Converting(), ScriptedOutput()
    plain.open_stream = lambda sample_rate: broken()
    played = PlayedSound(RATE, lambda *_: converting)
    with pytest.raises(OSError, match="out of order"):
        OverheardOutput(plain, lambda: played).open_stream(2 * RATE)
    assert converting.is_closed


class Unplugged(Input[None]):
    """A microphone that is unplugged once; the assistant speaks meanwhile."""

    name = "unplugged"
    live = True

    def __init__(self, speak):
        super().__init__()
        self.plugs = [Plug(speak), Plug()]

    def open_stream(self):
        return self.plugs.pop(0)


class Plug(InputStream):
    format = AudioFormat(RATE)

    def __init__(self, speak=None):
        self.speak, self.n_left = speak, 1

    def read(self):
        self.n_left -= 1
        if self.n_left == 0:
            return noise(0.1, 20)
        if self.speak is not None:
            self.speak()
            raise DeviceError("unplugged")
        return None

    def close(self):
        """Nothing is open."""


def test_what_was_played_while_the_microphone_was_away_is_not_looked_for_in_it():
    """A run tells its own voice that the microphone is back."""
    voice = OwnVoice("gate", None, lambda *_: pytest.fail("nothing has to be converted"))
    output, clock = voice.overhear(LiveOutput()), VirtualClock()
    source = Unplugged(lambda: output.open_stream(RATE).write(noise(0.4, 3000)))
    events = EventStream(lambda event: None)
    capture = Capture(source, events, clock, False)
    voice.begin(RATE, True)
    Run(capture, voice, SimpleNamespace(ear=SimpleNamespace(watch=CallWatch())), None, events)
    capture.open()
    waiting = []
    capture.run(lambda _: waiting.append(voice._removal.played.waiting) or 0, StageCosts(clock))
    assert waiting == [0, 0]


class LiveOutput(ScriptedOutput):
    """A loudspeaker."""

    live = True


def test_outside_of_a_run_an_overheard_output_is_only_an_output():
    """Nobody listens to the line."""
    plain = ScriptedOutput()
    stream = OverheardOutput(plain, lambda: None).open_stream(RATE)
    stream.write(np.ones(10, np.int16))
    assert len(plain.answers[0]) == 1


def test_the_echo_of_what_the_microphone_lost_is_passed_over_with_it():
    """Microphone and loudspeaker stay in step: a quarter of a second is missing from both."""
    played = line()
    removal = EchoRemoval(played, mute=True, cancelling=None)
    played.begin(RATE).write(noise(2.0, 3000))
    removal.clean(AudioChunk(noise(0.1, 100), RATE, 0.0))
    waiting = played.waiting
    removal.clean(AudioChunk(noise(0.1, 100), RATE, 0.35))
    assert waiting - played.waiting == 4000 + 1600


def test_what_is_left_out_is_not_lost():
    """Before the assistant speaks, blocks need not be given: the echo begins with what follows."""
    played = line()
    removal = EchoRemoval(played, mute=True, cancelling=None)
    removal.clean(AudioChunk(noise(0.1, 100), RATE, 0.0))
    assert removal.pass_over(1600, 0.1)
    assert removal.pass_over(1600, 0.2)
    played.begin(RATE).write(noise(2.0, 3000))
    assert not removal.pass_over(1600, 0.3)
    waiting = played.waiting
    removal.clean(AudioChunk(noise(0.1, 100), RATE, 0.3))
    assert waiting - played.waiting == 1600


def test_what_is_lost_behind_what_is_left_out_takes_its_echo_along():
    """The assistant began to speak in audio that never came."""
    played = line()
    removal = EchoRemoval(played, mute=True, cancelling=None)
    assert removal.pass_over(1600, 0.0)
    played.begin(RATE).write(noise(2.0, 3000))
    waiting = played.waiting
    removal.clean(AudioChunk(noise(0.1, 100), RATE, 0.1 + 0.25))
    assert waiting - played.waiting == 4000 + 1600


def test_nothing_is_left_out_until_the_last_echo_has_gone():
    """The room rings on after the loudspeaker."""
    played = line()
    removal = EchoRemoval(played, mute=True, cancelling=None)
    played.begin(RATE).write(noise(0.1, 3000))
    n_cleaned = 0
    while not removal.pass_over(1600, n_cleaned / 10):
        removal.clean(AudioChunk(noise(0.1, 100), RATE, n_cleaned / 10))
        n_cleaned += 1
    assert 6 <= n_cleaned <= 9


class Happenings:
    """Two removals in one room: one gets every block, the other only what it does not leave out."""

    def __init__(self, mute):
        self.lines = line(), line()
        self.all_given, self.few_given = (EchoRemoval(one, mute, None) for one in self.lines)
        self.at, self.is_silent, self.n_waiting = 0, True, 0

    def speak(self, n_samples):
        """Say something, nothing at all, or (None) be silent at once."""
        for one in self.lines:
            if n_samples is None:
                one.drop()
            else:
                one.write(np.full(n_samples, 3000, np.int16))
        self.is_silent &= not n_samples

    def lose(self, n_samples):
        """Lose some of the microphone."""
        self.at += n_samples

    def hear(self, n_samples):
        """Hear a block: it is left out if, and only if, it is nothing but the room."""
        chunk = AudioChunk(noise(n_samples / RATE, 100), RATE, self.at / RATE)
        self.at += n_samples
        is_left_out = self.few_given.pass_over(n_samples, chunk.start_s)
        assert is_left_out or not self.is_silent
        whole = self.all_given.clean(chunk)
        part = whole if is_left_out else self.few_given.clean(chunk)
        assert (part.n_samples, part.start_s) == (whole.n_samples, whole.start_s)
        assert whole is chunk or not is_left_out
        assert self.lines[0].waiting == self.lines[1].waiting
        self.n_waiting += n_samples - whole.n_samples
        self.is_silent = whole is chunk
        assert not (self.is_silent and self.n_waiting)


@given(
    st.booleans(),
    st.lists(
        st.one_of(
            st.tuples(
                st.just(Happenings.speak), st.sampled_from([None, 0, 1, 150, 160, 4000, 100_000])
            ),
            st.tuples(st.just(Happenings.lose), st.integers(1, 3000)),
            st.tuples(st.just(Happenings.hear), st.sampled_from([0, 1, 159, 160, 1600, 10_000])),
            st.tuples(st.just(Happenings.hear), st.integers(0, 3000)),
        ),
        max_size=25,
    ),
)
def test_a_block_is_left_out_exactly_when_nothing_is_cleaned_and_nothing_waits(mute, happenings):
    """Whatever is said, taken back and lost: what may hold an echo is never left out."""
    room = Happenings(mute)
    for happens, n_samples in happenings:
        happens(room, n_samples)


def test_a_room_that_grows_louder_is_learnt_as_fast_from_a_block_in_ten():
    """What is left out counts as time that has passed."""
    all_given, few_given = (EchoRemoval(line(), mute=True, cancelling=None) for _ in range(2))
    for number in range(200):
        chunk = AudioChunk(noise(0.1, 30 if number < 100 else 300), RATE, number / 10)
        all_given.clean(chunk)
        if number % 10 == 9:
            few_given.clean(chunk)
        else:
            assert few_given.pass_over(1600, number / 10)
    assert few_given._noise.level == pytest.approx(all_given._noise.level, rel=0.5)
    assert few_given._noise.level > 100 * (30 / 32768) ** 2 / 2


class Halting(EchoCanceller):
    """Halves until it is to do something else, in its n-th frame."""

    name = "halting"

    def __init__(self, at_frame, instead):
        super().__init__()
        self.at_frame, self.instead, self.n_closed = at_frame, instead, 0

    def open_stream(self, sample_rate):
        return _Halting(self)


class _Halting(EchoCancellerStream):
    def __init__(self, owner):
        self._owner, self._left = owner, owner.at_frame

    def process(self, captured, played):
        self._left -= 1
        if self._left < 0:
            self._owner.instead()
        return captured // 2

    def close(self):
        self._owner.n_closed += 1


LIMIT_S = 0.2


class Captured:
    """What is left of a second of sound with this canceller, on a thread that may be left."""

    def __init__(self, canceller, sizes):
        self.told, played = [], line()
        candidates = [Candidate(canceller.name, canceller)]
        sharing = Sharing(hung_s=LIMIT_S)
        self.chain = ProviderChain(Kind.ECHO_CANCELLATION, candidates, self.told.append, sharing)
        cancelling = Cancelling(self.chain, RATE)
        cancelling.watch = self.watch = CallWatch(LIMIT_S)
        self.removal = EchoRemoval(played, mute=False, cancelling=cancelling)
        self.left, self.hung = [], []
        played.write(noise(1.0, 300, seed=1))
        samples, ends = noise(1.0, 3000), np.cumsum(np.resize(sizes, RATE))
        self._blocks = iter(np.split(samples, ends[ends < RATE]))
        self._at = 0

    def capture(self):
        """Return what is left of all blocks."""
        Relay("capture", self.watch).run(self._read, self._read_on)
        self.removal.close()
        return np.concatenate(self.left)

    def _read(self):
        for block in self._blocks:
            chunk = AudioChunk(block, RATE, self._at / RATE)
            self._at += len(block)
            self.left.append(self.removal.clean(chunk).samples)

    def _read_on(self, hung):
        self.hung.append(hung)
        self.left.append(self.removal.go_on().samples)
        self._read()


def broken():
    raise OSError("out of order")


@pytest.mark.parametrize(("at_frame", "size"), [(0, 320), (7, 320), (40, 700), (99, 161)])
def test_a_canceller_that_hangs_costs_no_sample(at_frame, size):
    """In whichever frame of a block: what is left is what is left when it fails there."""
    hang = threading.Event()
    halting = Halting(at_frame, lambda: hang.wait(30))
    captured = Captured(halting, [size])
    left = captured.capture()
    assert np.array_equal(left, Captured(Halting(at_frame, broken), [size]).capture())
    assert captured.hung == [captured.removal.cancelling]
    failure, abandoned = captured.told[0], captured.told[-1]
    assert failure.reason == "no answer within assistant.hang_timeout_ms = 200"
    assert (abandoned.event, abandoned.provider, abandoned.call) == (
        *("call_abandoned", "halting", "process"),
    )
    assert halting.n_closed == 0  # nothing is asked of it while it hangs
    hang.set()
    pause = threading.Event()
    while captured.chain.abandoned.running or not halting.n_closed:
        pause.wait(0.01)


@pytest.mark.parametrize("call", ["open_stream", "close"])
def test_a_canceller_that_hangs_when_it_is_opened_or_closed_is_left(call):
    """The echo is left to the gate, and the run goes on, or ends."""
    hang = threading.Event()
    halting = Halting(10**6, broken)
    owner = halting if call == "open_stream" else halting.open_stream(RATE)
    setattr(owner, call, lambda *_: hang.wait(30))
    if owner is not halting:
        halting.open_stream = lambda sample_rate: owner
    captured = Captured(halting, [320])
    assert captured.capture().size
    assert [event.call for event in captured.told if event.event == "call_abandoned"] == [call]
    hang.set()


def test_a_stream_of_a_canceller_that_comes_too_late_is_closed():
    """Nothing is left behind: nobody else knows of it."""
    hang, pause = threading.Event(), threading.Event()
    halting = Halting(10**6, broken)
    halting.open_stream = lambda sample_rate: (hang.wait(30), _Halting(halting))[1]
    captured = Captured(halting, [320])
    assert halting.n_closed == 0
    hang.set()
    while captured.chain.abandoned.running or not halting.n_closed:
        pause.wait(0.01)
    captured.capture()
    assert halting.n_closed == 1

"""Reading any input: every sample is heard once in its place, every loss told once before it."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import (
    AudioFormat,
    AudioFormatError,
    DeviceError,
    Input,
    InputStream,
    IreneError,
    LostAudio,
)
from irene.components.calls.watch import ThreadLeftError
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.capture import Capture
from irene.telemetry.costs import StageCosts
from irene.testing import VirtualClock

RATE = 1000

NONSENSE = ["text", np.array(5, np.int16), np.zeros(4, complex), np.zeros((4, 3), np.int16)]
ERRORS = [DeviceError("unplugged"), RuntimeError("odd"), SystemExit(1), AudioFormatError("bad")]
NO_LOSSES = [None, 5, ["an overflow"], [LostAudio(-1, "odd")], RuntimeError("no idea")]


class Step(NamedTuple):
    """What one call of `read` brings, and what `lost` says after it."""

    brings: object
    """a number of frames, None for the end, nonsense, or an error to be raised"""
    lost: object = ()

    @property
    def fails(self):
        """Whether the device is opened again after it."""
        return not (self.brings is None or self.is_block) or not _are_losses(self.lost)

    @property
    def is_block(self):
        """Whether there is something to hear."""
        return isinstance(self.brings, int)


def _are_losses(lost):
    return isinstance(lost, tuple)


LOSSES = st.lists(st.integers(1, 90), max_size=2).map(
    lambda counts: tuple(LostAudio(count, "too slow") for count in counts)
)
LENGTHS = st.integers(0, 40)
GOOD = st.one_of(
    st.builds(Step, LENGTHS | st.sampled_from([16, 32]), st.just(())),
    st.builds(Step, LENGTHS | st.none(), LOSSES),
)
BAD = st.one_of(
    st.builds(Step, st.sampled_from(NONSENSE + ERRORS), LOSSES | st.sampled_from(NO_LOSSES)),
    st.builds(Step, LENGTHS | st.none(), st.sampled_from(NO_LOSSES)),
)
STREAMS = st.tuples(
    st.lists(st.tuples(st.lists(GOOD, max_size=6), BAD), max_size=3), st.lists(GOOD, max_size=9)
).map(lambda parts: [[*steps, bad] for steps, bad in parts[0]] + [parts[1]])
"""steps of each stream that is opened: all but the last one fail in the end"""


class Answer(NamedTuple):
    """What becomes of a chunk."""

    wanted: int
    """frames that are enough for the next one"""
    passes: bool
    """whether it goes by the consumer, when it may"""
    block_s: float | None
    """length of blocks that is preferred from then on"""
    hangs: bool
    """whether the thread is left that hears it: another one goes on"""


ANSWERS = st.lists(
    st.builds(
        Answer,
        st.integers(0, 100),
        st.booleans(),
        st.sampled_from([None, None, 0.0, 0.1]),
        st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=8,
)


class Scripted(InputStream):
    """Does one step after the other, and spoils what it returned before, as it may."""

    def __init__(self, room, steps):
        self._room, self.steps = room, list(steps)
        self._memory, self._lost, self.is_closed = {}, (), False

    @property
    def format(self):
        """Format."""
        return AudioFormat(RATE, self._room.channels)

    def read(self):
        """Do the next step."""
        room = self._room
        waiting = room.n_delivered - room.n_heard
        room.must(not room.capture.stopped, "a stopped capture reads on")
        room.must(not waiting or waiting < room.wanted, "enough was there to be heard")
        room.touch()
        for memory in self._memory.values():
            memory[...] = -1
        step = self.steps.pop(0) if self.steps else Step(None)
        self._lost = step.lost
        if isinstance(step.brings, BaseException):
            raise step.brings
        return self._block(step.brings) if step.is_block else step.brings

    def _block(self, length):
        shape = (length,) if self._room.channels == 1 else (length, self._room.channels)
        block = self._memory.setdefault(length, np.zeros(shape, np.int16))
        block.T[...] = np.arange(self._room.n_delivered, self._room.n_delivered + length)
        self._room.n_delivered += length
        return block

    def lost(self):
        """Say it once."""
        lost, self._lost = self._lost, ()
        if isinstance(lost, BaseException):
            raise lost
        return lost

    def close(self):
        """Close."""
        self.is_closed = True


class Room(Input[None]):
    """A room with a microphone, and what is heard and told in it."""

    name = "scripted"

    def __init__(self, streams, answers, live, channels, stop_at=None):
        super().__init__()
        self.live, self.channels = live, channels
        self._left, self._answers, self._n_touches, self._stop_at = streams, answers, 0, stop_at
        self.n_delivered = self.n_heard = self.wanted = 0
        self.log, self.opened, self.faults, self._n_chunks = [], [], [], 0
        clock = VirtualClock()
        clock.sleep = lambda seconds: (self.touch(), clock.advance(seconds))
        self._costs = StageCosts(clock)
        self.capture = Capture(self, EventStream(self._told), clock, paced=False)
        self.capture.pass_over = self._pass_over
        self.capture.open()

    def touch(self):
        """Stop the capture when it is time to."""
        self._n_touches += 1
        if self._n_touches == self._stop_at:
            self.capture.stop()

    def must(self, is_so, otherwise):
        """Note what is not so, and end: an assertion would be one more device that fails."""
        if not is_so:
            self.faults.append(otherwise)
            self.capture.stop()

    def open_stream(self):
        """Open the next one."""
        if self.opened:
            self.touch()
        self.must(self._left, "an input was opened again that had not failed")
        stream = Scripted(self, self._left.pop(0))
        self.opened.append(stream)
        return stream

    def run(self):
        """Read to the last end, on one thread after another."""
        while not self.capture.stopped:
            self._relay(lambda: self.capture.run(self._consume, self._costs))
            assert not self.faults
            if not self.opened[-1].steps:
                return

    def _relay(self, work):
        while work is not None:
            try:
                work()
                work = None
            except ThreadLeftError:
                work = self.capture.go_on

    @property
    def _answer(self):
        return self._answers[self._n_chunks % len(self._answers)]

    def _pass_over(self, samples, start_s):
        return self._hear(samples, start_s) if self._answer.passes else None

    def _consume(self, chunk):
        return self._hear(chunk.samples, chunk.start_s)

    def _hear(self, samples, start_s):
        answer, self._n_chunks = self._answer, self._n_chunks + 1
        position = round(start_s * RATE)
        assert start_s == pytest.approx(position / RATE)
        assert samples.dtype == np.int16
        columns = samples.reshape(len(samples), self.channels).T.tolist()
        assert all(column == columns[0] for column in columns)
        self.log += zip(columns[0], range(position, position + len(samples)), strict=True)
        self.n_heard += len(samples)
        self.touch()
        if answer.block_s is not None:
            self.capture.prefer_block(answer.block_s)
        if answer.hangs:
            raise ThreadLeftError
        self.wanted = answer.wanted if self.live else 0
        return answer.wanted

    def _told(self, event):
        self.log.append(event.n_samples if event.event == "audio_dropped" else event.event)


def expected(streams, live):
    """Return what is to be heard, sample by sample with its place, and told; and the last error."""
    log, sample, place = [], 0, 0
    for step in [step for steps in streams for step in steps]:
        cannot_tell = step.is_block and step.fails
        for loss in step.lost if _are_losses(step.lost) and not cannot_tell else ():
            log.append(loss.n_samples)
            place += loss.n_samples
        for _ in range(step.brings if step.is_block else 0):
            log.append((sample, place))
            sample, place = sample + 1, place + 1
        if step.fails and (not live or isinstance(step.brings, AudioFormatError)):
            return log, IreneError
        log += ["device_lost", "device_recovered"] if step.fails else []
    return log, None


def _mended(step):
    """Return a step after which a run goes on."""
    is_end = isinstance(step.brings, AudioFormatError)
    return step._replace(brings=DeviceError("unplugged")) if is_end else step


@given(STREAMS, ANSWERS, st.booleans(), st.sampled_from([1, 2]))
def test_everything_is_heard_and_told_once_in_its_order_and_place(streams, answers, live, channels):
    """However blocks, losses, failures, ends, wishes and threads follow each other."""
    log, error = expected(streams, live)
    room = Room(list(streams), answers, live, channels)
    if error is None:
        room.run()
    else:
        with pytest.raises(error):
            room.run()
    assert room.log == log
    assert room.capture.n_lost == sum(told for told in log if isinstance(told, int))


@given(STREAMS, ANSWERS, st.sampled_from([1, 2]), st.integers(1, 25))
def test_a_stop_at_any_moment_loses_nothing_that_was_read(streams, answers, channels, stop_at):
    """While it is read, heard, waited for or opened: nothing else is told, nothing stays open."""
    streams = [[_mended(step) for step in steps] for steps in streams]
    log, _ = expected(streams, live=True)
    room = Room(list(streams), answers, live=True, channels=channels, stop_at=stop_at)
    room.run()
    assert room.log == log[: len(room.log)]
    assert room.n_heard == room.n_delivered
    assert all(stream.is_closed for stream in room.opened) or not room.capture.stopped

"""A recording program that is read by a thread, and while nobody speaks by whoever listens."""

import os
import random
import sys
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from irene import AudioFormat, DeviceError
from irene.audio.input_buffer import BufferSettings, InputBuffer
from irene.domain.clock import SystemClock
from irene_plugins.inputs.microphone import MicrophoneStream
from irene_plugins.sound.capture_process import CaptureProcess
from irene_plugins.sound.system import Wanted

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the microphone is a named pipe")

RATE = 16000
PERIOD = 16
"""frames that the program delivers at a time: 1 ms"""
LONG_S = 0.004
"""length of the blocks that are read while nobody speaks"""
LONGEST = 5 * 64
"""frames in which there is a block for sure: a reader that is late gets four times as many"""
PATIENCE_S = 20.0


class Cat:
    """A sound system whose microphone is a named pipe, through a real program."""

    def __init__(self, pipe):
        self.pipe = pipe

    def open_capture(self, wanted, buffer):
        """Start to read the pipe."""
        return CaptureProcess(["/bin/cat", str(self.pipe)], wanted, buffer)


class Microphone:
    """A microphone that delivers what a test writes: every frame is its own number."""

    def __init__(self, folder, channels=1, timeout_s=PATIENCE_S, clock=None, **settings):
        pipe = folder / "microphone"
        os.mkfifo(pipe)
        opening = threading.Thread(target=lambda: setattr(self, "end", pipe.open("wb", 0)))
        opening.start()
        audio_format = AudioFormat(RATE, channels)
        limits = BufferSettings(crossfade=0, **settings)
        self.buffer = InputBuffer(audio_format, PERIOD, limits, clock=clock)
        self.channels, self.sent, self.seen = channels, 0, 0
        starter = threading.Thread(target=lambda: (opening.join(), self.say(PERIOD)))
        starter.start()
        wanted = Wanted(RATE, channels, block=PERIOD, timeout_s=timeout_s)
        self.stream = MicrophoneStream(Cat(pipe), wanted, self.buffer)
        starter.join()

    def frames(self, first, count):
        """Return the frames with these numbers."""
        numbers = np.arange(first, first + count) % 30000
        return numbers.astype(np.int16).repeat(self.channels).reshape(-1, self.channels)

    def say(self, count, cut=None):
        """Deliver the next frames, in two pieces when they are `cut` after so many bytes."""
        data = self.frames(self.sent, count).tobytes()
        self.end.write(data[:cut])
        if cut is not None:
            self.end.write(data[cut:])
        self.sent += count

    def hear(self):
        """Read once, and check that it is what comes next; return how many frames it was."""
        block = self.stream.read()
        assert not self.stream.lost()
        wanted = self.frames(self.seen, len(block))
        assert block.tolist() == (wanted if self.channels > 1 else wanted[:, 0]).tolist()
        self.seen += len(block)
        return len(block)

    def hear_all(self):
        """Read until everything that was said has come."""
        while self.seen < self.sent:
            self.hear()

    def be_quiet(self):
        """Wish for long blocks, and speak on until they are read by this thread."""
        self.stream.prefer_block(LONG_S)
        for _ in range(1000):
            self.say(round(LONG_S * RATE))
            self.hear()
            if self.buffer.direct:
                return
        pytest.fail("the pipe was not lent")


@contextmanager
def microphone(folder, **settings):
    """Lend a microphone that has delivered its first period."""
    one = Microphone(folder, **settings)
    try:
        yield one
    finally:
        one.end.close()
        one.stream.close()


def test_in_silence_whoever_listens_reads_the_pipe_itself(tmp_path):
    """Whole blocks, without the other thread and its buffer; both count what they took."""
    with microphone(tmp_path) as one:
        one.be_quiet()
        before = one.buffer.direct
        for _ in range(3):
            one.say(64)
        assert [one.hear() for _ in range(3)][-1] == 64
        assert one.buffer.direct > before
        counts = one.buffer.counts
        assert counts.frames_out == one.seen
        assert counts.frames_in == counts.frames_out + counts.waiting


def test_a_pipe_that_cannot_be_made_longer_stays_with_its_thread(tmp_path, monkeypatch):
    """What a program cannot write it loses uncounted; the buffer counts what does not fit."""

    def refuse(*_):
        raise PermissionError("too many pages in pipes")

    monkeypatch.setattr("irene_plugins.sound.capture_process.fcntl.fcntl", refuse)
    with microphone(tmp_path) as one:
        one.stream.prefer_block(LONG_S)
        for _ in range(20):
            one.say(64)
            one.hear()
        assert one.buffer.direct == 0


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_no_frame_is_lost_or_doubled_however_often_the_reader_changes(tmp_path, channels, seed):
    """Speech and silence in turns, in blocks of any length, cut between the bytes of a sample."""
    dice = random.Random(seed)
    with microphone(tmp_path, channels=channels) as one:
        for _ in range(60):
            if dice.random() < 0.3:
                one.stream.prefer_block(dice.choice([0.0, LONG_S, LONG_S / 2]))
            one.say(count := dice.randint(1, 200), cut=dice.randint(0, 2 * channels * count))
            while one.sent - one.seen >= LONGEST:
                one.hear()
        one.stream.prefer_block(0.0)
        one.say(PERIOD)
        while one.sent - one.seen >= 4 * PERIOD:
            one.hear()
        counts = one.buffer.counts
    assert counts.frames_out == one.seen
    assert not counts.lost


def test_a_block_that_is_late_is_waited_for_by_the_other_thread(tmp_path):
    """However long that takes; what had come of it is not lost."""
    with microphone(tmp_path) as one:
        one.be_quiet()
        one.say(20)
        later = threading.Timer(0.01, lambda: one.say(1280))
        later.start()
        for _ in range(3):
            one.hear()
        later.join()
        while one.sent - one.seen >= LONGEST:
            one.hear()
        assert not one.buffer.counts.lost


def test_a_program_that_ends_in_silence_is_a_lost_device_after_its_last_frames(tmp_path):
    """As at any other time: what was heard is read first."""
    with microphone(tmp_path) as one:
        one.be_quiet()
        one.say(70)
        one.end.close()
        one.hear_all()
        with pytest.raises(DeviceError, match="the microphone is gone or busy: cat"):
            one.stream.read()


def test_a_program_that_falls_silent_is_a_lost_device_in_bounded_time(tmp_path):
    """Silence is samples; no samples at all is a lost device."""
    with microphone(tmp_path, timeout_s=0.5) as one:
        one.be_quiet()
        one.hear_all()
        with pytest.raises(DeviceError, match=r"delivered nothing for 0\.5 s"):
            one.stream.read()


class Watched(SystemClock):
    """Says when somebody waits."""

    def __init__(self):
        self.waits = threading.Event()

    def wait(self, changed, seconds):
        """Wait."""
        self.waits.set()
        super().wait(changed, seconds)


def read_until_closed(one, while_waiting, afterwards):
    """Read on another thread; close once it waits, and let it go on; it must come to its end."""

    def read():
        while one.stream.read() is not None:
            pass

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    assert while_waiting.wait(PATIENCE_S)
    one.stream.close()
    afterwards()
    reader.join(PATIENCE_S)
    assert not reader.is_alive()
    assert one.stream.read() is None


def test_close_wakes_a_reader_that_waits_for_the_other_thread(tmp_path):
    """However long the microphone would still have had time to deliver."""
    clock = Watched()
    with microphone(tmp_path, timeout_s=100 * PATIENCE_S, clock=clock) as one:
        one.hear_all()
        clock.waits.clear()
        read_until_closed(one, clock.waits, afterwards=lambda: None)


def test_a_reader_that_sleeps_until_a_block_is_there_notices_then_that_it_was_closed(
    tmp_path, monkeypatch
):
    """Nobody can wake it, and nobody has to wait for it: closing is done meanwhile."""
    sleeps, over = threading.Event(), threading.Event()
    slow = SimpleNamespace(
        monotonic=time.monotonic, sleep=lambda seconds: (sleeps.set(), over.wait(PATIENCE_S))
    )
    with microphone(tmp_path, timeout_s=100 * PATIENCE_S) as one:
        one.be_quiet()
        monkeypatch.setattr("irene_plugins.sound.capture_process.time", slow)
        read_until_closed(one, sleeps, afterwards=over.set)


def test_what_was_not_read_in_time_is_not_passed_by(tmp_path):
    """After a loss the buffer tells of it first; only then the pipe is lent."""
    with microphone(tmp_path, frames=64) as one:
        one.stream.prefer_block(LONG_S)
        one.say(6400)
        deadline = time.monotonic() + PATIENCE_S
        lost = 0
        while not lost and time.monotonic() < deadline:
            block = one.stream.read()
            lost += sum(loss.n_samples for loss in one.stream.lost())
            one.seen += len(block)
            one.say(64)
        while one.seen + lost < one.sent:
            one.seen += len(one.stream.read())
            lost += sum(loss.n_samples for loss in one.stream.lost())
        counts = one.buffer.counts
    assert lost == sum(counts.lost.values())
    assert counts.frames_in == counts.frames_out + lost + counts.waiting

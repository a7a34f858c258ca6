"""Reading the input: pace, losses, devices that come and go."""

import threading

import numpy as np
import pytest
from waiting import until

from irene import AudioFormat, AudioFormatError, DeviceError, Input, InputStream, LostAudio
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.capture import Capture
from irene.pipeline.listening.patience import Patience
from irene.telemetry.costs import StageCosts
from irene.testing import VirtualClock

BLOCK = np.ones(1600, np.int16)
LONGEST_WAIT_S = 30
"""a deadlock fails the test instead of hanging it"""


class Script(InputStream):
    """Returns blocks and raises errors as its script says."""

    def __init__(self, steps, sample_rate=16000, lost=()):
        self.steps = list(steps)
        self.closed = False
        self._format = AudioFormat(sample_rate)
        self._lost = list(lost)
        self.preferred = []

    @property
    def format(self):
        """Format."""
        return self._format

    def read(self):
        """Do the next step."""
        step = self.steps.pop(0) if self.steps else None
        if isinstance(step, Exception):
            raise step
        return step() if callable(step) else step

    def lost(self):
        """Report the losses before each block, in turn."""
        return self._lost.pop(0) if self._lost else ()

    def prefer_block(self, seconds):
        """Note the wish."""
        self.preferred.append(seconds)

    def close(self):
        """Close."""
        self.closed = True


class Source(Input[None]):
    """Opens the given streams one after the other; an exception in the list is raised."""

    name = "scripted"
    live = True

    def __init__(self, *streams):
        super().__init__()
        self.streams = list(streams)

    def open_stream(self):
        """Open the next one."""
        stream = self.streams.pop(0)
        if isinstance(stream, Exception):
            raise stream
        return stream


def capture_of(*streams, live=True, paced=False, wanted=0):
    """Return a capture, its clock, and the lists that chunks and events go to."""
    source, clock, events, chunks = Source(*streams), VirtualClock(), [], []
    source.live = live
    capture = Capture(source, EventStream(events.append), clock, paced)
    capture.open()

    def consume(chunk):
        chunks.append(chunk)
        return wanted

    def run():
        capture.run(consume, StageCosts(clock))

    return capture, run, clock, events, chunks


def test_chunks_are_stamped_with_their_place_in_the_input():
    """The second chunk starts where the first one ends."""
    _, run, _, _, chunks = capture_of(Script([BLOCK, BLOCK]))
    run()
    assert [chunk.start_s for chunk in chunks] == [0.0, 0.1]


class Eager(Source):
    """A device that delivers as soon as it is open, and fails when that has been read."""

    def open_stream(self):
        """Deliver 4 s at once."""
        self.buffer = buffer = self.new_buffer(AudioFormat(16_000), 1600)
        for second in range(4):
            buffer.put(np.full(16_000, second, np.int16))
        return _BufferStream(buffer)


class _BufferStream(InputStream):
    format = AudioFormat(16_000)

    def __init__(self, buffer):
        self._buffer = buffer

    def read(self):
        """Take the next block; None at the end."""
        return self._buffer.take(1.0) if self._buffer.has_block else None

    def lost(self):
        """Return what the buffer lost."""
        return self._buffer.lost()

    def close(self):
        """Close."""


def test_what_waits_in_the_buffer_of_a_device_has_arrived():
    """An answer that begins while the reader is behind begins with what is captured just then."""
    source, found = Eager(), []
    capture = Capture(source, EventStream(lambda event: None), VirtualClock(), False)
    capture.open()

    def consume(chunk):
        found.append(capture.arrived())
        return 0

    capture.run(consume, StageCosts(VirtualClock()))
    assert len(found) > 1
    assert set(found) == {source.buffer.counts.frames_in}


def test_what_a_device_delivers_before_anybody_listens_is_no_loss():
    """Engines and handlers are made ready while it is open: audio time begins with the newest."""
    source, events, chunks = Eager(), [], []
    capture = Capture(source, EventStream(events.append), VirtualClock(), False)
    capture.open()
    capture.run(lambda chunk: chunks.append(chunk) or 0, StageCosts(VirtualClock()))
    assert events == []
    assert chunks[0].start_s == 0.0
    assert chunks[-1].samples[-1] == 3
    counts = source.buffer.counts
    assert sum(chunk.n_samples for chunk in chunks) == counts.frames_out
    assert counts.frames_out + counts.waiting == counts.frames_in == 24_000


def test_what_passes_by_the_consumer_is_stamped_all_the_same():
    """Only while long blocks are preferred; what is not passed over the consumer gets as it is."""
    capture, run, _, _, chunks = capture_of(Script([BLOCK] * 5))
    passed = []

    def pass_over(samples, start_s):
        passed.append((len(samples), round(start_s, 3)))
        return 1600 if len(passed) < 3 else None

    capture.pass_over = pass_over
    capture.prefer_block(0.1)
    run()
    assert passed == [(1600, 0.0), (1600, 0.1), (1600, 0.2), (1600, 0.3), (1600, 0.4)]
    assert [round(chunk.start_s, 3) for chunk in chunks] == [0.2, 0.3, 0.4]


def test_what_comes_behind_an_end_is_read_when_it_is_run_again():
    """At the next place in audio time."""
    _, run, _, _, chunks = capture_of(Script([BLOCK, None, BLOCK]))
    run()
    run()
    assert [chunk.start_s for chunk in chunks] == [0.0, 0.1]


def test_nothing_passes_by_the_consumer_while_somebody_speaks():
    """Nobody prefers long blocks then."""
    capture, run, _, _, chunks = capture_of(Script([BLOCK] * 2))
    capture.pass_over = lambda samples, start_s: 1600
    run()
    assert len(chunks) == 2


def test_a_lost_device_is_reopened_with_growing_patience():
    """After half a second, then one, then two; the events say what happened."""
    busy = DeviceError("busy")
    _, run, clock, events, chunks = capture_of(
        Script([BLOCK, DeviceError("unplugged")]), busy, busy, Script([BLOCK])
    )
    run()
    assert len(chunks) == 2
    assert [event.event for event in events] == ["device_lost", "device_recovered"]
    assert events[0].reason == "unplugged"
    assert events[1].seconds == pytest.approx(0.5 + 1 + 2)
    assert clock.monotonic() == pytest.approx(3.5)


def test_a_device_has_a_pulse_unless_it_is_away():
    """It counts samples; while the device is waited for, none need to come."""
    seen = []
    back = Script([BLOCK, lambda: seen.append(capture.pulse)])
    capture, run, clock, _, _ = capture_of(Script([BLOCK, DeviceError("unplugged")]), back)
    clock.sleep = lambda seconds: (seen.append(capture.pulse), clock.advance(seconds))
    run()
    assert seen == [None] * (len(seen) - 1) + [3200]


def test_a_file_has_no_pulse():
    """It may be read as slowly as it is answered."""
    capture, run, *_ = capture_of(Script([BLOCK]), live=False)
    run()
    assert capture.pulse is None


def test_a_device_that_comes_back_in_another_format_is_not_taken():
    """The run was planned for one format; samples of another would be misread."""
    other = Script([BLOCK], sample_rate=48000)
    _, run, _, events, chunks = capture_of(
        Script([DeviceError("unplugged")]), other, Script([BLOCK])
    )
    run()
    assert other.closed
    assert len(chunks) == 1
    assert events[-1].event == "device_recovered"


def test_audio_time_goes_on_after_a_lost_device():
    """The clock of the run does not start again."""
    _, run, _, _, chunks = capture_of(Script([BLOCK, DeviceError("x")]), Script([BLOCK]))
    run()
    assert [chunk.start_s for chunk in chunks] == [0.0, 0.1]


LOST = (LostAudio(4000, "too slow"),)


def test_lost_samples_become_an_event():
    """What the device dropped is told, in seconds and in samples, with the reason."""
    capture, run, _, events, _ = capture_of(Script([BLOCK], lost=[LOST]))
    run()
    (event,) = events
    assert (event.event, event.seconds, event.n_samples) == ("audio_dropped", 0.25, 4000)
    assert event.reason == "too slow"
    assert capture.n_lost == 4000


def test_what_lies_behind_a_loss_keeps_its_place_in_time():
    """Audio time jumps by what was lost, to the sample."""
    _, run, _, _, chunks = capture_of(Script([BLOCK, BLOCK, BLOCK], lost=[(), LOST]))
    run()
    assert [chunk.start_s for chunk in chunks] == [0.0, 0.35, 0.45]


@pytest.mark.parametrize("end", [None, DeviceError("unplugged")])
def test_what_is_lost_at_the_very_end_is_told_too(end):
    """Nothing goes uncounted because nothing comes after it."""
    _, run, _, events, _ = capture_of(Script([BLOCK, end], lost=[(), LOST]), Script([]))
    run()
    assert [event.n_samples for event in events if event.event == "audio_dropped"] == [4000]


def test_the_wish_for_longer_blocks_reaches_the_input():
    """Whoever listens knows how much is wanted at a time."""
    stream = Script([BLOCK])
    capture, *_ = capture_of(stream)
    capture.prefer_block(0.08)
    assert stream.preferred == [0.08]


def test_an_input_that_cannot_choose_its_blocks_reads_on():
    """It is a wish."""
    stream = Script([BLOCK])
    stream.prefer_block = lambda seconds: 1 / 0
    capture, run, _, _, chunks = capture_of(stream)
    capture.prefer_block(0.08)
    run()
    assert len(chunks) == 1


def test_a_file_can_be_read_at_the_speed_of_speech():
    """`realtime` waits until the audio would have been spoken."""
    _, run, clock, _, _ = capture_of(Script([BLOCK] * 10), live=False, paced=True)
    run()
    assert clock.monotonic() == pytest.approx(1.0)


def test_a_file_is_otherwise_read_as_fast_as_it_can():
    """No waiting without `realtime`."""
    _, run, clock, _, _ = capture_of(Script([BLOCK] * 10), live=False)
    run()
    assert clock.monotonic() == 0


def test_damaged_audio_ends_the_run_after_what_was_readable():
    """The error comes through, after the good chunks."""
    _, run, _, _, chunks = capture_of(Script([BLOCK, AudioFormatError("damaged at 0.1 s")]))
    with pytest.raises(AudioFormatError, match="damaged"):
        run()
    assert len(chunks) == 1


def test_stopping_closes_the_stream_and_ends_the_run():
    """Nothing is read after `stop()`."""
    holder = []
    stream = Script([BLOCK, lambda: holder[0].stop() or BLOCK, BLOCK, BLOCK])
    capture, run, _, _, chunks = capture_of(stream)
    holder.append(capture)
    run()
    assert len(chunks) == 2
    assert stream.closed


def test_short_blocks_of_a_live_input_are_joined_until_there_is_something_to_do():
    """Whatever an input delivers: whoever consumes says what it can do nothing without."""
    blocks = [np.full(320, n, np.int16) for n in range(9)]
    _, run, _, _, chunks = capture_of(Script(blocks), wanted=900)
    run()
    assert [chunk.n_samples for chunk in chunks] == [320, 960, 960, 640]
    assert [chunk.start_s for chunk in chunks] == [0.0, 0.02, 0.08, 0.14]


def test_nothing_is_joined_over_a_loss():
    """What lies before it is handed on first."""
    blocks = [np.ones(320, np.int16)] * 4
    _, run, _, events, chunks = capture_of(Script(blocks, lost=[(), (), LOST]), wanted=960)
    run()
    places = [(chunk.n_samples, chunk.start_s) for chunk in chunks]
    assert places == [(320, 0.0), (320, 0.02), (640, 0.29)]
    assert [event.n_samples for event in events] == [4000]


def test_what_waits_to_be_joined_is_heard_before_a_device_is_lost():
    """And the next one is told what is wished for."""
    second = Script([])
    capture, run, _, _, chunks = capture_of(
        Script([*[np.ones(320, np.int16)] * 3, DeviceError("unplugged")]), second, wanted=1280
    )
    capture.prefer_block(0.08)
    run()
    assert [chunk.n_samples for chunk in chunks] == [320, 640]
    assert second.preferred == [0.08]


def test_blocks_of_a_file_stay_as_they_are():
    """Where nothing waits for anything, nothing is gained."""
    script = Script([np.ones(320, np.int16)] * 3)
    _, run, _, _, chunks = capture_of(script, live=False, wanted=1280)
    run()
    assert len(chunks) == 3


class Forgetful(Script):
    """Cannot tell what it lost, once."""

    def __init__(self, steps):
        super().__init__(steps)
        self.answers = [RuntimeError("no idea")]

    def lost(self):
        """Raise, then have lost nothing."""
        answer = self.answers.pop() if self.answers else ()
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_what_was_read_is_kept_when_the_input_cannot_tell_its_losses():
    """The samples have arrived; the device is opened again after them."""
    _, run, _, events, chunks = capture_of(Forgetful([BLOCK]), Script([BLOCK]))
    run()
    assert sum(chunk.samples.shape[0] for chunk in chunks) == 2 * BLOCK.shape[0]
    assert [event.event for event in events] == ["device_lost", "device_recovered"]


@pytest.mark.parametrize(
    "nonsense", ["text", 5, np.zeros((4, 2), np.int16), np.zeros(4, complex)], ids=repr
)
def test_an_input_that_returns_nonsense_is_opened_again(nonsense):
    """The run goes on with what the device delivers then."""
    _, run, _, events, chunks = capture_of(Script([BLOCK, nonsense]), Script([BLOCK]))
    run()
    assert [chunk.samples.shape for chunk in chunks] == [BLOCK.shape] * 2
    assert [event.event for event in events] == ["device_lost", "device_recovered"]


@pytest.mark.parametrize("lost", [None, 5, ["an overflow"]])
def test_losses_that_are_none_are_not_counted(lost):
    """Nonsense about losses is a failure of the device, not of the assistant."""
    capture, run, _, events, chunks = capture_of(Script([BLOCK], lost=[lost]), Script([]))
    run()
    assert (capture.n_lost, len(chunks)) == (0, 1)
    assert [event.event for event in events] == ["device_lost", "device_recovered"]


def test_whoever_listens_is_told_how_long_a_device_was_away():
    """From the last block on, before the next one."""
    script, told = Script([BLOCK]), []
    capture, run, clock, _, chunks = capture_of(script, Script([BLOCK]))

    def silent():
        clock.advance(0.25)
        raise DeviceError("gone")

    script.steps.append(silent)
    capture.on_return = lambda seconds: told.append((seconds, len(chunks)))
    run()
    assert told == [(0.75, 1)]
    assert len(chunks) == 2


def test_a_device_may_fail_with_any_error():
    """A plugin that raises what belongs elsewhere costs a reopening, not the run."""
    from irene import ConfigurationError

    _, run, _, events, chunks = capture_of(Script([ConfigurationError("odd")]), Script([BLOCK]))
    run()
    assert len(chunks) == 1
    assert [event.event for event in events] == ["device_lost", "device_recovered"]


def test_a_stopped_capture_reads_no_further_block():
    """Not even to have enough for a block that would be joined."""
    read = []

    def stop():
        read.append(len(read))
        capture.stop()
        return BLOCK

    capture, run, _, _, _ = capture_of(Script([BLOCK, stop, stop, stop]), wanted=16000)
    run()
    assert read == [0]


class Dead(Script):
    """Brings one block, and nothing more until it is closed."""

    def __init__(self, hang_in_close=None):
        super().__init__([BLOCK])
        self.over, self.hang_in_close = threading.Event(), hang_in_close

    def read(self):
        """Wait for ever."""
        if self.steps:
            return super().read()
        assert self.over.wait(LONGEST_WAIT_S)
        return None

    def close(self):
        """Let `read` return."""
        super().close()
        self.over.set()
        if self.hang_in_close is not None:
            assert self.hang_in_close.wait(LONGEST_WAIT_S)


def test_a_device_that_brings_nothing_any_more_is_closed_and_opened_again():
    """As soon as it was looked at four times; audio goes on."""
    dead = Dead()
    capture, run, _, events, chunks = capture_of(dead, Script([BLOCK]))
    reading = threading.Thread(target=run)
    reading.start()
    until(lambda: chunks)
    for _ in range(5):
        assert not dead.closed
        capture.look()
    reading.join(LONGEST_WAIT_S)
    assert [chunk.start_s for chunk in chunks] == [0.0, 0.1]
    assert [event.event for event in events] == ["device_lost", "device_recovered"]
    assert "brought nothing any more" in events[0].reason


def test_whoever_hears_a_block_for_long_is_no_device_that_hangs():
    """Nor is a file, or a device that is away."""
    capture, _, clock, _, _ = capture_of(Script([BLOCK]), Script([]))
    capture.run(lambda chunk: [capture.look() for _ in range(9)] and 0, StageCosts(clock))
    capture, _, clock, _, _ = capture_of(Script([BLOCK]), live=False)
    capture.run(lambda chunk: 0, StageCosts(clock))
    for _ in range(9):
        capture.look()


def test_a_device_that_hangs_when_it_is_closed_or_opened_is_left():
    """Both are counted and named; while an attempt hangs, no other one is made."""
    held, late, opened = threading.Event(), [], []

    class Hanging(Source):
        def open_stream(self):
            opened.append(1)
            if len(opened) == 2:
                assert held.wait(LONGEST_WAIT_S)
            return super().open_stream()

    class Clock(VirtualClock):
        def sleep(self, seconds):
            super().sleep(seconds)
            if self.monotonic() > 20:
                held.set()  # it comes back to life after some attempts
                until(lambda: after.closed)

    after, clock, events, chunks = Script([BLOCK]), Clock(), [], []
    first = Script([BLOCK, DeviceError("unplugged")])
    first.close = lambda: held.wait(LONGEST_WAIT_S)
    capture = Capture(
        Hanging(first, after, Script([BLOCK])), EventStream(events.append), clock, False
    )
    capture.patience = Patience(0.02, 0.02, late.append)
    capture.open()
    capture.run(lambda chunk: chunks.append(chunk) or 0, StageCosts(clock))
    assert len(chunks) == 2
    assert [error.call for error in late] == ["close", "open_stream"]
    assert len(opened) == 3


def test_a_device_that_never_opens_is_an_error():
    """When the run begins; what opens too late is closed."""
    held, late, stream = threading.Event(), [], Script([])

    class Hanging(Source):
        def open_stream(self):
            assert held.wait(LONGEST_WAIT_S)
            return super().open_stream()

    capture = Capture(Hanging(stream), EventStream(print), VirtualClock(), False)
    capture.patience = Patience(0.02, 0.02, late.append)
    with pytest.raises(DeviceError, match=r"'scripted' hangs .*load_timeout_ms = 20"):
        capture.open()
    assert [error.call for error in late] == ["open_stream"]
    held.set()
    until(lambda: stream.closed)


def test_an_error_behind_a_stop_is_the_end_of_it():
    """A stream that is closed while it is read may stumble: nothing is lost or told."""
    steps = [BLOCK, lambda: capture.stop() or 1 / 0]
    capture, run, _, events, chunks = capture_of(Script(steps), live=False)
    run()
    assert len(chunks) == 1
    assert not events


def test_a_device_that_is_opened_while_somebody_stops_is_closed():
    """Whoever stops knows only the stream before."""
    second = Script([BLOCK])
    capture, run, _, events, chunks = capture_of(Script([DeviceError("unplugged")]), second)
    opened = capture._source.open_stream
    capture._source.open_stream = lambda: (opened(), capture.stop())[0]
    run()
    assert second.closed
    assert not chunks
    assert [event.event for event in events] == ["device_lost"]


class Shy(Script):
    """Cannot tell its format."""

    @property
    def format(self):
        """Raise what a plugin may raise."""
        raise OSError("no such card")


@pytest.mark.parametrize("stream", [Shy([]), None], ids=["no format", "no stream"])
def test_what_cannot_tell_its_format_when_a_device_comes_back_is_not_taken(stream):
    """It is closed, and the next attempt may succeed."""
    _, run, _, events, chunks = capture_of(
        Script([DeviceError("unplugged")]), stream, Script([BLOCK])
    )
    run()
    assert stream is None or stream.closed
    assert len(chunks) == 1
    assert [event.event for event in events] == ["device_lost", "device_recovered"]


def test_a_stream_that_is_gone_need_not_tell_its_format_any_more():
    """It is asked once, when it is opened: losses behind it are counted all the same."""
    stream = Script([BLOCK, DeviceError("unplugged")], lost=[(), LOST])
    _, run, _, events, _ = capture_of(stream, Script([BLOCK]))
    stream._format = None
    run()
    assert [event.event for event in events] == ["audio_dropped", "device_lost", "device_recovered"]


def test_what_is_read_behind_an_end_is_paced_from_there_on():
    """Nobody waits for what has been spoken already."""
    _, run, clock, _, _ = capture_of(
        Script([BLOCK] * 10 + [None] + [BLOCK] * 5), live=False, paced=True
    )
    run()
    run()
    assert clock.monotonic() == pytest.approx(1.5)


def test_an_input_that_is_not_open_has_no_format():
    """Whoever asks is told which one it is."""
    capture = Capture(Source(Script([])), EventStream(print), VirtualClock(), False)
    with pytest.raises(DeviceError, match="'scripted' is not open"):
        _ = capture.format


def test_an_input_that_was_stopped_before_it_is_open_is_closed_at_once():
    """Whoever stopped it did not wait for it."""
    stream = Script([BLOCK])
    capture = Capture(Source(stream), EventStream(print), VirtualClock(), False)
    capture.stop()
    capture.open()
    assert stream.closed
    capture.run(lambda chunk: pytest.fail("it was stopped"), StageCosts(VirtualClock()))


def test_what_was_read_before_damaged_audio_is_heard_even_if_its_losses_cannot_be_told():
    """Everything before has been consumed."""
    stream = Script([BLOCK])
    stream.lost = lambda: (_ for _ in ()).throw(AudioFormatError("damaged"))
    _, run, _, _, chunks = capture_of(stream)
    with pytest.raises(AudioFormatError, match="damaged"):
        run()
    assert len(chunks) == 1


def test_a_microphone_of_two_channels_may_not_return_a_single_number():
    """An array without any axis is nonsense like all else."""
    stream, both = Script([np.array(5, np.int16)]), Script([np.ones((9, 2), np.int16)])
    stream._format = both._format = AudioFormat(16000, 2)
    _, run, _, events, chunks = capture_of(stream, both)
    run()
    assert [chunk.samples.shape for chunk in chunks] == [(9, 2)]
    assert [event.event for event in events] == ["device_lost", "device_recovered"]

"""Reading the input: pace, losses, devices that come and go."""

import numpy as np
import pytest

from irene import AudioFormat, AudioFormatError, DeviceError, Input, InputStream
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.capture import Capture
from irene.telemetry.costs import StageCosts
from irene.testing import VirtualClock

BLOCK = np.ones(1600, np.int16)


class Script(InputStream):
    """Returns blocks and raises errors as its script says."""

    def __init__(self, steps, sample_rate=16000, dropped=0.0):
        self.steps = list(steps)
        self.closed = False
        self._format = AudioFormat(sample_rate)
        self._dropped = dropped

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

    def dropped_s(self):
        """Report a loss once."""
        lost, self._dropped = self._dropped, 0.0
        return lost

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


def capture_of(*streams, live=True, paced=False):
    """Return a capture, its clock, and the lists that chunks and events go to."""
    source, clock, events, chunks = Source(*streams), VirtualClock(), [], []
    source.live = live
    capture = Capture(source, EventStream(events.append), clock, paced)
    capture.open()

    def run():
        capture.run(chunks.append, StageCosts(clock))

    return capture, run, clock, events, chunks


def test_chunks_are_stamped_with_their_place_in_the_input():
    """The second chunk starts where the first one ends."""
    _, run, _, _, chunks = capture_of(Script([BLOCK, BLOCK]))
    run()
    assert [chunk.start_s for chunk in chunks] == [0.0, 0.1]


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


def test_lost_samples_become_an_event():
    """What the device dropped is told, in seconds."""
    _, run, _, events, _ = capture_of(Script([BLOCK], dropped=0.25))
    run()
    assert [(event.event, event.seconds) for event in events] == [("audio_dropped", 0.25)]


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

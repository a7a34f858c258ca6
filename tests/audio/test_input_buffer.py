"""Between a device and its reader: what is lost, what is counted, and how it sounds."""

import threading
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.input_buffer import OVERFLOW, SUSPENDED, BufferSettings, InputBuffer
from irene.domain.audio import AudioFormat
from irene.errors import DeviceError
from irene.testing import VirtualClock, tone

MONO = AudioFormat(16000)


class Line:
    """A buffer in virtual time, a device that counts upwards, and a reader that checks."""

    def __init__(self, block=160, audio_format=MONO, **settings):
        self.clock = VirtualClock()
        settings = BufferSettings(**{"crossfade": 0, **settings})
        self.buffer = InputBuffer(audio_format, block, settings, "the microphone", self.clock)
        self.sent = 0
        self.position = 0

    def put(self, n_frames, pass_s=0.0):
        """Deliver the next frames, each of which is its own number."""
        self.buffer.put(np.arange(self.sent, self.sent + n_frames).astype(np.int16))
        self.sent += n_frames
        self.clock.advance(pass_s)

    def take(self):
        """Take frames, and check that they are those after all that was taken or lost before."""
        frames = self.buffer.take(0.0)
        self.position += sum(loss.n_samples for loss in self.buffer.lost())
        expected = np.arange(self.position, self.position + len(frames)).astype(np.int16)
        assert frames.tolist() == expected.tolist()
        self.position += len(frames)
        return len(frames)

    def drain(self):
        """Take everything that is left, as after the end of the device."""
        self.buffer.fail(DeviceError("over"))
        with suppress(DeviceError):
            while True:
                self.take()
        self.position += sum(loss.n_samples for loss in self.buffer.lost())


def test_a_device_with_long_deliveries_is_no_load():
    """Four blocks at a time are four blocks at a time, and not a reader that is late."""
    line = Line(block=160)
    for _ in range(50):
        line.put(640)
        assert [line.take() for _ in range(4)] == [160] * 4


def test_what_is_read_in_time_comes_through_unchanged():
    """No loss, no fade, blocks of the wanted length."""
    line = Line(block=160)
    for _ in range(500):
        line.put(100)
        while line.buffer.counts.waiting >= 160:
            assert line.take() == 160
    assert not line.buffer.counts.lost


def test_the_oldest_frames_go_when_nobody_reads():
    """The newest is what a listener needs; the reader learns how much is missing where."""
    line = Line(frames=1000, overflow_limit=100)
    for _ in range(15):
        line.put(100)
    frames = line.buffer.take(0.0)
    assert frames[0] == 500
    assert [(lost.n_samples, lost.reason) for lost in line.buffer.lost()] == [(500, OVERFLOW)]
    assert line.buffer.lost() == ()


def test_input_is_suspended_after_five_overflows_in_a_row():
    """What is turned away is counted apart."""
    line = Line(frames=1000)
    for _ in range(20):
        line.put(100, pass_s=0.001)
    counts = line.buffer.counts
    assert counts.overflows == 5
    assert counts.suspensions == 1
    assert counts.lost == {OVERFLOW: 500, SUSPENDED: 500}


@pytest.mark.parametrize(("limit", "overflows"), [(1, 1), (3, 3), (8, 8)])
def test_the_limit_of_overflows_is_a_setting(limit, overflows):
    """Earlier or later, as configured."""
    line = Line(frames=1000, overflow_limit=limit)
    for _ in range(30):
        line.put(100)
    assert line.buffer.counts.overflows == overflows


@pytest.mark.parametrize("suspension_ms", [5, 25, 60])
def test_the_suspension_is_a_setting(suspension_ms):
    """A delivery per millisecond: as many are turned away as the suspension has milliseconds."""
    line = Line(frames=1000, overflow_limit=1, suspension_s=suspension_ms / 1000)
    line.put(1000)
    line.put(10, pass_s=0.0005)
    turned_away = 0
    while not line.buffer.counts.overflows > 1:
        turned_away += 1
        line.put(10, pass_s=0.001)
    assert turned_away - 1 == suspension_ms


def test_the_probe_is_kept_where_it_belongs_and_the_input_goes_on():
    """After a stall of a second nothing is in the wrong place, and all is counted."""
    line = Line(frames=1000)
    for _ in range(100):
        line.put(100, pass_s=0.01)
    while line.buffer.counts.waiting > 400:
        line.take()
    for _ in range(20):
        line.put(100, pass_s=0.01)
        while line.buffer.counts.waiting > 400:
            line.take()
    line.drain()
    assert line.position == line.sent
    assert line.buffer.counts.suspensions == 1


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.integers(1, 150)),
            st.tuples(st.just("take"), st.integers(1, 4)),
            st.tuples(st.just("prefer"), st.integers(1, 60)),
            st.tuples(st.just("pass"), st.integers(1, 40)),
        ),
        max_size=80,
    ),
    st.integers(10, 120),
    st.integers(1, 4),
    st.sampled_from([0, 7]),
)
def test_every_frame_is_taken_in_order_or_counted_where_it_is_missing(steps, frames, limit, fade):
    """Against the plain count of what was sent: in = out + lost + waiting, whatever happens."""
    line = Line(block=20, frames=frames, overflow_limit=limit, crossfade=fade)
    line.buffer.put(np.zeros(0, np.int16))
    for name, size in steps:
        if name == "put":
            line.put(size)
        elif name == "pass":
            line.clock.advance(size / 1000)
        elif name == "prefer":
            line.buffer.prefer(size)
        else:
            check(line, size, exact=fade == 0)
        counts = line.buffer.counts
        assert counts.frames_in == line.sent
        assert line.sent == counts.frames_out + sum(counts.lost.values()) + counts.waiting
        assert counts.waiting <= frames
    if fade == 0:
        line.drain()
        assert line.position == line.sent


def check(line, times, exact):
    """Take so many times what is ready."""
    for _ in range(times):
        if not line.buffer._queue.ready(line.buffer.block):
            return
        if exact:
            line.take()
        else:
            line.buffer.take(0.0)


@pytest.mark.parametrize("block", [100, 160, 320])
@pytest.mark.parametrize("delivery", [80, 441, 3000])
def test_a_gap_makes_no_click(block, delivery):
    """The largest step between samples stays near that of the tone, however audio is lost."""
    line = Line(block=block, frames=2400, crossfade=240)
    sound = tone(4.0, 300, level_db=-20)
    largest = np.abs(np.diff(sound.astype(int))).max()
    heard = []
    for n, start in enumerate(range(0, sound.size, delivery)):
        line.buffer.put(sound[start : start + delivery])
        line.clock.advance(delivery / 16000)
        while n % 40 == 0 and line.buffer._queue.ready(block):
            heard.append(line.buffer.take(0.0))
    counts = line.buffer.counts
    assert sum(counts.lost.values()) > 2400
    steps = np.abs(np.diff(np.concatenate(heard).astype(int)))
    assert steps.max() <= 1.5 * largest + 30


@pytest.mark.parametrize(
    "deliveries",
    [
        pytest.param([2500, 320, 3000, 2500], id="deliveries longer than the memory"),
        pytest.param([256] * 20 + [-4] + [256] * 8, id="the reader comes back for a moment"),
        pytest.param([256] * 10 + [-3] + [256] * 5 + [-3] + [256] * 9, id="for two moments"),
    ],
)
def test_losses_that_meet_make_no_click(deliveries):
    """What is faded out is one piece of sound, else the click would only be in its middle.

    Below zero: so many blocks are taken.
    """
    line = Line(frames=2400, crossfade=240, overflow_limit=1)
    sound = tone(1.0, 300, level_db=-20)
    largest = np.abs(np.diff(sound.astype(int))).max()
    heard = []
    for n_frames in [*deliveries, -100]:
        if n_frames > 0:
            line.buffer.put(sound[line.sent : line.sent + n_frames])
            line.sent += n_frames
            line.clock.advance(n_frames / 16000)
            continue
        for _ in range(-n_frames):
            if line.buffer.has_block:
                heard.append(line.buffer.take(0.0))
    steps = np.abs(np.diff(np.concatenate(heard).astype(int)))
    assert steps.max() <= 1.5 * largest + 30


def test_without_a_crossfade_the_same_gap_clicks():
    """The setting is what takes the click away."""
    steps = []
    for fade in (0, 240):
        line = Line(frames=2400, crossfade=fade, overflow_limit=1000)
        sound = np.concatenate([np.full(2000, 9000), np.full(4000, -9000)]).astype(np.int16)
        line.buffer.put(sound[:160])
        first = line.buffer.take(0.0)
        for start in range(160, 6000, 160):
            line.buffer.put(sound[start : start + 160])
        steps.append(abs(int(line.buffer.take(0.0)[0]) - int(first[-1])))
    assert steps[0] == 18000
    assert steps[1] < 200


def test_what_comes_before_anybody_listens_is_not_lost():
    """It is not heard in pieces either; and what comes then is not turned away."""
    line = Line(frames=800, overflow_limit=1)
    for _ in range(20):
        line.put(160)
    line.buffer.begin()
    counts = line.buffer.counts
    assert (counts.frames_in, counts.waiting, counts.lost) == (0, 0, {})
    assert (counts.overflows, counts.suspensions) == (0, 0)
    line.position = line.sent
    line.put(160)
    assert line.take() == 160
    line.drain()
    assert line.position == line.sent


def test_of_what_waits_before_anybody_listens_the_end_in_one_piece_is_kept():
    """A person may have begun to speak."""
    line = Line(frames=800, overflow_limit=100)
    for _ in range(6):
        line.put(160)
    line.buffer.begin()
    assert line.buffer.counts.waiting == line.buffer.counts.frames_in == 800
    line.position = 160
    line.drain()
    assert line.position == line.sent


def test_bytes_may_be_cut_anywhere():
    """A pipe knows nothing of samples."""
    line = Line(block=4)
    data = np.arange(12, dtype=np.int16).tobytes()
    for start in range(0, len(data), 5):
        line.buffer.put(data[start : start + 5])
    assert np.concatenate([line.buffer.take(0.0) for _ in range(3)]).tolist() == list(range(12))


def test_stereo_comes_as_two_columns():
    """Frames are kept together, and faded together."""
    buffer = InputBuffer(AudioFormat(16000, 2), 2, BufferSettings(frames=4, crossfade=2))
    for value in range(4):
        buffer.put(np.full((2, 2), 100 * value, np.int16).tobytes())
    frames = buffer.take(0.0)
    assert frames.shape == (2, 2)
    assert (frames[:, 0] == frames[:, 1]).all()
    assert buffer.lost()[0].n_samples == 4


def test_a_reader_that_is_late_gets_longer_blocks_until_it_has_caught_up():
    """Fewer, longer blocks cost less; later they are short again."""
    line = Line(block=160, frames=16000)
    for _ in range(50):
        line.put(160)
    lengths = [line.take() for _ in range(10)]
    assert lengths[0] == 160
    assert max(lengths) == 640
    for _ in range(60):
        line.put(640)
        while line.buffer.counts.waiting >= line.buffer.block:
            line.take()
    assert line.buffer.block == 160


def test_a_device_that_fails_is_reported_after_all_it_has_delivered():
    """Not even half a block is lost."""
    line = Line(block=160)
    line.put(200)
    line.buffer.fail(DeviceError("unplugged"))
    line.buffer.fail(DeviceError("a second reason"))
    assert [line.take(), line.take()] == [160, 40]
    with pytest.raises(DeviceError, match="unplugged"):
        line.buffer.take(0.0)


def test_a_device_that_falls_silent_is_lost_in_bounded_time():
    """No samples at all is not silence."""
    line = Line()
    failure = []

    def read():
        try:
            line.buffer.take(3.0)
        except DeviceError as error:
            failure.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    while reader.is_alive():
        line.clock.advance(1.0)
        reader.join(0.001)
    assert failure == [
        "the microphone delivered nothing for 3 s; check that it is connected and not in use"
    ]


def test_closing_wakes_a_reader():
    """Stopping never waits for a device."""
    buffer = InputBuffer(MONO, 160)
    taken = []
    reader = threading.Thread(target=lambda: taken.append(buffer.take(60)))
    reader.start()
    buffer.close()
    reader.join(5)
    assert taken == [None]


def test_memory_is_touched_before_the_device_starts_or_not(monkeypatch):
    """`pre_warm` writes to every page once; without it pages are found while audio waits."""
    touched = []
    monkeypatch.setattr(
        "irene.audio.lossy_queue.LossyQueue._touch", lambda self, zeros: touched.append(zeros.shape)
    )
    InputBuffer(MONO, 160, BufferSettings(pre_warm=False))
    assert touched == []
    InputBuffer(MONO, 160, BufferSettings(pre_warm=True))
    assert touched == [(24000, 1)]


def test_two_threads_lose_nothing_that_is_not_counted():
    """A fast device against a slow reader: every frame that arrives is in its place."""
    buffer = InputBuffer(MONO, 160, BufferSettings(frames=2000, crossfade=0, suspension_s=0.0005))
    n_sent, position, wrong = 0, 0, []

    def deliver():
        nonlocal n_sent
        for n in range(3000):
            size = 50 + n % 200
            buffer.put((np.arange(n_sent, n_sent + size) % 30000).astype(np.int16))
            n_sent += size
        buffer.fail(DeviceError("over"))

    device = threading.Thread(target=deliver)
    device.start()
    with suppress(DeviceError):
        while True:
            frames = buffer.take(10)
            position += sum(loss.n_samples for loss in buffer.lost())
            expected = np.arange(position, position + len(frames)) % 30000
            wrong += [] if (frames == expected).all() else [position]
            position += len(frames)
    device.join(10)
    position += sum(loss.n_samples for loss in buffer.lost())
    assert wrong == []
    assert position == n_sent


def test_what_waits_can_be_taken_by_a_reader_that_goes_on_with_the_device():
    """Less than a block, maybe nothing; what it then takes itself is counted, too."""
    line = Line(block=160)
    line.put(100)
    assert line.buffer.take_rest().tolist() == list(range(100))
    assert len(line.buffer.take_rest()) == 0
    line.buffer.direct += 40
    counts = line.buffer.counts
    assert (counts.frames_in, counts.frames_out, counts.waiting) == (140, 140, 0)


def _a_block_waits(buffer):
    buffer.put(np.zeros(60, np.int16))


def _a_sample_has_come_in_part(buffer):
    buffer.put(b"\1")


def _the_device_has_failed(buffer):
    buffer.fail(DeviceError("unplugged"))


@pytest.mark.parametrize(
    "first",
    [
        _a_block_waits,
        _a_sample_has_come_in_part,
        _the_device_has_failed,
        InputBuffer.close,
    ],
)
def test_a_reader_does_not_go_on_with_the_device_past_what_the_buffer_has_to_say(first):
    """It reads the buffer until that is said."""
    buffer = InputBuffer(MONO, 160)
    buffer.put(np.zeros(100, np.int16))
    first(buffer)
    assert buffer.take_rest() is None


@given(
    st.lists(
        st.tuples(st.integers(1, 400), st.sampled_from([0.0, 0.1]), st.booleans()), max_size=30
    ),
    st.integers(1, 3),
)
def test_a_reader_that_goes_on_with_the_device_has_been_told_every_loss(deliveries, limit):
    """Else what comes from there would lie at the wrong time."""
    line = Line(block=160, frames=320, overflow_limit=limit)
    for n_frames, pass_s, is_read in deliveries:
        line.put(n_frames, pass_s)
        while is_read and line.buffer.has_block:
            line.take()
        rest = line.buffer.take_rest()
        if rest is not None:
            numbers = range(line.position, line.position + len(rest))
            assert rest.tolist() == np.array(numbers).astype(np.int16).tolist()
            line.position += len(rest)
            assert line.position == line.sent

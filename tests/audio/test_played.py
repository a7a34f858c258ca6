"""The line from the output to the input, against a plain list of samples."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import ProviderFailedError, ProviderUnavailableError
from irene.audio.played import PlayedSound


class Doubling:
    """A converter to twice the rate that holds the last sample back."""

    def __init__(self):
        self.held = np.zeros(0, np.float32)
        self.n_closed = 0

    def process(self, samples):
        samples = np.concatenate((self.held, samples))
        self.held = samples[-1:]
        return np.repeat(samples[:-1], 2)

    def flush(self):
        return np.repeat(self.held, 2)

    def close(self):
        self.n_closed += 1


def line(rate=16000):
    return PlayedSound(rate, lambda source, target, quality: Doubling())


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 50)), max_size=40))
def test_what_is_written_is_read_once_in_order_with_silence_after_it(steps):
    """For any pieces on both sides, as from a plain list."""
    sound, answer = line(), None
    answer = sound.begin(16000)
    waiting, count = [], 1
    for writes, n in steps:
        if writes:
            samples = np.arange(count, count + n, dtype=np.int16)
            count += n
            answer.write(samples)
            waiting += list(samples)
        else:
            expected, waiting = waiting[:n], waiting[n:]
            assert list(sound.read(n)) == expected + [0] * (n - len(expected))
        assert sound.waiting == len(waiting)


def test_an_answer_of_another_rate_is_converted_to_the_end():
    """What the converter holds back comes when the answer is finished."""
    sound = line(16000)
    answer = sound.begin(8000)
    answer.write(np.array([100, 200, 300], np.int16))
    assert sound.waiting == 4
    answer.finish()
    assert list(sound.read(6)) == [100, 100, 200, 200, 300, 300]


def test_an_answer_that_is_stopped_takes_back_what_was_not_played():
    """The output drops it, too."""
    sound = line()
    answer = sound.begin(16000)
    answer.write(np.ones(100, np.int16))
    sound.read(30)
    answer.abort()
    assert sound.waiting == 0
    assert not sound.read(10).any()


@pytest.mark.parametrize("rate", [16000, 8000])
def test_what_is_written_to_an_answer_that_was_stopped_is_not_played(rate):
    """A writer may be on its way into `write`, or in the converter, when it is stopped."""
    sound = line()
    answer = sound.begin(rate)
    answer.write(np.ones(100, np.int16))
    answer.abort()
    answer.write(np.ones(100, np.int16))
    answer.finish()
    assert sound.waiting == 0


def test_the_conversion_of_an_answer_that_is_stopped_is_closed():
    """It never comes to its end; one that has come to it is over."""
    stopped, finished = Doubling(), Doubling()
    converters = [finished, stopped]
    sound = PlayedSound(16000, lambda source, target, quality: converters.pop())
    answers = sound.begin(8000), sound.begin(8000)
    for answer in answers:
        answer.write(np.ones(100, np.int16))
    answers[1].finish()
    for answer in answers:
        answer.abort()
        answer.abort()
    assert (stopped.n_closed, finished.n_closed) == (1, 0)


class Broken(Doubling):
    """Fails at what has this many samples."""

    def __init__(self, n_samples):
        super().__init__()
        self.n_samples = n_samples

    def process(self, samples):
        if len(samples) == self.n_samples:
            raise ProviderFailedError("the resampler broke")
        return super().process(samples)

    def flush(self):
        if not self.n_samples:
            raise ProviderFailedError("the resampler broke")
        return super().flush()


@pytest.mark.parametrize("n_samples", [0, 7, 50])
def test_an_output_is_not_to_blame_for_a_conversion_that_fails(n_samples):
    """What it plays is known all the same, but for what the resampler held back."""
    sound = PlayedSound(16000, lambda source, target, quality: Broken(n_samples))
    answer = sound.begin(8000)
    for size in (50, 7, 9):
        answer.write(np.ones(size, np.int16))
    answer.finish()
    assert 130 <= sound.waiting <= 132
    assert (sound.read(130) == 1).all()


@pytest.mark.parametrize("rate", [8000, 48000])
def test_without_any_resampler_the_nearest_samples_are_known(rate):
    """An answer is played where none can be loaded, too."""

    def refuse(source, target, quality):
        raise ProviderUnavailableError("no resampler")

    sound = PlayedSound(16000, refuse)
    answer = sound.begin(rate)
    ramp = np.arange(rate // 1000, dtype=np.int16)
    answer.write(ramp)
    answer.finish()
    assert sound.read(sound.waiting).tolist() == [ramp[n * rate // 16000] for n in range(16)]


class Interrupted(Doubling):
    """Somebody aborts while it converts."""

    def process(self, samples):
        self.abort()
        self.closed_within = self.n_closed
        return super().process(samples)


def test_a_conversion_is_not_closed_while_somebody_is_in_it():
    """Who stops an answer is another thread than the one that writes it, which closes it then."""
    converter = Interrupted()
    sound = PlayedSound(16000, lambda source, target, quality: converter)
    answer = sound.begin(8000)
    converter.abort = answer.abort
    answer.write(np.ones(100, np.int16))
    answer.abort()
    assert (converter.closed_within, converter.n_closed) == (0, 1)
    assert sound.waiting == 0


def test_an_answer_that_begins_while_one_is_stopped_is_read():
    """An output that takes its time to stop takes back what is its own."""
    sound = line()
    old, new = sound.begin(16000), sound.begin(16000)
    old.write(np.full(100, 1, np.int16))
    new.write(np.full(10, 2, np.int16))
    old.abort()
    assert list(sound.read(12)) == [2] * 10 + [0] * 2


@given(st.lists(st.tuples(st.sampled_from("wrd"), st.integers(0, 40)), max_size=40))
def test_what_was_taken_back_is_never_read(steps):
    """For any order of writing, reading and stopping, as from a plain list."""
    sound, waiting, count = line(), [], 1
    for step, n in steps:
        if step == "w":
            sound.write(np.arange(count, count + n, dtype=np.int16))
            waiting += range(count, count + n)
            count += n
        elif step == "d":
            sound.drop()
            waiting = []
        else:
            expected, waiting = waiting[:n], waiting[n:]
            assert list(sound.read(n)) == expected + [0] * (n - len(expected))
        assert sound.waiting == len(waiting)


def test_samples_that_the_writer_uses_again_stay_as_they_were():
    """A voice may reuse its buffer."""
    sound = line()
    buffer = np.ones(4, np.int16)
    sound.begin(16000).write(buffer)
    buffer[:] = 7
    assert list(sound.read(4)) == [1, 1, 1, 1]


def test_a_line_that_nobody_reads_keeps_a_few_seconds():
    """The microphone is unplugged while an alarm rings on."""
    sound = line()
    answer = sound.begin(16000)
    for _ in range(100):
        answer.write(np.ones(1600, np.int16))
    assert sound.waiting == 5 * 16000


def test_who_reads_again_after_that_is_in_step_with_the_output():
    """What was played to nobody is over: it is not taken for what is played now."""
    sound = line()
    answer = sound.begin(16000)
    answer.write(np.ones(6 * 16000, np.int16))
    assert not sound.read(160).any()
    assert sound.waiting == 0
    answer.write(np.full(160, 7, np.int16))
    assert (sound.read(160) == 7).all()


@pytest.mark.parametrize("away_s", [0.5, 1.0])
def test_what_is_played_while_the_microphone_is_away_is_left_out(away_s):
    """It brought nothing meanwhile; the answer goes on, in step as before."""
    sound, rate = stepping(0), 16000
    sound.write(numbered(1, 1600))
    assert sound.read(800, 0)[-1] == 800
    missed = round(away_s * rate)
    for first in range(1601, 1601 + missed, 1600):
        sound.write(numbered(first, 1600))
    sound.miss(away_s)
    sound.arrived = lambda: 800
    assert sound.read(100, 800).tolist() == numbered(801 + missed, 100).tolist()


@pytest.mark.parametrize("away_s", [3.0, 4000.0])
def test_an_answer_that_was_over_when_the_microphone_came_back_is_not_read(away_s):
    """However long it was away."""
    sound = stepping(0)
    sound.write(np.ones(16000, np.int16))
    sound.miss(away_s)
    assert sound.waiting == 0
    sound.write(np.full(160, 7, np.int16))
    assert (sound.read(160, 0) == 7).all()


def test_an_answer_after_one_that_was_stopped_unheard_is_in_step():
    """Nobody read the first, which was taken back; nobody missed any of the second."""
    sound = line()
    first = sound.begin(16000)
    first.write(np.ones(7 * 16000, np.int16))
    first.abort()
    sound.begin(16000).write(np.full(160, 7, np.int16))
    assert sound.waiting == 160
    assert (sound.read(160) == 7).all()


def test_two_threads_share_the_line_without_a_gap():
    """The loudspeaker's writes, the microphone reads whatever is there."""
    sound, blocks = line(), 2000

    def write():
        for index in range(blocks):
            while sound.waiting > 4 * 16000:
                time.sleep(0)
            sound.write(np.arange(40 * index, 40 * (index + 1)).astype(np.int16))

    heard = []
    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        while len(heard) < 40 * blocks:
            heard += sound.read(min(sound.waiting, 3000)).tolist()
        writing.result()
    assert heard == np.arange(40 * blocks).astype(np.int16).tolist()


def test_a_reader_that_is_seconds_behind_loses_nothing():
    """Five are what the line holds."""
    sound = line()
    answer = sound.begin(16000)
    answer.write(np.arange(16000, dtype=np.int16))
    answer.write(np.ones(4 * 16000, np.int16))
    assert (sound.read(16000) == np.arange(16000)).all()
    assert (sound.read(4 * 16000) == 1).all()


def stepping(arrived=0):
    """A line that is in step with a microphone that has brought so many samples."""
    sound = line()
    sound.arrived = lambda: arrived
    return sound


def numbered(first, n):
    return np.arange(first, first + n, dtype=np.int16)


@given(st.integers(0, 500), st.integers(0, 300), st.integers(1, 100))
def test_an_answer_begins_with_the_sample_that_the_microphone_had_come_to(arrived, behind, block):
    """However far behind that the microphone's blocks are read, and in pieces of any length."""
    sound = stepping(arrived)
    sound.write(numbered(1, 200))
    first = max(0, arrived - behind)
    read = [sound.read(block, at) for at in range(first, arrived + 200, block)]
    quiet = arrived - first
    assert list(np.concatenate(read)[: quiet + 200]) == [0] * quiet + list(range(1, 201))


def test_who_writes_a_little_late_stays_in_step():
    """The output had enough to play: what should have been read before is left out."""
    sound = stepping(0)
    sound.write(numbered(1, 1600))
    sound.read(1600, 0)
    assert not sound.read(400, 1600).any()
    sound.arrived = lambda: 2000
    sound.write(numbered(1601, 1600))
    assert list(sound.read(10, 2000)) == list(range(2001, 2011))


def test_who_is_late_again_and_again_is_followed():
    """An output that holds nothing back would lose a part of each piece for ever."""
    sound, first, at = stepping(0), 1, 0
    for _ in range(10):
        sound.arrived = lambda end=at: end
        sound.write(numbered(first, 1600))
        piece = sound.read(1600 + 100, at)
        first, at = first + 1600, at + 1700
    assert list(piece) == [*range(first - 1600, first), *[0] * 100]


def test_an_output_that_ran_dry_is_followed_from_where_it_goes_on():
    """What comes late by more than anything holds back is played when it comes."""
    sound = stepping(0)
    sound.write(numbered(1, 1600))
    sound.read(1600, 0)
    sound.read(1600, 1600)
    sound.arrived = lambda: 3300
    sound.write(numbered(1601, 1600))
    assert list(sound.read(200, 3200)) == [0] * 100 + list(range(1601, 1701))


def test_an_answer_after_one_that_was_stopped_begins_when_it_is_written():
    """What was taken back is not waited for."""
    sound = stepping(0)
    answer = sound.begin(16000)
    answer.write(numbered(1, 8000))
    sound.read(160, 0)
    answer.abort()
    sound.arrived = lambda: 300
    sound.begin(16000).write(np.full(100, 7, np.int16))
    assert list(sound.read(200, 160)) == [0] * 140 + [7] * 60


@pytest.mark.parametrize("block", [50, 160, 400])
def test_an_answer_begun_right_after_another_was_stopped_is_not_held_up(block):
    """Nobody has read the first yet; the second is due when it was written."""
    sound = stepping(100)
    first = sound.begin(16000)
    first.write(numbered(1, 400))
    first.abort()
    sound.arrived = lambda: 130
    sound.begin(16000).write(np.full(100, 7, np.int16))
    read = np.concatenate([sound.read(block, at) for at in range(0, 800, block)])
    assert list(read[:240]) == [0] * 130 + [7] * 100 + [0] * 10


def test_an_answer_after_the_microphone_was_away_begins_when_it_is_written():
    """What was played to nobody meanwhile does not count as waiting."""
    sound = stepping(0)
    sound.write(np.ones(6 * 16000, np.int16))
    sound.read(160, 0)
    sound.arrived = lambda: 1000
    sound.write(np.full(100, 7, np.int16))
    read = np.concatenate([sound.read(160, at) for at in range(160, 1280, 160)])
    assert list(read[: 1000 - 160 + 100]) == [0] * (1000 - 160) + [7] * 100


def test_who_stops_an_answer_of_which_nothing_was_written_moves_no_other():
    """The one that is being played goes on where it is."""
    sound = stepping(0)
    silent_one = sound.begin(16000)
    sound.write(numbered(1, 1600))
    silent_one.abort()
    sound.arrived = lambda: 2000
    sound.read(1600 + 400, 0)
    sound.write(numbered(1601, 1600))
    assert list(sound.read(10, 2000)) == list(range(2001, 2011))

"""The clock of a recording: who waits for whom."""

import asyncio
import threading
from concurrent.futures import Future
from datetime import datetime, timedelta, timezone

import pytest

from irene.components.scheduler import Scheduler
from irene.performance.replaying.pace import AnswerTimes, RecordedClock, RecordedPace

LONGEST_S = 10.0
NOON = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)


class Reader:
    """Reads a recording of blocks of 0.1 s on a thread, as far as the pace lets it."""

    def __init__(self, pace, n_blocks=100, on_block=lambda position_s: None):
        self.reached = []
        self._changed = threading.Condition()

        def read():
            for number in range(1, n_blocks + 1):
                pace.go_on(number / 10)
                on_block(number / 10)
                with self._changed:
                    self.reached.append(number / 10)
                    self._changed.notify_all()
            pace.end()

        self.thread = threading.Thread(target=read, daemon=True)
        self.thread.start()

    def wait_for(self, position_s):
        """Wait until it has read so far."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: self.reached and self.reached[-1] >= position_s, LONGEST_S
            )

    def end(self):
        """Wait for the end; return how far it came."""
        self.thread.join(LONGEST_S)
        assert not self.thread.is_alive()
        return self.reached[-1]


def test_where_nobody_works_the_recording_goes_on():
    """To its end."""
    assert Reader(RecordedPace()).end() == 10.0


def test_the_recording_waits_for_an_answer():
    """However long that takes."""
    pace, answer = RecordedPace(), Future()
    held = threading.Thread(target=pace.hold, args=(answer,), daemon=True)
    held.start()
    reader = Reader(pace)
    reader.thread.join(0.01)
    assert reader.reached == []
    answer.set_result(None)
    assert reader.end() == 10.0
    held.join(LONGEST_S)
    assert not held.is_alive()


def test_an_answer_takes_as_long_as_its_sound():
    """And the recording goes on meanwhile, no further."""
    pace, answer = RecordedPace(), Future()
    sounding = pace.begin_sound()
    threading.Thread(target=pace.hold, args=(answer,), daemon=True).start()
    reader = Reader(pace)
    sounding.play(0.5)
    assert pace.position_s == pytest.approx(0.5)
    sounding.play(0.3)
    assert pace.position_s == pytest.approx(0.8)
    assert reader.reached[-1] <= 0.8
    sounding.end()
    answer.set_result(None)
    assert reader.end() == 10.0


def test_who_stops_an_answer_ends_its_sound_at_once():
    """From another thread, again and again."""
    pace = RecordedPace()
    sounding = pace.begin_sound()
    playing = threading.Thread(target=sounding.play, args=(100.0,), daemon=True)
    playing.start()
    sounding.end()
    sounding.end()
    playing.join(LONGEST_S)
    assert not playing.is_alive()
    assert Reader(pace).end() == 10.0


def test_at_the_end_of_the_recording_nothing_waits_for_audio():
    """Whoever speaks is heard to the end at once."""
    pace = RecordedPace()
    reader = Reader(pace, 3)
    assert reader.end() == pytest.approx(0.3)
    sounding = pace.begin_sound()
    sounding.play(100.0)
    sounding.finish()


def test_an_answer_comes_when_it_came_then():
    """Until then it waits for the recording, and from then on the recording waits for it."""
    pace = RecordedPace([AnswerTimes(decided_s=1.0, ready_s=2.0)])
    answer, reader = Future(), []

    async def scene():
        reader.append(Reader(pace, on_block=begin))
        await pace.ready(1.01)
        reader[0].wait_for(2.0)
        assert pace.position_s == pytest.approx(2.0)
        answer.set_result(None)

    def begin(position_s):
        if position_s == 1.0:
            pace.hold(answer)

    asyncio.run(scene())
    assert reader[0].end() == 10.0


def test_what_was_not_answered_then_is_answered_at_once():
    """There is no time to go by."""
    pace = RecordedPace([AnswerTimes(decided_s=1.0, ready_s=2.0)])
    asyncio.run(asyncio.wait_for(pace.ready(5.0), LONGEST_S))


def test_an_answer_that_is_given_up_while_it_waits_holds_nobody_up():
    """It is forgotten."""
    pace = RecordedPace([AnswerTimes(decided_s=0.0, ready_s=2.0)])

    async def scene():
        task = asyncio.ensure_future(pace.ready(0.0))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})

    asyncio.run(scene())
    assert Reader(pace).end() == 10.0


@pytest.mark.parametrize("end_s", [0.5, 1.2])
def test_an_answer_is_over_when_it_was_over(end_s):
    """A loudspeaker takes longer than the sound, another voice was quicker."""
    pace = RecordedPace([AnswerTimes(decided_s=0.0, ready_s=0.0, end_s=end_s)])
    asyncio.run(pace.ready(0.0))
    sounding, answer = pace.begin_sound(), Future()
    threading.Thread(target=pace.hold, args=(answer,), daemon=True).start()
    reader = Reader(pace)
    sounding.play(0.9)
    sounding.finish()
    assert pace.position_s == pytest.approx(end_s)
    answer.set_result(None)
    reader.end()


def test_the_time_of_day_goes_on_with_the_audio():
    """From one known time to the next, faster or slower than the audio."""
    pace = RecordedPace()
    clock = RecordedClock(pace, [(0.0, NOON), (2.0, NOON + timedelta(seconds=60))])
    times = {}
    Reader(pace, 30, lambda at: times.setdefault(at, clock.now())).end()
    assert (times[1.5] - NOON).total_seconds() == pytest.approx(1.5)
    assert (times[2.0] - NOON).total_seconds() == pytest.approx(60)
    assert (times[3.0] - NOON).total_seconds() == pytest.approx(61)


def test_what_is_due_is_done_when_the_audio_has_come_that_far():
    """As a scheduler does it, and before the next block comes."""
    pace = RecordedPace()
    clock = RecordedClock(pace, [(0.0, NOON)])
    scheduler = Scheduler(clock, lambda error: None)
    done = []
    for seconds in (0.55, 0.95):
        scheduler.call_at(NOON + timedelta(seconds=seconds), lambda: done.append(pace.position_s))
    with clock._lock:
        assert clock._lock.wait_for(lambda: clock._waiting, LONGEST_S)  # the scheduler has begun
    Reader(pace, 12, clock.wake).end()
    scheduler.close()
    assert done == pytest.approx([0.6, 1.0])

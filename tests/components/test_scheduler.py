"""Work at a time of day: order, cancelling, failures, clocks that somebody sets."""

import threading
import weakref
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.components.scheduler import Scheduler
from irene.testing import VirtualClock


class Diary:
    """A scheduler on virtual time, and what it did."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.failures = []
        self.scheduler = Scheduler(self.clock, self.failures.append)
        self.done = []
        self._changed = threading.Condition()

    def put(self, seconds, name, work=None):
        """Put work down that notes its name; return what cancels it."""

        def note():
            with self._changed:
                self.done.append(name)
                self._changed.notify_all()
            if work is not None:
                work()

        return self.scheduler.call_at(self.clock.now() + timedelta(seconds=seconds), note)

    def expect(self, *names):
        """Wait until this was done, and nothing else."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.done) >= len(names), timeout=5)
        assert self.done == list(names)


@pytest.fixture
def diary():
    """A scheduler that is closed in the end."""
    diary = Diary()
    yield diary
    diary.scheduler.close()


def test_work_is_done_at_its_time_and_not_before(diary):
    """A minute is a minute of the clock that was passed in."""
    diary.put(60, "tea")
    diary.clock.advance(59.9)
    diary.expect()
    diary.clock.advance(0.1)
    diary.expect("tea")


def test_work_of_the_past_is_done_at_once(diary):
    """What was missed is caught up with."""
    diary.put(-3600, "missed")
    diary.expect("missed")


@given(st.lists(st.integers(0, 50), max_size=12))
def test_work_is_done_in_the_order_of_its_times(delays):
    """However it was put down; equal times keep the order in which they were put down."""
    diary = Diary()
    for number, delay in enumerate(delays):
        diary.put(delay, (delay, number))
    diary.clock.advance(60)
    diary.expect(*sorted((delay, number) for number, delay in enumerate(delays)))
    diary.scheduler.close()


def test_cancelled_work_is_not_done(diary):
    """Cancelling twice, or after it was done, does nothing."""
    cancel = diary.put(10, "cancelled")
    diary.put(20, "kept")
    cancel()
    diary.clock.advance(30)
    diary.expect("kept")
    cancel()


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=60))
def test_what_is_not_cancelled_is_done_in_order_whatever_is(entries):
    """However many are taken out, before or between the others."""
    diary = Diary()
    cancels = [diary.put(delay + 1, (delay, n)) for n, (delay, _) in enumerate(entries)]
    for cancel, (_, is_cancelled) in zip(cancels, entries, strict=True):
        if is_cancelled:
            cancel()
            cancel()
    diary.clock.advance(60)
    kept = [(delay, n) for n, (delay, is_cancelled) in enumerate(entries) if not is_cancelled]
    diary.expect(*sorted(kept))
    diary.scheduler.close()


def test_cancelled_work_is_free_at_once(diary):
    """An alarm for next year that was put off does not hold what it would have needed."""

    def work():
        """Ring."""

    needed = weakref.ref(work)
    cancel = diary.scheduler.call_at(diary.clock.now() + timedelta(days=365), work)
    del work
    assert needed() is not None
    cancel()
    assert needed() is None


def test_an_agenda_does_not_fill_with_cancelled_work(diary):
    """A timer that is set and cancelled all day takes the room of a few."""
    diary.put(10, "kept")
    for number in range(1000):
        diary.put(86400 + number, number)()
        assert len(diary.scheduler._entries) <= 16
    diary.clock.advance(20)
    diary.expect("kept")


def test_cancelling_what_was_done_does_not_count(diary):
    """Later work is still done."""
    cancels = [diary.put(1, number) for number in range(20)]
    diary.clock.advance(2)
    diary.expect(*range(20))
    for cancel in cancels:
        cancel()
    diary.put(1, "later")
    diary.clock.advance(2)
    diary.expect(*range(20), "later")


def test_work_that_raises_is_reported_and_the_next_is_done(diary):
    """One broken handler does not stop the timers of the others."""

    def fail():
        raise ZeroDivisionError("no")

    diary.put(1, "broken", fail)
    diary.put(2, "fine")
    diary.clock.advance(3)
    diary.expect("broken", "fine")
    assert "ZeroDivisionError: no" in str(diary.failures[0])


def test_work_may_put_down_work(diary):
    """A repeating alarm puts its next ring down when it rings."""
    diary.put(1, "first", lambda: diary.put(1, "second"))
    diary.clock.advance(1)
    diary.expect("first")
    diary.clock.advance(1)
    diary.expect("first", "second")


def test_a_time_without_a_zone_is_refused(diary):
    """Nobody can tell when it is."""
    with pytest.raises(ValueError, match="no time zone"):
        diary.scheduler.call_at(datetime(2030, 1, 1), lambda: None)


def test_times_of_different_zones_are_one_axis(diary):
    """Nine in the morning in Tokyo is midnight in London."""
    tokyo = timezone(timedelta(hours=9))
    diary.scheduler.call_at(
        datetime(2030, 1, 1, 9, 0, 30, tzinfo=tokyo), lambda: diary.put(0, "now")
    )
    diary.clock.advance(30)
    diary.expect("now")


def test_after_closing_nothing_is_done(diary):
    """What is left stays where its handler keeps it."""
    diary.put(10, "late")
    diary.scheduler.close()
    diary.clock.advance(20)
    diary.expect()

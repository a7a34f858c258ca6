"""A call in which a thread hangs is left, by exactly one of those who look at it."""

import itertools
import os
import sys
import threading
import time

import pytest

from irene.components.calls.deadline import late_error
from irene.components.calls.watch import CallWatch, Relay, ThreadLeftError


class Nobody:
    """Takes note of being left."""

    def __init__(self):
        self.n_left = 0

    def left(self, error, time_s):
        self.n_left += 1


def test_what_the_work_raises_is_raised():
    """Also an error that is called like the one of a wait."""
    with pytest.raises(TimeoutError, match="its own"):
        Relay("listening", CallWatch(1.0)).run(_raise, lambda hung: None)


def _raise():
    raise TimeoutError("its own")


def test_a_call_that_has_just_returned_is_not_left():
    """Nor the one that came after it, which was looked at by mistake."""
    watch, caller = CallWatch(1.0), Nobody()
    seen, following = (caller, 0.0), (caller, 0.0)
    assert watch.leave(seen, late_error(1.0)) is None
    watch.running.append(following)
    assert watch.leave(seen, late_error(1.0)) is None
    assert watch.call is following
    assert caller.n_left == 0


class Seen(list):
    """Was looked at a moment before its thread took the call out of it."""

    def __len__(self):
        return 1


def test_a_call_that_returns_while_it_is_looked_at_is_not_left():
    """Between a look and a grasp another thread may have its turn."""
    watch, caller = CallWatch(1.0), Nobody()
    watch.running = Seen()
    assert watch.leave((caller, 0.0), late_error(1.0)) is None
    assert caller.n_left == 0


@pytest.fixture
def busy_turns():
    """Let the interpreter change threads a thousand times as often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("busy_turns")
def test_either_the_call_returns_or_it_is_left():
    """Threads that call all the time, and somebody who leaves them all the time: of all calls each
    is finished by exactly one of them."""
    watch, caller, is_over = CallWatch(1.0), Nobody(), threading.Event()
    finished, left = [], []

    def work(first):
        for number in itertools.count(first):
            running = watch.running
            running.append((caller, float(number)))
            os.sched_yield()
            try:
                try:
                    running.pop()
                except IndexError:
                    watch.came_back(running)
            except ThreadLeftError:
                return
            finished.append(number)
            if is_over.is_set():
                return

    thread = threading.Thread(target=work, args=(0,))
    thread.start()
    until_s = time.monotonic() + 60  # a busy machine lets few be left
    while len(left) < 100 and time.monotonic() < until_s:
        call = watch.call
        if call is not None and watch.leave(call, late_error(1.0)) is not None:
            left.append(int(call[1]))
            thread.join()
            thread = threading.Thread(target=work, args=(left[-1] + 1,))
            thread.start()
    is_over.set()
    thread.join()
    assert caller.n_left == len(left) > 0
    assert sorted(finished + left) == list(range(len(finished) + len(left)))

"""Leaving a call that takes too long."""

import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTimeError

import pytest

from irene import ProviderFailedError
from irene.components.calls.deadline import within
from irene.components.calls.watch import CallWatch, Relay

WAIT_S = 10


@pytest.mark.parametrize("seconds", [None, WAIT_S])
def test_what_comes_in_time_is_returned(seconds):
    """With a deadline or without one."""
    assert within(seconds, lambda: 7) == 7


@pytest.mark.parametrize("seconds", [None, WAIT_S])
@pytest.mark.parametrize("error", [ValueError, TimeoutError, ProviderFailedError])
def test_what_is_raised_in_time_is_raised(seconds, error):
    """Also an error that looks as if it were late."""

    def work():
        raise error("by itself")

    with pytest.raises(error, match="by itself"):
        within(seconds, work)


class AtTheLastMoment(Future):
    """A call that comes back just after it was waited for in vain, and before anybody looks."""

    def result(self, timeout=None):
        if timeout is None:
            return super().result()
        self.set_result("done")
        raise NotInTimeError


def test_what_comes_at_the_last_moment_is_returned(monkeypatch):
    """It is no error, and surely none that nobody expects."""
    module = "irene.components.calls.deadline"
    monkeypatch.setattr(f"{module}.start_daemon", lambda name, work: AtTheLastMoment())
    assert within(0.01, lambda: "done") == "done"


def test_work_that_ends_at_the_last_moment_of_a_look_has_ended(monkeypatch):
    """The run ends as it does at any other time."""
    module = "irene.components.calls.watch"
    monkeypatch.setattr(f"{module}.start_daemon", lambda name, work: AtTheLastMoment())
    Relay("capture", CallWatch(0.01)).run(lambda: None, lambda hung: pytest.fail("nothing hangs"))


def test_without_a_deadline_nobody_leaves_the_calling_thread():
    """A thread is started only where it is needed."""
    assert within(None, threading.current_thread) is threading.current_thread()

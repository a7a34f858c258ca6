"""Leaving a call that takes too long."""

import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTimeError

import pytest

from irene import ProviderFailedError
from irene.components.call_watch import CallWatch, Relay
from irene.components.routing.deadline import LateError, TimedBlocks, in_time, within
from irene.components.routing.outcome import Outcome
from irene.components.routing.router import Router
from irene.components.routing.settings import Member, RoutingSettings
from irene.domain.clock import SystemClock

WAIT_S = 10


def router_of(deadline_s):
    """Return a router of two providers with this deadline."""
    members = [Member(name, name, deadline_s=deadline_s) for name in "ab"]
    return Router("tts", members, RoutingSettings(), SystemClock())


def wait_until_free(router):
    """Wait until nobody works on anything any more."""
    deadline = threading.Event()
    for _ in range(1000):
        if not any(one.in_flight for one in router.snapshots()):
            return
        deadline.wait(0.01)
    raise AssertionError("a place stayed taken")


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
    module = "irene.components.routing.deadline"
    monkeypatch.setattr(f"{module}.start_daemon", lambda name, work: AtTheLastMoment())
    assert within(0.01, lambda: "done") == "done"


def test_work_that_ends_at_the_last_moment_of_a_look_has_ended(monkeypatch):
    """The run ends as it does at any other time."""
    module = "irene.components.call_watch"
    monkeypatch.setattr(f"{module}.start_daemon", lambda name, work: AtTheLastMoment())
    Relay("capture", CallWatch(0.01)).run(lambda: None, lambda hung: pytest.fail("nothing hangs"))


def test_without_a_deadline_nobody_leaves_the_calling_thread():
    """A thread is started only where it is needed."""
    assert within(None, threading.current_thread) is threading.current_thread()


def test_a_late_call_is_left_and_ends_its_lease_when_it_comes_back():
    """The error names the key; until then the place is taken."""
    router, hang = router_of(0.01), threading.Event()
    lease = router.lease()
    with pytest.raises(LateError, match="no answer within deadline_ms"):
        in_time(lease, lambda: hang.wait(WAIT_S), "work")
    assert router.snapshots()[0].in_flight == 1
    hang.set()
    wait_until_free(router)


def test_blocks_come_in_their_order():
    """Each as soon as it is made, however many there are."""
    lease = router_of(WAIT_S).lease()
    assert list(TimedBlocks(lease, lambda: iter(range(50)))) == list(range(50))
    assert not lease.is_over  # ending it is whoever asked's


def test_an_error_between_blocks_comes_after_them():
    """Nothing that was made is lost."""

    def blocks():
        yield 1
        raise ValueError("broken")

    lease = router_of(WAIT_S).lease()
    made = iter(TimedBlocks(lease, blocks))
    assert next(made) == 1
    with pytest.raises(ValueError, match="broken"):
        next(made)
    assert not lease.is_over


def test_a_block_that_does_not_come_is_waited_for_no_longer():
    """The thread ends the lease when it comes back."""
    router, hang = router_of(0.01), threading.Event()

    def blocks():
        yield 1
        hang.wait(WAIT_S)

    lease = router.lease()
    made = iter(TimedBlocks(lease, blocks))
    assert next(made) == 1
    with pytest.raises(LateError):
        next(made)
    lease.late()
    assert router.snapshots()[0].in_flight == 1
    hang.set()
    wait_until_free(router)
    assert router.stats().providers[0].outcomes == {"late": 1}


def test_whoever_leaves_early_cancels():
    """The iterator is stopped at its next block, and the place is free then."""
    router, seen = router_of(WAIT_S), []

    def blocks():
        for number in range(1000):
            seen.append(number)
            yield number

    made = iter(TimedBlocks(router.lease(), blocks))
    next(made)
    made.close()
    wait_until_free(router)
    assert len(seen) < 20
    assert router.stats().providers[0].outcomes == {str(Outcome.CANCELLED): 1}

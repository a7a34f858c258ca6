"""Leaving the work of a lease that takes too long."""

import threading

import pytest

from irene.components.calls.deadline import LateError
from irene.components.routing.in_time import TimedBlocks, in_time
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

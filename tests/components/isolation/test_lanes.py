"""The lanes to a worker: used again, and none is left behind by a process that has gone."""

import os
import socket

import psutil
import pytest

from irene import ProviderFailedError
from irene.components.isolation.lanes import Lanes
from irene.testing import VirtualClock

pytestmark = pytest.mark.skipif(os.name != "posix", reason="descriptors are sent on POSIX only")


@pytest.fixture
def lanes():
    """Lanes of a worker that nobody has asked yet."""
    return Lanes(VirtualClock(), lambda stage: None)


@pytest.fixture
def control():
    """The socket that a worker is told by, and its other end."""
    pair = socket.socketpair()
    yield pair
    for one in pair:
        one.close()


def test_a_lane_that_cannot_be_sent_leaves_no_descriptor(lanes, control):
    """Chaos found one shared memory and one socket more for every call in the moment between a
    worker's end and the news of it."""
    ours, theirs = control
    theirs.close()
    before = psutil.Process().num_fds()
    for _ in range(20):
        with pytest.raises(ProviderFailedError, match="a worker cannot be asked"):
            lanes.take(ours, str)
    assert psutil.Process().num_fds() < before + 20  # other tests' may come and go
    assert lanes.n_used == 0


def test_a_lane_is_used_again_unless_its_call_was_broken_off(lanes, control):
    """Or its process has ended: then it belongs to nobody, and counts no more."""
    first, second = lanes.take(control[0], str), lanes.take(control[0], str)
    assert (lanes.n_used, set(lanes.all())) == (2, {first, second})
    assert lanes.give_back(first)
    assert lanes.n_used == 1
    assert lanes.take(control[0], str) is first
    first.cut()
    assert not lanes.give_back(first)
    assert (lanes.n_used, lanes.all()) == (1, [second])
    assert lanes.part() == [second]
    assert lanes.n_used == 0
    assert lanes.give_back(second)
    assert lanes.take(control[0], str) is not second
    for lane in (first, second, *lanes.part()):
        lane.close()

"""Lanes to a worker that has just died: what was made for them is given back."""

import os
import socket
import threading
from types import SimpleNamespace

import psutil
import pytest

from irene import ProviderFailedError
from irene.components.isolation.supervised import SupervisedWorker
from irene.testing import VirtualClock

pytestmark = pytest.mark.skipif(os.name != "posix", reason="descriptors are sent on POSIX only")


def worker_without_a_listener():
    """Return a supervised worker whose process has gone without anybody knowing yet."""
    reports = SimpleNamespace(kind="asr", provider="dead", subject="asr provider 'dead'")
    crew = SimpleNamespace(reports=reports, clock=VirtualClock(), changed=threading.Condition())
    worker = SupervisedWorker(1, None, crew)
    control, other = socket.socketpair()
    other.close()
    worker._process = SimpleNamespace(control=control)
    return worker, control


def test_a_lane_that_cannot_be_sent_leaves_no_descriptor():
    """Chaos found one shared memory and one socket more for every call in that moment."""
    worker, control = worker_without_a_listener()
    before = psutil.Process().num_fds()
    for _ in range(20):
        with pytest.raises(ProviderFailedError, match="a worker cannot be asked"):
            worker.lane()
    assert psutil.Process().num_fds() == before
    control.close()

"""The bench that every test of workers gets."""

import threading

import pytest
from worker_bench import Bench, is_gone


@pytest.fixture
def bench():
    """A bench whose workers are ended with the test, without a trace."""
    made = Bench()
    yield made
    pids = [pid for provider in made.made for pid in provider.pool.pids]
    for provider in made.made:
        provider.close()
    assert [pid for pid in pids if not is_gone(pid)] == []
    assert [one.name for one in threading.enumerate() if one.name.startswith("irene-worker")] == []

"""Figures of rings and pools: measured on what they claim to be about."""

from __future__ import annotations

import numpy as np
from click.testing import CliRunner

from irene.performance import buffers
from irene.performance.buffers import Loan, filling, kept_by_threads, lending, loan, writing
from irene.performance.spread import Spread


def test_appending_to_a_ring_is_measured_beside_joining_arrays():
    """Both do the same work; the ring is at least twenty times faster over 1000 blocks."""
    spreads = buffers.measured(filling(), rounds=3)
    ring, joined = spreads["RingBuffer.append"], spreads["np.concatenate"]
    assert min(joined.values) > 20 * min(ring.values)


def test_works_can_be_called_again_and_again():
    """As a harness does."""
    for works in (filling(10), lending(1000), writing(1000)):
        assert len(works) == 2
        for work in (*works.values(), *works.values()):
            work()


def test_large_memory_from_a_pool_needs_no_new_pages():
    """Beyond 32 MB the C library asks the system for each array anew, page by page."""
    fresh, lent = (loan(name, 14_400_000, rounds=3) for name in ("np.empty", "pool"))
    assert fresh.faults > 100
    assert lent.faults < 10
    assert min(lent.written.values) < min(fresh.written.values)


def test_threads_leave_less_memory_behind_with_a_pool():
    """What a thread has freed stays in its arena; the pool's pages go back."""
    fresh, lent = kept_by_threads("np.empty"), kept_by_threads("pool")
    assert lent.idle_mb < fresh.idle_mb - 15


def test_the_command_prints_tables(monkeypatch):
    """With the machine, so that figures of two are not compared."""
    once = Loan(Spread((0.1,)), Spread((4.0,)), 3.0)
    monkeypatch.setattr(buffers, "loan", lambda *_: once)
    monkeypatch.setattr(buffers, "_SECONDS", 1e-5)
    printed = CliRunner().invoke(buffers.main, ["--rounds", "1"])
    assert printed.exit_code == 0, printed.output
    for words in ("RingBuffer.append", "np.empty | 0.10 | 4.00 | 3", "MB when idle", "cores"):
        assert words in printed.output


def test_works_touch_what_they_say():
    """Writing writes every sample."""
    assert writing(1000)["np.empty"]() is None
    assert lending(1000)["np.empty"]().dtype == np.float32

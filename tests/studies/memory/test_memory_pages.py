"""Figures of new and lent memory: measured on what they claim to be about."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from irene.performance.measuring.spread import Spread
from irene.studies.memory import memory_pages
from irene.studies.memory.memory_pages import (
    Conversion,
    Kept,
    Loan,
    conversion,
    kept_by_threads,
    loan,
    untouched,
    written,
)


@pytest.mark.parametrize("name", ["pool", "np.empty"])
def test_works_can_be_called_again_and_again(name):
    """As a harness does."""
    for work in (untouched(name, 1000), written(name, 1000)):
        for _ in range(3):
            work()


@pytest.mark.slow
def test_large_memory_from_a_pool_needs_no_new_pages():
    """Beyond 32 MB the C library asks the system for each array anew, page by page."""
    fresh, lent = (loan(name, 14_400_000, rounds=3) for name in ("np.empty", "pool"))
    assert fresh.faults > 100
    assert lent.faults < 10
    assert min(lent.written.values) < min(fresh.written.values)


@pytest.mark.slow
@pytest.mark.measures
def test_threads_leave_less_memory_behind_with_a_pool():
    """What a thread has freed stays with it; the pool's pages go back."""
    fresh, lent = kept_by_threads("np.empty"), kept_by_threads("pool")
    assert lent.idle_mb < fresh.idle_mb - 15


@pytest.mark.slow
@pytest.mark.measures
def test_a_long_clip_takes_less_memory_in_blocks():
    """A minute of stereo, in no more than twice the time."""
    whole, blocks = conversion("whole", 60.0, rounds=3), conversion("blocks", 60.0, rounds=3)
    assert blocks.peak_mb < 0.5 * whole.peak_mb
    assert min(blocks.milliseconds.values) < 2 * min(whole.milliseconds.values)


def test_the_command_prints_tables(monkeypatch):
    """With the machine, so that figures of two are not compared."""
    once = Loan(Spread((0.1,)), Spread((4.0,)), 3.0)
    clip = Conversion(Spread((5.0,)), 60.0, 7.0)
    monkeypatch.setattr(memory_pages, "loan", lambda *_: once)
    monkeypatch.setattr(memory_pages, "conversion", lambda *_: clip)
    monkeypatch.setattr(memory_pages, "kept_by_threads", lambda _: Kept(62.0, 27.0))
    printed = CliRunner().invoke(memory_pages.main, ["--rounds", "1"])
    assert printed.exit_code == 0, printed.output
    for words in ("np.empty | 0.10 | 4.0 | 3", "pool | 62 | 27", "blocks | 5.0 | 60 | 7", "cores"):
        assert words in printed.output

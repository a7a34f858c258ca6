"""When to stop trying."""

import numpy as np
import pytest

from irene.audio.overflow_breaker import OverflowBreaker


@pytest.fixture
def opened():
    """Return a breaker that has opened at time 0 for 25 ms."""
    breaker = OverflowBreaker(limit=5, suspension_s=0.025)
    for _ in range(5):
        breaker.overflowed(0.0)
    return breaker


def test_four_overflows_are_forgiven_and_the_fifth_opens_it():
    """A short stall is none of its business."""
    breaker = OverflowBreaker(limit=5, suspension_s=0.025)
    for _ in range(4):
        breaker.overflowed(0.0)
        assert breaker.is_closed
    breaker.overflowed(0.0)
    assert not breaker.is_closed
    assert breaker.openings == 1


@pytest.mark.parametrize("relief", ["fitted", "taken"])
def test_only_overflows_in_a_row_count(relief):
    """Something that fits, or is taken, begins the row again."""
    breaker = OverflowBreaker(limit=2, suspension_s=0.025)
    for _ in range(5):
        breaker.overflowed(0.0)
        getattr(breaker, relief)()
    assert breaker.is_closed


def test_nothing_is_admitted_for_the_suspension(opened):
    """Then one block is."""
    assert not opened.admits(0.0)
    assert not opened.admits(0.0249)
    assert opened.admits(0.025)


def test_a_probe_that_is_taken_closes_it(opened):
    """Somebody reads again."""
    opened.admits(0.03)
    opened.taken()
    assert opened.is_closed
    assert opened.admits(0.031)


def test_a_probe_that_nobody_takes_is_the_only_block_until_the_next_probe(opened):
    """One block for each suspension."""
    admitted = [ms for ms in range(0, 110) if opened.admits(ms / 1000)]
    assert len(admitted) == 4
    assert min(np.diff(admitted)) >= 25


def test_what_is_taken_before_the_probe_does_not_close_it(opened):
    """The suspension lasts as long as it is configured."""
    opened.taken()
    assert not opened.is_closed
    assert not opened.admits(0.01)

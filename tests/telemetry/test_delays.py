"""Quantiles of delays, against sorting them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.telemetry.delays import Delays

TIMES = st.lists(st.floats(2e-4, 20), min_size=1, max_size=200)


@given(TIMES, st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0]))
def test_a_quantile_is_the_true_one_or_a_little_more(times, share):
    """At most a bin of 9 %."""
    delays = Delays()
    for seconds in times:
        delays.add(seconds)
    true = float(np.quantile(times, share, method="inverted_cdf"))
    assert true * 0.999999 <= delays.quantile(share) <= true * 1.0906


def test_several_at_once_count_as_often():
    """Windows of one ticket share a delay."""
    delays = Delays()
    delays.add(0.001, 99)
    delays.add(1.0)
    assert delays.n == 100
    assert delays.quantile(0.99) == pytest.approx(0.001, rel=0.1)
    assert delays.quantile(1.0) == delays.longest_s == 1.0


def test_cleared_it_knows_nothing():
    """As at the beginning."""
    delays = Delays()
    delays.add(1.0)
    delays.clear()
    assert (delays.n, delays.quantile(0.5), delays.longest_s) == (0, 0.0, 0.0)

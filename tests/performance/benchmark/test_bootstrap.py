"""The bootstrap: intervals that hold the truth, slowdowns that are caught, noise that is not."""

import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import spread

from irene.performance.benchmark.bootstrap import Change, change, of_median, of_ratio
from irene.performance.spread import Spread

TIMES = st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=60).map(tuple)
FEW = settings(max_examples=40, deadline=None)
SEEDS = st.integers(0, 10**6)


@FEW
@given(values=TIMES)
def test_an_interval_lies_within_the_values_and_around_their_median(values):
    """No draw can leave the range, and the median is the likeliest."""
    found = of_median(Spread(values))
    assert min(values) <= found.low <= found.high <= max(values)
    assert statistics.median(values) in found or found.low == pytest.approx(found.high)


@FEW
@given(values=TIMES, factor=st.floats(1e-3, 1e3))
def test_units_do_not_matter(values, factor):
    """Measured in other units, the interval is the same one."""
    one, other = of_median(Spread(values)), of_median(Spread(tuple(factor * v for v in values)))
    assert (other.low, other.high) == pytest.approx((factor * one.low, factor * one.high))


@FEW
@given(value=st.floats(1e-9, 1e3), n=st.integers(1, 40))
def test_what_does_not_scatter_is_certain(value, n):
    """Equal values leave no room."""
    found = of_median(Spread((value,) * n))
    assert (found.low, found.high) == (value, value)


@FEW
@given(values=TIMES, seed=SEEDS)
def test_the_same_seed_gives_the_same_interval(values, seed):
    """A report can be made again."""
    assert of_median(Spread(values), seed) == of_median(Spread(values), seed)


@FEW
@given(ours=TIMES, theirs=TIMES)
def test_a_ratio_turned_round_is_its_inverse(ours, theirs):
    """Up to what the draws differ: the two intervals overlap."""
    one, other = of_ratio(Spread(ours), Spread(theirs)), of_ratio(Spread(theirs), Spread(ours))
    assert one.low <= (1 / other.low) * (1 + 1e-9)
    assert one.high >= (1 / other.high) * (1 - 1e-9)


def test_most_intervals_hold_the_true_median():
    """Of 200 runs, about 95 % do; the bootstrap of a median is a little off, so 90 % is asked."""
    middle_s = 1.0 + 0.05 * 0.6931471805599453  # median of the exponential distribution: ln 2
    held = sum(middle_s in of_median(spread(1.0, 0.05, seed)) for seed in range(200))
    assert held >= 180


@FEW
@given(seed=SEEDS)
def test_a_slowdown_of_a_fifth_is_caught(seed):
    """Whatever the noise of a usual run."""
    before, after = spread(1e-6, 0.03, seed), spread(1.2e-6, 0.03, seed + 1)
    assert change(before, after) is Change.SLOWER
    assert change(after, before) is Change.FASTER


@FEW
@given(seed=SEEDS, scatter=st.floats(0.0, 0.1))
def test_noise_is_no_slowdown(seed, scatter):
    """The same program twice is the same, on a quiet machine and on one that is not."""
    assert change(spread(1e-6, scatter, seed), spread(1e-6, scatter, seed + 1)) is Change.SAME


def test_what_is_too_small_to_matter_is_not_reported():
    """2 % without any noise is certain, and below the tolerance."""
    steady = Spread((1.0,) * 20)
    assert change(steady, Spread((1.02,) * 20)) is Change.SAME
    assert change(steady, Spread((1.02,) * 20), tolerance=0.01) is Change.SLOWER

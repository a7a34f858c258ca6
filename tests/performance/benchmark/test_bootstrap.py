"""The bootstrap: intervals that hold the truth, slowdowns that are caught, noise that is not."""

import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import spread

from irene.performance.benchmark.bootstrap import (
    Change,
    change,
    of_median,
    of_ratio,
    of_series_ratio,
)
from irene.performance.measuring.spread import Spread

TIMES = st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=60).map(tuple)
FEW = settings(max_examples=20, deadline=None)
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


@pytest.mark.parametrize("scatter", [0.0, 0.05, 0.1])
def test_noise_is_no_slowdown(scatter):
    """The same program twice is the same: of 100 pairs of runs, one at most seems another."""
    pairs = [(spread(1e-6, scatter, seed), spread(1e-6, scatter, seed + 1)) for seed in range(100)]
    assert sum(change(*pair) is not Change.SAME for pair in pairs) <= 1


def test_what_is_too_small_to_matter_is_not_reported():
    """2 % without any noise is certain, and below the tolerance."""
    steady = Spread((1.0,) * 20)
    assert change(steady, Spread((1.02,) * 20)) is Change.SAME
    assert change(steady, Spread((1.02,) * 20), tolerance=0.01) is Change.SLOWER


@pytest.mark.parametrize("scatter", [0.0, 0.05, 0.2])
def test_an_interval_over_runs_is_that_of_one_run_when_there_is_one(scatter):
    """Blocks of rounds make it about as wide as single rounds, if these are independent."""
    ours, theirs = spread(2.0, scatter, 1), spread(1.0, scatter, 2)
    single, over_runs = of_ratio(ours, theirs), of_series_ratio([ours], [theirs])
    ratio = ours.median / theirs.median
    assert ratio in over_runs
    width, usual = over_runs.high - over_runs.low, single.high - single.low
    assert width == pytest.approx(usual, rel=0.6, abs=1e-9)


def test_rounds_that_hang_together_make_the_interval_wider():
    """Slow and fast spells of eight rounds: single rounds pretend to know more."""
    spells = Spread(tuple([1.0] * 8 + [1.5] * 8 + [1.0] * 8 + [1.5] * 9))
    steady = Spread((1.0,) * 25)
    single, blocks = of_ratio(spells, steady), of_series_ratio([spells], [steady])
    assert blocks.high - blocks.low >= single.high - single.low


def test_more_confidence_is_a_wider_interval():
    """For many comparisons at once, each has to be surer."""
    ours, theirs = spread(1.0, 0.2, 1), spread(1.0, 0.2, 2)
    usual, surer = (of_series_ratio([ours], [theirs], one) for one in (0.95, 0.999))
    assert surer.low <= usual.low <= usual.high <= surer.high


def test_runs_that_differ_count_as_runs():
    """Every one is steady by itself; which of them came is the noise."""
    runs = [Spread((base,) * 25) for base in (1.0, 1.1, 1.2, 1.3)]
    interval = of_series_ratio([runs[0]], runs)
    assert interval.high - interval.low > 0.05

"""Many values of one thing: all are counted, whoever brings them."""

import math
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.telemetry.histogram import SETTLE_AT, Histogram, quantile

times = st.lists(st.floats(0, 100), max_size=600)


@given(times, st.sampled_from([0.0, 0.5, 0.95, 0.99, 1.0]))
def test_quantiles_are_those_of_numpy(values, share):
    """The definition is the usual one, also for very few values."""
    expected = float(np.percentile(values, share * 100)) if values else 0.0
    assert quantile(sorted(values), share) == pytest.approx(expected)


@given(times, st.integers(1, 50))
def test_it_tells_what_a_plain_list_would(values, max_samples):
    """Sums are of all values, quantiles of the latest ones."""
    histogram = Histogram(max_samples, bounds=(1.0, 10.0))
    for value in values:
        histogram.observe(value)
    found, latest = histogram.distribution(), values[-max_samples:]
    assert found.count == len(values)
    assert found.total == pytest.approx(math.fsum(values))
    assert (found.minimum, found.maximum) == (min(values, default=0), max(values, default=0))
    assert found.window == len(latest)
    assert found.p95 == pytest.approx(float(np.percentile(latest, 95)) if latest else 0.0)


@given(times)
def test_buckets_count_the_values_up_to_their_bound(values):
    """A value that equals a bound is in its bucket, and all are in the last."""
    histogram = Histogram(bounds=(0.0, 1.0, 10.0))
    for value in values:
        histogram.observe(value)
    expected = [(b, sum(v <= b for v in values)) for b in (0.0, 1.0, 10.0, math.inf)]
    assert list(histogram.distribution().buckets) == expected


def test_no_value_of_many_threads_is_lost():
    """Threads bring values while another one asks for them all the time."""
    histogram, n_values, done = Histogram(max_samples=10), 5000, threading.Event()
    threads = [
        threading.Thread(target=lambda: [histogram.observe(0.5) for _ in range(n_values)])
        for _ in range(8)
    ]
    counts = []

    def ask():
        while not done.is_set():
            counts.append(histogram.distribution().count)

    asking = threading.Thread(target=ask)
    asking.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    asking.join()
    assert histogram.distribution().count == 8 * n_values
    assert histogram.distribution().total == 8 * n_values * 0.5
    assert counts == sorted(counts)


def test_what_nobody_asks_for_takes_no_memory():
    """The inbox is emptied by those who fill it."""
    histogram, longest = Histogram(), 0
    for _ in range(10 * SETTLE_AT):
        histogram.observe(1.0)
        longest = max(longest, len(histogram.inbox))
    assert longest < SETTLE_AT


def test_failures_are_in_no_other_figure():
    """What failed at once would make the times look good."""
    histogram = Histogram()
    histogram.observe(2.0)
    histogram.failed()
    histogram.given_up()
    found = histogram.distribution()
    assert (found.count, found.errors, found.cancelled) == (1, 1, 1)
    assert (found.mean, found.p50, found.maximum) == (2.0, 2.0, 2.0)


def test_without_values_everything_is_zero():
    """No infinity of an empty minimum reaches anybody."""
    found = Histogram().distribution()
    assert (found.count, found.mean, found.minimum, found.maximum, found.p99) == (0, 0, 0, 0, 0)


def test_what_is_drained_is_gone():
    """The latest values in their order, errors apart; then it begins anew."""
    histogram = Histogram(max_samples=3)
    assert histogram.is_empty
    for value in (1.0, 2.0, 3.0, 4.0):
        histogram.observe(value)
    histogram.failed()
    histogram.given_up()
    assert not histogram.is_empty
    assert histogram.drain() == ([2.0, 3.0, 4.0], 1, 1)
    assert histogram.is_empty
    assert histogram.distribution() == Histogram(max_samples=3).distribution()
    histogram.observe(5.0)
    assert histogram.drain() == ([5.0], 0, 0)


def test_nothing_is_drained_twice_and_nothing_is_lost():
    """While other threads bring values."""
    histogram, drained = Histogram(max_samples=100_000), []

    def bring():
        for _ in range(3000):
            histogram.observe(1.0)

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        drained += histogram.drain()[0]
    assert len(drained) + len(histogram.drain()[0]) == 12_000

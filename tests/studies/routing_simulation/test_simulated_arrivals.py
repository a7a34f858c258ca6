"""When requests come: rates, bursts, rests, and the same again for the same seed."""

from itertools import islice
from random import Random
from statistics import mean, variance

import pytest

from irene.studies.routing_simulation.arrivals import Bursts, Poisson, Rush, Satellites

_ALL = [
    Poisson(4.0),
    Bursts(4.0, size=5.0, pause_s=0.5),
    Satellites(n=20, each_s=5.0, rest_s=2.0),
    Rush(usual_hz=2.0, most_hz=10.0, every_s=40.0, lasts_s=10.0),
]


def times(arrivals, n, seed=1):
    """Return the first n arrivals."""
    return list(islice(arrivals.times(Random(seed)), n))


def counts(arrivals, seconds, n):
    """Return how many arrive in each of n slices of that many seconds."""
    found = [0] * n
    for time_s in arrivals.times(Random(2)):
        if time_s >= seconds * n:
            return found
        found[int(time_s / seconds)] += 1
    raise AssertionError("arrivals end")


@pytest.mark.parametrize("arrivals", _ALL, ids=lambda one: type(one).__name__)
def test_times_ascend(arrivals):
    """Whoever enters them in turn never enters the past."""
    found = times(arrivals, 3000)
    assert found == sorted(found)
    assert found[0] >= 0


@pytest.mark.parametrize("arrivals", _ALL, ids=lambda one: type(one).__name__)
def test_as_many_come_as_the_rate_says(arrivals):
    """Within 6 %: bursts scatter most, by 2 % (one standard deviation) over 10 000 requests."""
    found = times(arrivals, 20_000)
    assert len(found) / found[-1] == pytest.approx(arrivals.rate_hz, rel=0.06)


@pytest.mark.parametrize("arrivals", _ALL, ids=lambda one: type(one).__name__)
def test_the_same_seed_gives_the_same_times(arrivals):
    """And another one gives others."""
    assert times(arrivals, 50) == times(arrivals, 50)
    assert times(arrivals, 50) != times(arrivals, 50, seed=2)


def test_bursts_are_rougher_and_satellites_smoother_than_chance():
    """Variance of counts over their mean is 1 for a Poisson process (index of dispersion)."""
    found = {}
    for arrivals in _ALL[:3]:
        each = counts(arrivals, 5.0, 2000)
        found[type(arrivals).__name__] = variance(each) / mean(each)
    assert found["Poisson"] == pytest.approx(1.0, abs=0.15)
    assert found["Bursts"] > 3.0
    assert found["Satellites"] < 0.6


def test_a_rush_is_a_rush():
    """The rate rises when it is to, and only then."""
    each = counts(_ALL[3], 10.0, 800)
    quarters = [mean(each[number::4]) for number in range(4)]
    assert quarters[:3] == pytest.approx([20.0] * 3, rel=0.1)
    assert quarters[3] == pytest.approx(100.0, rel=0.1)

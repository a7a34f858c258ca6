"""How long engines take: means, tails, measured times; and what is wrong with them when."""

from random import Random
from statistics import fmean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.studies.routing_simulation.engines import ALWAYS, Ending, Engine, Fault
from irene.studies.routing_simulation.service_times import (
    Constant,
    Exponential,
    LogNormal,
    Measured,
    Mixture,
    Pareto,
    scaled,
)

_ALL = [
    Constant(0.3),
    Exponential(0.3),
    LogNormal(0.3, 0.5),
    Pareto(0.3, 3.5),
    Mixture(LogNormal(0.2, 0.3), Exponential(2.0), 0.1),
    Measured((0.1, 0.2, 0.25, 0.4, 1.5)),
]


def draws(service, n, seed=3):
    """Return n drawn times."""
    random = Random(seed)
    return [service.draw(random) for _ in range(n)]


@pytest.mark.parametrize("service", _ALL, ids=lambda one: type(one).__name__)
def test_the_mean_is_what_it_says(service):
    """Loads are computed from it."""
    assert fmean(draws(service, 40_000)) == pytest.approx(service.mean_s, rel=0.03)


def test_a_lognormal_time_has_its_median():
    """Which is not its mean."""
    assert median(draws(LogNormal(0.3, 0.5), 20_000)) == pytest.approx(0.3, rel=0.02)


def test_a_pareto_tail_gets_thinner_as_a_power():
    """Ten times as long is 10^alpha times as rare."""
    found = draws(Pareto(0.1, 2.0), 100_000)
    assert min(found) >= 0.1
    assert sum(one > 1.0 for one in found) / len(found) == pytest.approx(0.01, rel=0.15)


@given(
    st.lists(st.floats(0.001, 10.0), min_size=2, max_size=20).map(sorted),
    st.integers(0, 1000),
)
def test_measured_times_stay_between_the_least_and_the_most(quantiles, seed):
    """No time is made up that is longer than any that was seen."""
    assert all(quantiles[0] <= one <= quantiles[-1] for one in draws(Measured(quantiles), 50, seed))


def test_measured_times_fall_between_their_quantiles_in_equal_parts():
    """A quarter each, for five quantiles."""
    found = draws(Measured((0.0, 1.0, 2.0, 4.0, 8.0)), 20_000)
    parts = [sum(low <= one < high for one in found) for low, high in ((0, 1), (1, 2), (2, 4))]
    assert [part / len(found) for part in parts] == pytest.approx([0.25] * 3, abs=0.02)


def test_measured_times_of_a_faster_machine_keep_their_form():
    """Another mean, the same ratios."""
    faster = scaled((0.1, 0.2, 0.6), 0.1)
    assert faster.mean_s == pytest.approx(0.1)
    assert faster.quantiles_s[2] / faster.quantiles_s[0] == pytest.approx(6.0)


@given(
    begin=st.integers(0, 20),
    lasts=st.integers(1, 10),
    rest=st.integers(1, 10),
    quarter=st.integers(0, 400),
)
def test_a_fault_that_comes_and_goes_is_there_when_it_is(begin, lasts, rest, quarter):
    """The reference is a list of all its intervals."""
    fault = Fault(begin_s=begin, lasts_s=lasts, every_s=lasts + rest, error_share=1.0)
    time_s = quarter / 4
    begins = [begin + number * (lasts + rest) for number in range(200)]
    within = [one for one in begins if one <= time_s < one + lasts]
    assert fault.is_active(time_s) == bool(within)
    if within:
        assert fault.end_s(time_s) == within[0] + lasts
    assert fault.begins(time_s) == [one for one in begins if one <= time_s]


def test_a_fault_that_begins_once_is_over_afterwards():
    """Or lasts for ever, when nothing else is said."""
    once = Fault(begin_s=10.0, lasts_s=5.0, is_hung=True)
    assert [once.is_active(time_s) for time_s in (9.9, 10.0, 14.9, 15.0)] == [
        False,
        True,
        True,
        False,
    ]
    assert Fault().is_active(1e9)
    assert Fault(begin_s=3.0).begins(2.0) == []


def test_a_slow_engine_takes_longer_by_its_factor():
    """Only while it is slow."""
    engine = Engine("slow", Constant(0.2), faults=[Fault(10.0, 5.0, slow_down=8.0)])
    assert engine.work(12.0, Random(1)) == (pytest.approx(1.6), Ending.ANSWER)
    assert engine.work(15.0, Random(1)) == (0.2, Ending.ANSWER)
    assert engine.work(0.0, Random(1)) == (0.2, Ending.ANSWER)


def test_a_hung_engine_comes_back_when_the_fault_ends():
    """Without an answer; or never, when the fault never ends."""
    engine = Engine("hung", Constant(0.2), faults=[Fault(10.0, 30.0, is_hung=True)])
    assert engine.work(15.0, Random(1)) == (25.0, Ending.ERROR)
    for_ever = Engine("hung", Constant(0.2), faults=[Fault(is_hung=True)])
    assert for_ever.work(1.0, Random(1)).seconds == ALWAYS


def test_a_flaky_engine_fails_as_often_as_it_says():
    """A tenth of the time here; an error comes when an answer would have, unless it is said."""
    engine = Engine("flaky", Constant(0.2), faults=[Fault(error_share=0.1)])
    random = Random(4)
    found = [engine.work(0.0, random) for _ in range(10_000)]
    errors = [one for one in found if one.ending is Ending.ERROR]
    assert len(errors) / len(found) == pytest.approx(0.1, rel=0.1)
    assert {one.seconds for one in found} == {0.2}
    quick = Engine(
        "down", Constant(0.2), faults=[Fault(error_share=1.0, error_after=Constant(0.01))]
    )
    assert quick.work(0.0, random) == (0.01, Ending.ERROR)


def test_a_cold_engine_answers_after_it_has_loaded():
    """Whoever comes before waits for it."""
    engine = Engine("cold", Constant(0.2), faults=[Fault(lasts_s=4.0, is_loading=True)])
    assert engine.work(1.0, Random(1)) == (pytest.approx(3.2), Ending.ANSWER)
    assert engine.work(4.0, Random(1)) == (0.2, Ending.ANSWER)


def test_spells_are_what_was_wrong_and_is_over():
    """A fault that still lasts, or never ends, is none."""
    faults = [Fault(10.0, 5.0, 20.0, slow_down=2.0), Fault(error_share=0.1)]
    engine = Engine("sick", Constant(0.2), faults=faults)
    assert engine.spells(36.0) == [(10.0, 15.0), (30.0, 35.0)]
    assert engine.spells(34.0) == [(10.0, 15.0)]


def test_capacity_is_places_over_mean_time():
    """What load is a share of."""
    assert Engine("one", Constant(0.25), places=3).capacity_hz == 12.0

"""Rounds: everything takes turns, and ratios hold although the machine does not."""

import math

import pytest
from synthetic import VirtualTimer, noisy, probe

from irene.performance.benchmark.probe import Probe, Sample
from irene.performance.benchmark.rounds import Pace, Series, in_turns, ratios

PACE = Pace(rounds=20, at_least_s=0.01)


def nothing():
    return None


def test_every_round_measures_everything_once_and_the_first_does_not_count():
    """Of 3 rounds and a warm-up, 3 remain; the order changes."""
    timer, order = VirtualTimer(), []

    def one(name):
        def run(n_loops):
            order.append(name)
            timer.work(1.0 if len(order) > 12 else 100.0)

        return Probe(name, run, timer=timer)

    found = in_turns([one(name) for name in "abc"], Pace(3, 0.01), nothing)
    calibration, rounds = order[:6], order[6:]
    assert calibration == ["a", "a", "b", "b", "c", "c"]
    turns = [rounds[index : index + 3] for index in range(0, 12, 3)]
    assert [sorted(turn) for turn in turns] == [["a", "b", "c"]] * 4
    assert len({tuple(turn) for turn in turns}) > 1
    assert [len(series.samples) for series in found.values()] == [3, 3, 3]
    assert list(found) == ["a", "b", "c"]


def test_the_same_seed_gives_the_same_order():
    """A run can be repeated."""

    def order(seed):
        timer, names = VirtualTimer(), []
        probes = [
            Probe(name, lambda n, name=name: names.append(name) or timer.work(1.0), timer=timer)
            for name in "abcd"
        ]
        in_turns(probes, Pace(5, 0.01, seed), nothing)
        return names

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_times_are_per_operation():
    """Loops and the operations of one loop are divided out."""
    series = Series("x", 10, 5.0, (Sample(1.0, 0.5), Sample(2.0, 1.0)))
    assert series.seconds.values == (0.02, 0.04)
    assert series.cpu_share == 0.5


def test_a_machine_that_becomes_slower_does_not_change_the_ratio():
    """Its speed halves in the course of the run; the times show it, the ratio does not."""
    timer = VirtualTimer()

    def slowing(one_s):
        return lambda: one_s * (1.0 + timer.passed_s)

    subjects = [probe("ours", slowing(1e-6), timer), probe("theirs", slowing(3e-6), timer)]
    found = in_turns(subjects, PACE, nothing)
    assert found["ours"].seconds.drift > 0.1
    assert ratios(found["theirs"], found["ours"]).median == pytest.approx(3.0, rel=0.05)


def test_a_disturbed_round_does_not_change_the_ratio():
    """The middle of the rounds counts."""
    timer, times = VirtualTimer(), noisy(1e-6, 0.02, seed=3)
    subjects = [probe("ours", times, timer), probe("theirs", lambda: 10 * times(), timer)]
    found = in_turns(subjects, PACE, nothing)
    assert math.isclose(ratios(found["theirs"], found["ours"]).median, 10.0, rel_tol=0.05)


def test_two_of_one_name_are_refused():
    """They could not be told apart afterwards."""
    twice = [Probe.of("x", nothing), Probe.of("x", nothing)]
    with pytest.raises(ValueError, match="'x'"):
        in_turns(twice)


def test_no_round_is_refused():
    """There would be no value."""
    with pytest.raises(ValueError, match="at least 1"):
        in_turns([], Pace(rounds=0))

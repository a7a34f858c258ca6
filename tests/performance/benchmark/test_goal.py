"""Goals: passed, failed, or not to be judged."""

import pytest

from irene.performance.benchmark.goal import ABSENT, FAIL, PASS, UNSTABLE, Goal, judge
from irene.performance.benchmark.probe import Sample
from irene.performance.benchmark.rounds import Series

STEADY = (1.0, 1.01, 1.02, 1.01, 1.0, 1.01)


def series(name, micro):
    """Return a series of these times, in microseconds."""
    return Series(name, 1, 1.0, tuple(Sample(value / 1e6, value / 1e6) for value in micro))


def found(**times):
    return {name: series(name, micro) for name, micro in times.items()}


@pytest.mark.parametrize(
    ("limit", "result"),
    [(1.1, PASS), (0.9, FAIL), (1.01, UNSTABLE)],
    ids=["below", "above", "at the limit"],
)
def test_the_interval_decides_in_a_run_that_can_be_trusted(limit, result):
    """It has to lie on one side; a limit inside of it is not judged."""
    assert judge(Goal("x", "x", limit), found(x=STEADY), trusted=True).result == result


@pytest.mark.parametrize(
    ("times", "result"),
    [
        ((1.0,) * 9 + (1.4,), PASS),
        ((1.0,) * 9 + (2.5,), PASS),
        ((1.0,) * 8 + (2.5,) * 2, UNSTABLE),
        ((3.0,) * 8 + (1.9,) * 2, UNSTABLE),
        ((3.0,) * 9 + (1.9,), FAIL),
        ((3.0,) * 9 + (2.1,), FAIL),
    ],
)
def test_nearly_every_round_decides_in_one_that_cannot(times, result):
    """One of ten on the other side is chance; two, and there is no judgement."""
    both = found(ours=times, theirs=(1.0,) * 10)
    assert judge(Goal("x", "ours", 2.0, "theirs"), both, trusted=False).result == result


def test_a_time_does_not_fail_in_a_disturbed_run():
    """Every round was too slow, but that may be the machine's; it may pass."""
    slow = found(x=(3.0,) * 10)
    assert judge(Goal("x", "x", 2.0), slow, trusted=False).result == UNSTABLE
    assert judge(Goal("x", "x", 2.0), slow, trusted=True).result == FAIL
    assert judge(Goal("x", "x", 4.0), slow, trusted=False).result == PASS


def test_a_ratio_is_taken_round_by_round():
    """Both slow down together; the ratio stays."""
    times = found(ours=(1.0, 2.0, 4.0), theirs=(30.0, 60.0, 120.0))
    goal = Goal("x", "ours", 1 / 20, against="theirs")
    judgement = judge(goal, times, trusted=False)
    assert judgement.result == PASS
    assert judgement.measured.values == pytest.approx((1 / 30,) * 3)


@pytest.mark.parametrize("goal", [Goal("x", "a", 1.0), Goal("x", "b", 1.0, against="a")])
def test_what_was_not_measured_is_not_judged(goal):
    """A peer that is not there fails nobody."""
    assert judge(goal, found(b=STEADY), trusted=True).result == ABSENT


@pytest.mark.parametrize(
    ("goal", "limit", "shown"),
    [
        (Goal("x", "x", 8), "at most 8 µs", "0.05 µs"),
        (Goal("x", "x", 1.1, against="y"), "at most 1.1 times as long", "0.05 times"),
        (Goal("x", "x", 1 / 15, against="y"), "at least 15 times as fast", "20.0 times as fast"),
    ],
)
def test_a_limit_is_said_the_way_people_say_it(goal, limit, shown):
    """A small ratio is turned round."""
    assert (goal.limit, goal.shown(0.05)) == (limit, shown)


def test_a_range_goes_upwards_also_when_it_is_turned_round():
    """From the smaller figure to the larger."""
    assert Goal("x", "x", 1 / 15, against="y").shown(0.02, 0.05) == "20.0 to 50.0 times as fast"
    assert Goal("x", "x", 8).shown(1.0, 2.0) == "1.00 to 2.00 µs"

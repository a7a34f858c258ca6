"""Probes: what a sample holds, and how many loops it takes."""

from hypothesis import given
from hypothesis import strategies as st
from synthetic import VirtualTimer, probe

from irene.performance.benchmark.probe import Probe, Sample, calibrated
from irene.performance.benchmark.timer import SystemTimer, resolution_s


def test_a_sample_holds_the_work_and_nothing_else():
    """The preparation is not timed; work and processor time are."""
    timer = VirtualTimer()
    one = Probe(
        "one", lambda n: timer.work(2.0 * n, 0.5), before=lambda: timer.work(100.0), timer=timer
    )
    assert one.sample(3) == Sample(wall_s=6.0, cpu_s=3.0)


def test_an_operation_runs_as_often_as_it_is_told():
    """Once per loop."""
    calls = []
    Probe.of("count", lambda: calls.append(1)).sample(7)
    assert len(calls) == 7


@given(one_s=st.floats(1e-9, 10.0), at_least_s=st.floats(1e-4, 1.0))
def test_calibration_reaches_the_time_and_stays_near_it(one_s, at_least_s):
    """Long enough for the clock; not longer than a tenth more, or one loop."""
    timer = VirtualTimer()
    n_loops = calibrated(probe("x", lambda: one_s, timer), at_least_s)
    assert n_loops * one_s >= at_least_s * (1 - 1e-9)
    assert n_loops <= max(2, 1.1 * at_least_s / one_s + 2)


def test_calibration_is_not_misled_by_a_slow_moment():
    """A first sample that is disturbed does not leave it with too few loops."""
    timer = VirtualTimer()
    times = iter([0.5])
    n_loops = calibrated(probe("x", lambda: next(times, 1e-6), timer), 0.01)
    assert n_loops * 1e-6 >= 0.01 * (1 - 1e-9)


def test_calibration_by_processor_time_is_not_misled_by_other_programs():
    """They take nine tenths of the time that passes; the loops are as many as without them."""
    timer = VirtualTimer()
    n_loops = calibrated(probe("x", lambda: 1e-4, timer, share=0.1), 0.01, "cpu")
    assert n_loops * 1e-5 >= 0.01 * (1 - 1e-9)


def test_work_that_takes_no_time_does_not_run_for_ever():
    """There is a most number of loops."""
    assert calibrated(probe("x", lambda: 0.0, VirtualTimer()), 0.01) >= 10**9


def test_the_system_clock_is_fine_enough():
    """Its steps are less than a hundredth of a sample."""
    assert 0 < resolution_s(SystemTimer()) < 1e-4


def test_real_work_takes_real_time():
    """The clocks are the system's, and this process works."""
    sample = Probe.of("sum", lambda: sum(range(1000))).sample(200)
    assert 0 < sample.wall_s < 10
    assert sample.cpu_s > 0

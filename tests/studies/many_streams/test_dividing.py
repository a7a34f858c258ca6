"""What is made of a load that several processes shared, and when it is not trusted."""

from dataclasses import replace

import pytest

from irene.studies.many_streams.dividing import Point
from irene.studies.many_streams.trial import Outcome

WELL = Outcome(
    n_streams=250,
    seconds=10.0,
    hub_cpu_s=6.0,
    feeder_cpu_s=0.5,
    n_windows=5000,
    p50_delay_s=0.01,
    p99_delay_s=0.05,
    longest_delay_s=0.08,
    n_expected=30,
    n_heard=30,
    n_others=0,
    skipped_s=0.0,
    lost_s=0.0,
    n_overloads=0,
    kb_per_stream=80.0,
    open_share=0.11,
    feeder_late_s=0.0,
)
"""one process that heard everything in time"""


@pytest.mark.parametrize(
    "trouble",
    [{"p99_delay_s": 0.2}, {"n_heard": 29}, {"skipped_s": 0.1}, {"lost_s": 0.1}],
    ids=lambda trouble: next(iter(trouble)),
)
def test_one_process_in_trouble_is_enough_to_fail_the_load(trouble):
    """A stream does not know with which others it shares a process."""
    assert Point((WELL, WELL)).is_in_time
    assert not Point((WELL, replace(WELL, **trouble))).is_in_time


def test_the_line_of_a_load_adds_up_its_processes_and_tells_the_worst_delay():
    """Work, words and streams are sums; delays and memory are those of the worst process."""
    slower = replace(WELL, p99_delay_s=0.12, n_heard=29, hub_cpu_s=7.0, lost_s=0.5)
    line = Point((WELL, slower)).row("engine")
    assert line[:5] == ("engine", "500", "2", "130 %", "10 %")
    assert line[5:] == ("10", "120", "80", "1 of 60", "0.5", "0", "80", "no")


LATE = replace(WELL, feeder_late_s=0.3)
TOO_LATE = replace(LATE, p99_delay_s=0.4)


@pytest.mark.parametrize(
    ("parts", "is_doubted"),
    [
        ((WELL, replace(WELL, p99_delay_s=0.4)), False),
        ((LATE, LATE), False),
        ((WELL, TOO_LATE), True),
        ((replace(TOO_LATE, hub_cpu_s=9.5), replace(TOO_LATE, hub_cpu_s=9.8)), False),
    ],
    ids=["feeder in time", "late but heard in time", "something else", "the load itself"],
)
def test_a_late_feeder_is_a_doubt_only_when_the_load_did_not_make_it_late(parts, is_doubted):
    """Delays count from when a block was due, so that a feeder's lateness never flatters."""
    assert bool(Point(parts).doubts()) is is_doubted

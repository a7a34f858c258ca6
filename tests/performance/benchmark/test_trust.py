"""What speaks against a measurement."""

import pytest
from made_up_works import measurement, noisy_times

from irene.performance.benchmark.measurement import Measurement, Round
from irene.performance.benchmark.trust import judged

CLOCK_S = 1e-7


def doubts(one, waits=False, broke_off=""):
    return judged(one, CLOCK_S, waits, broke_off).doubts


def test_steady_times_are_trusted():
    """Thirty rounds that scatter by some percent."""
    assert doubts(measurement(noisy_times(0.5, 1))) == ()


def half_of_the_time(one) -> Measurement:
    """Return the measurement of a process that had a processor for half of it."""
    from dataclasses import replace

    rounds = tuple(Round(each.call_s, each.call_s / 2, each.control_s) for each in one.rounds)
    return replace(one, rounds=rounds)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (measurement([0.5] * 4), "only 4 rounds"),
        (measurement([0.5, 0.8] * 10), "times scatter by 23 %"),
        (measurement([0.5] * 10 + [0.6] * 10), "the second half differs from the first by 20 %"),
        (half_of_the_time(measurement([0.5] * 20)), "no processor for 50 % of its time"),
        (measurement([2e-6] * 20), "one step of the clock is 5 % of a sample"),
        (
            measurement([0.5] * 20, [0.001] * 10 + [0.0012] * 10),
            "the machine's own speed changed by +20 % meanwhile",
        ),
        (measurement([0.5] * 20, [0.001, 0.0013] * 10), "the machine's own speed scatters by 13 %"),
        (measurement([0.5] * 20, n_failed=5), "5 of 25 calls failed"),
    ],
    ids=[
        *("few rounds", "scatter", "drift", "no processor", "clock"),
        *("machine drifts", "machine scatters", "failures"),
    ],
)
def test_each_weakness_is_named(one, words):
    """In words, with its size."""
    assert words in doubts(one)


def test_work_that_waits_needs_no_processor():
    """Processes of its own do it, or it sleeps: that is no disturbed machine."""
    one = half_of_the_time(measurement([0.5] * 20))
    assert doubts(one, waits=True) == ()


def test_what_broke_off_is_told_first():
    """Interrupted, or out of time."""
    assert doubts(measurement([0.5] * 3), broke_off="it was interrupted") == (
        "it was interrupted",
        "only 3 rounds",
    )

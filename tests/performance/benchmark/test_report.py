"""Reports: tables, verdicts and plain data of a run whose times are known."""

import json
from dataclasses import replace

import pytest
from synthetic import VirtualTimer, noisy, probe
from test_conditions import QUIET

from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.goal import FAIL, PASS, Goal
from irene.performance.benchmark.probe import Probe
from irene.performance.benchmark.report import describe, duration, to_dict, verdict
from irene.performance.benchmark.rounds import Pace, in_turns

GOALS = (Goal("cheap", "ours", 2.0), Goal("cheaper", "ours", 1 / 5, against="theirs"))


def comparison(scatter=0.01, rounds=20, share=1.0, pace_s=0.01):
    timer = VirtualTimer()
    subjects = [
        probe("ours", noisy(1e-6, scatter, 1), timer, share),
        probe("theirs", noisy(4e-6, scatter, 2), timer, share),
    ]
    found = in_turns(subjects, Pace(rounds, pace_s), lambda: None)
    return Comparison("made_up", "Made up", "ours", "one thing", found, GOALS, ("A note.",))


def test_a_steady_run_is_trustworthy():
    """Nothing speaks against it, and both goals are judged."""
    one = comparison()
    assert one.doubts(QUIET) == ()
    assert [judgement.result for judgement in one.judgements(QUIET)] == [PASS, FAIL]


def test_every_weakness_of_a_run_is_named():
    """Scatter, too few rounds, a processor that was shared, a sample too short for the clock."""
    doubts = "; ".join(comparison(scatter=0.5, rounds=4, share=0.6).doubts(QUIET))
    for words in ("only 4 rounds", "times scatter by", "no processor for 40 % of its time (ours"):
        assert words in doubts
    assert "step of the clock" in "; ".join(comparison(pace_s=1e-6).doubts(QUIET))


def test_of_many_weak_probes_the_weakest_is_named():
    """A reader is told how many there are, not all of them."""
    timer = VirtualTimer()
    scatters = {"ours": 0.0, "theirs": 0.4, "another's": 0.9}
    subjects = [probe(name, noisy(1e-6, by, 1), timer) for name, by in scatters.items()]
    found = in_turns(subjects, Pace(20, 0.01), lambda: None)
    doubts = Comparison("x", "X", "ours", "thing", found).doubts(QUIET)
    (scatter,) = [doubt for doubt in doubts if doubt.startswith("times scatter by")]
    assert scatter.endswith("(another's; 2 of 3)")


def test_a_run_that_slows_down_is_not_trusted():
    """The second half is compared with the first."""
    timer = VirtualTimer()
    subjects = [probe("ours", lambda: 1e-6 * (1 + timer.passed_s), timer)]
    found = in_turns(subjects, Pace(20, 0.01), lambda: None)
    (doubt,) = Comparison("x", "X", "ours", "thing", found).doubts(QUIET)
    assert doubt.startswith("the second half differs from the first by")


def test_other_programs_do_not_count_in_processor_time():
    """They take half of the processor now and then: the times are those of the work alone."""
    timer, turn = VirtualTimer(), iter(range(1000))

    def shared(n_loops):
        slowdown = 1 + next(turn) % 2
        timer.work(n_loops * 1e-6 * slowdown, 1.0 / slowdown)

    subjects = [Probe("ours", shared, timer=timer)]
    for clock, is_steady in (("wall", False), ("cpu", True)):
        found = in_turns(subjects, Pace(20, 0.01, clock=clock), lambda: None)
        one = Comparison("x", "X", "ours", "thing", found)
        assert (one.doubts(QUIET) == ()) is is_steady
    assert "processor time" in describe("some command", QUIET, [one])


@pytest.mark.slow
def test_the_same_work_is_measured_twice():
    """It takes its turns as if it were another's; what it differs by is told."""
    timer = VirtualTimer()
    subjects = [probe("ours", lambda: 1e-4, timer), probe("theirs", lambda: 4e-4, timer)]
    one = Comparison("x", "X", "ours", "thing").measured(subjects, Pace(20, 0.01))
    assert list(one.found) == ["ours", "theirs"]
    assert one.difference() == pytest.approx(0.0, abs=1e-9)
    assert one.doubts(QUIET) == ()
    assert "(ours, measured twice: 0.0 % apart)" in describe("some command", QUIET, [one])


def test_a_run_in_which_the_same_work_differs_is_not_trusted():
    """No ratio can be told more exactly than that."""
    one = comparison()
    slower = [replace(sample, wall_s=1.08 * sample.wall_s) for sample in one.found["ours"].samples]
    again = replace(one.found["ours"], samples=tuple(slower))
    (doubt,) = replace(one, again=again).doubts(QUIET)
    assert doubt == "the same work, measured twice, differs by 8 %"


def test_the_page_tells_times_ratios_goals_and_verdict():
    """Everything that a reader needs to judge it."""
    text = describe("some command", QUIET, [comparison()])
    assert "Measured on " in text
    assert "`some command`" in text
    assert "garbage collector on" in text
    assert "| ours | 1.0" in text
    assert "at least 5 times as fast" in text
    assert "A note." in text
    assert "This run: trustworthy." in text


def test_a_verdict_gives_its_reasons():
    """All of them."""
    assert verdict(["a", "b"]) == "do not trust it, because a; b"


def test_programs_get_every_sample():
    """As JSON, with goals and verdict."""
    content = json.loads(json.dumps(to_dict("some command", QUIET, [comparison()])))
    (one,) = content["comparisons"]
    assert [series["name"] for series in one["series"]] == ["ours", "theirs"]
    assert [len(series["samples"]) for series in one["series"]] == [20, 20]
    assert [goal["result"] for goal in one["goals"]] == ["pass", "FAIL"]
    assert one["verdict"] == "trustworthy"
    assert content["conditions"]["machine"]["cpu"] == "Some CPU"


def test_a_time_gets_the_unit_that_suits_it():
    """Three figures, never a string of zeros."""
    assert [duration(value) for value in (2.5, 0.0123, 4.56e-6, 2.1e-7)] == [
        "2.5 s",
        "12.3 ms",
        "4.56 µs",
        "0.21 µs",
    ]

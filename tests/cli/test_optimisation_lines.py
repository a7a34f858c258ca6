"""What a search tells people: trials, evidence, limits, history."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "performance" / "optimising"))
from simulated import Simulation, change, heard, result

from irene.cli.performance.optimisation_lines import check_lines, history_lines, outcome_lines
from irene.cli.performance.search_progress import SearchProgress
from irene.performance.optimising.arms import Arm
from irene.performance.optimising.confirming import Confirmation, confirm
from irene.performance.optimising.goals import Goal, Limit, Metric
from irene.performance.optimising.judging import Judge
from irene.performance.optimising.outcome import Check, Outcome
from irene.performance.optimising.request import Request
from irene.performance.store.optimisations import OptimisationRow


def measured(*changes, latency_ms=500.0, rss_mb=200.0, errors=0):
    """Return an arm that was measured once."""
    one = Arm(tuple(changes))
    one.take(0, (0,), result(heard(latency_ms, errors=errors), rss_mb=rss_mb))
    return one


def outcome(*others, limits=(), goal=Goal.LATENCY, **more):
    """Return the outcome of a search that tried these."""
    baseline = measured()
    request = Request(goal=goal, limits=limits)
    arms = [baseline, *others]
    return Outcome(request, baseline, arms, n_trials=9, seconds=120.0, n_recordings=3, **more)


def lines(*args, **more):
    """Return what is told of an outcome."""
    return list(outcome_lines(outcome(*args, **more)))


def test_the_scene_is_told_first():
    """Goal, recordings, pace, trials, time."""
    (first, *_) = lines()
    assert first == (
        "goal latency; 3 recordings, heard at the speed of speech; 9 trials in 2.0 minutes"
    )


def test_where_nobody_waited_the_delay_is_an_upper_bound():
    """Goals other than latency read recordings as fast as they can."""
    told = lines(goal=Goal.MEMORY)
    assert "heard as fast as they are read" in told[0]
    assert any("upper bound" in one for one in told)


def test_recordings_without_the_wake_word_are_told():
    """Every utterance was taken for a command."""
    assert any("wake word is in none" in one for one in lines(wakes=False))
    assert not any("wake word is in none" in one for one in lines(wakes=True))


def test_every_arm_has_a_row_with_its_reason_and_the_front_is_starred():
    """What beats another in everything has a star; what is beaten has none."""
    better = measured(change("a.b", 1), latency_ms=300.0)
    worse = measured(change("a.b", 2), latency_ms=900.0)
    table = [one for one in lines(better, worse, reasons={2: "not better"}) if "ms" in one]
    assert table[0].startswith("   500 ms")
    assert table[1].startswith("*  300 ms")
    assert table[1].endswith("a.b = 1")
    assert table[2].endswith("a.b = 2 (not better)")
    assert not table[2].startswith("*")


def test_what_failed_has_no_figures():
    """A dash in each column."""
    failed = Arm((change("a.b", 1),))
    failed.failure = "no such model"
    told = lines(failed, reasons={1: "no such model"})
    (row,) = (one for one in told if "no such model" in one)
    assert row.split()[:5] == ["-"] * 5


def test_a_limit_is_kept_missed_or_not_measured():
    """Each with the value that it has now."""
    limits = (Limit(Metric.RSS, 100.0), Limit(Metric.LATENCY, 600.0))
    told = lines(limits=limits)
    assert "limit rss=100.0MB: missed, 200.0 MB" in told
    assert "limit latency=600ms: kept, 500 ms" in told
    assert "nearest to the limits: as it is" in told
    smaller = measured(change("a.b", 1), rss_mb=120.0)
    assert "nearest to the limits: a.b = 1" in lines(smaller, limits=limits)


def test_a_proof_has_its_evidence_and_what_to_mind():
    """What decided is marked."""
    simulation = Simulation({"k=1": (0.5, 1, 1, 0)}, noise=0.02)
    judge = Judge(Goal.LATENCY, has_references=True)
    found = confirm(Arm((change("k", 1, 0),)), judge, simulation.rounds())
    told = lines(confirmation=found)
    assert any(one.endswith("<- proven") and "latency: -" in one for one in told)
    assert any(one.startswith("k = 1") or "k = 1" in one for one in told)
    assert not any("nothing is proposed" in one for one in told)


def test_what_is_not_proposed_says_why():
    """Not proven, or interrupted."""
    dropped = [(change("a.b", 1), "not better beyond noise in 7 fresh rounds")]
    told = lines(confirmation=Confirmation(Arm(), Arm(), (), dropped), pending=(change("c", 2),))
    assert "not proposed: a.b = 1: not better beyond noise in 7 fresh rounds" in told
    assert "not proposed: c = 2: interrupted before it was proven" in told
    assert "nothing is proposed: no change was proven better" in told


def test_what_was_not_tried_says_why():
    """No time, or nothing to judge it by."""
    told = lines(untried={"vad.onset_ms": "no time was left"})
    assert "not tried: vad.onset_ms: no time was left" in told


def test_a_check_tells_both_files():
    """Metric by metric, with the number of rounds."""
    check = Check({Metric.LATENCY: 500.0, Metric.WER: 0.1}, {Metric.LATENCY: 300.0}, 3)
    assert list(check_lines(check)) == ["  latency: 500 ms before, 300 ms now (3 rounds)"]


def test_the_history_tells_what_became_of_each_search():
    """Goal, limits, state, effort, and what changed."""
    row = OptimisationRow(
        *(86400.0, "0.1.0", "irene", "memory", ("wer=10%",), 30, 90.0, 2),
        before={"rss": 300.0, "latency": 500.0},
        after={"rss": 250.0},
        changes=({"key": "tts.cache_max_mb", "before": 16.0, "after": 4.0},),
        state="applied",
    )
    first, *rest = history_lines([row])
    assert first.endswith("irene  memory, wer=10%: applied (30 trials, 2 recordings, 1.5 min)")
    assert rest == ["    rss: 300.0 MB to 250.0 MB", "    tts.cache_max_mb: 16.0 to 4.0"]


class Terminal:
    """What is written to it."""

    encoding = "utf-8"

    def __init__(self, is_terminal):
        self.text = ""
        self._is_terminal = is_terminal

    def isatty(self):
        return self._is_terminal

    def write(self, text):
        self.text += text

    def flush(self):
        pass


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_trial_that_runs_is_drawn_on_a_terminal_only(is_terminal, monkeypatch):
    """Over the one before; nothing goes into a file."""
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal(is_terminal)
    progress = SearchProgress(terminal)
    progress.report("vad.onset_ms", Arm((change("vad.onset_ms", 64),)), None)
    progress.report("vad.onset_ms", Arm((change("vad.onset_ms", 64),)), result(heard()))
    progress.report("vad.onset_ms", Arm(), None)
    progress.clear()
    if is_terminal:
        assert "trial 1, vad.onset_ms: vad.onset_ms = 64" in terminal.text
        assert "trial 2, vad.onset_ms: as it is" in terminal.text
        assert terminal.text.endswith("\r\x1b[K")
    else:
        assert terminal.text == ""


def test_interrupted_before_anything_was_measured_there_is_no_table():
    """Only that nothing is proposed."""
    told = list(outcome_lines(Outcome(Request(), Arm(), [Arm()], is_interrupted=True)))
    assert not any("Pareto" in one for one in told)
    assert "nothing is proposed: no change was proven better" in told

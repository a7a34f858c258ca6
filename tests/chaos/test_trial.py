"""A trial notices when the assistant does not do what is promised."""

import pytest

from irene.components.utterances.kept_audio import KeptAudio
from irene.pipeline.answering.conversation import Conversation
from irene.testing import Fault, PlannedFault
from irene.testing.chaos import disturbing, trial
from irene.testing.chaos.__main__ import main
from irene.testing.chaos.report import ChaosReport, ChaosSettings
from irene.testing.chaos.reporting import problems_of, summary_of
from irene.testing.chaos.resources import Holding, growth_mb, leaks

FEW = ChaosSettings(commands=4, hangs=0.0)


@pytest.fixture
def weather(monkeypatch):
    """Return a function that lets these faults come in every command, and nothing else."""
    monkeypatch.setattr(disturbing, "_SHARE", 0.0)

    def let(*faults):
        monkeypatch.setattr(trial.Weather, "faults", lambda self, number: faults)

    let()
    return let


def test_in_calm_weather_every_command_is_answered(weather):
    """And nothing is excused."""
    report = trial.Chaos(FEW).run()
    assert problems_of(report) == []
    assert report.reached == {"spoken": FEW.commands}


def test_the_same_seed_gives_the_same_faults(weather):
    """What was planned comes, in the same calls, in every trial."""
    weather(
        PlannedFault("asr.*.stream.finish", Fault.RAISE), PlannedFault("tts.*.block", Fault.ODD)
    )
    first, second = trial.Chaos(FEW).run(), trial.Chaos(FEW).run()
    assert first.faults == second.faults
    assert first.faults["asr", "raise"] >= FEW.commands


def test_a_lost_block_is_noticed(weather, monkeypatch):
    """Whoever forgets a piece of an utterance breaks the promise."""
    add, count = KeptAudio.add, iter(range(10**9))

    def forgetful(self, samples):
        return None if next(count) % 5 == 4 else add(self, samples)

    monkeypatch.setattr(KeptAudio, "add", forgetful)
    report = trial.Chaos(FEW).run()
    assert report.n_violations == FEW.commands
    assert "damaged" in summary_of(report)


def test_a_second_end_of_a_session_is_noticed(weather, monkeypatch):
    """Of the events and of the command."""
    end = Conversation._end

    def twice(self, session, reason, stays_open=False):
        end(self, session, reason, stays_open)
        end(self, session, reason, stays_open)

    monkeypatch.setattr(Conversation, "_end", twice)
    report = trial.Chaos(FEW).run()
    assert any("is over" in breach for breach in report.breaches)
    assert problems_of(report)


def holding(commands, memory_mb=50.0, threads=(), n_files=6, n_children=0, n_streams=0):
    """Return what a process held."""
    return Holding(commands, memory_mb, threads, n_files, n_children, n_streams)


def test_nothing_that_is_given_back_is_a_leak():
    """Memory may move a little."""
    holdings = [holding(100 * n, 50 + n % 2) for n in range(1, 12)]
    assert leaks(holdings, 10.0) == []
    assert leaks([], 1.0) == []


LEAKS = {
    "threads that did not end: 2 x irene-asr": holding(1200, threads=("irene-asr", "irene-asr")),
    "files: 9 instead of 6": holding(1200, n_files=9),
    "children: 1 instead of 0": holding(1200, n_children=1),
    "streams: 3 are still held": holding(1200, n_streams=3),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_what_is_not_given_back_is_named(leak):
    """Threads by their names."""
    assert leaks([holding(100), LEAKS[leak]], 10.0) == [leak]


def test_memory_that_grows_is_told():
    """By the slope of the later half."""
    holdings = [holding(100 * n, 50 + 2 * n) for n in range(1, 13)]
    assert growth_mb(holdings) == pytest.approx(20.0)
    assert "20.00 MB more" in leaks(holdings, 10.0)[0]
    assert growth_mb(holdings[:3]) == 0.0


def test_the_summary_says_how_to_run_a_failure_again():
    """Seed and command."""
    settings = ChaosSettings(seed=7, commands=100)
    report = ChaosReport(settings, n_commands=100)
    assert "every promise was kept" in summary_of(report)
    report.violations.append(trial.Violation(42, ("it was lost",), ("asr.a raise 1",), ("told",)))
    summary = summary_of(report)
    assert "command 42: it was lost\n    fault: asr.a raise 1\n    told: told" in summary
    assert "--seed 7 --first 41 --commands 3" in summary


def test_many_commands_that_are_late_are_a_problem():
    """A place that is never given back looks like a slow machine."""
    report = ChaosReport(ChaosSettings(), n_commands=100, n_excused=42)
    assert problems_of(report) == ["42 commands missed a time limit although nothing hung"]
    report.n_excused = 20
    assert problems_of(report) == []


def test_the_command_prints_the_summary(weather, capsys):
    """And ends with 0 when every promise was kept."""
    assert main(["--commands", "2", "--seed", "3", "--hangs", "0"]) == 0
    assert "every promise was kept" in capsys.readouterr().out

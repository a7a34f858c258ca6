"""`irene benchmark --targets`: what is asked for, what is printed, and the exit status."""

import csv
import io
import json
import sys

import pytest

from irene.cli.main import main
from irene.cli.performance import targets as command
from irene.cli.terminal.status_line import StatusLine
from irene.performance.measuring.machine import Machine
from irene.studies.targets.catalogue import TARGETS
from irene.studies.targets.finding import Finding, Outcome, judge
from irene.studies.targets.report import Judged, TargetReport
from irene.studies.targets.selection import TargetOptions

FOUND = {"soak-lost": Finding.exact(0.0), "soak-growth": Finding.exact(7.5, "by hand")}


@pytest.fixture
def asked(monkeypatch):
    """Return what was asked for; one target is met, and one is missed."""
    wanted = []

    def measured(options, progress):
        wanted.append(options)
        progress("1 of 1: hours, about 45 s left")
        judged = [
            Judged(target, judge(target.limit, FOUND[target.name]), FOUND[target.name])
            for target in TARGETS
            if target.name in (options.only or FOUND)
        ]
        return TargetReport(Machine.here(), tuple(judged), 1.0, {"hours": 1.0}, "irene benchmark")

    monkeypatch.setattr(command, "measure_targets", measured)
    return wanted


def test_a_missed_target_is_the_exit_status_of_a_gate(asked, capsys):
    """And the table says which, by how much."""
    assert main(["benchmark", "--targets"]) == 6
    out = capsys.readouterr().out
    assert "  FAIL        soak-growth: 7.5 MB (at most 1 MB)" in out
    assert "  pass        soak-lost: 0 samples (at most 0 samples)" in out
    assert "2 targets: 1 pass, 1 FAIL; 1 s in all." in out


def test_what_is_asked_for_is_measured(asked):
    """Names may be repeated; the interpreter of others is named here."""
    wanted = ["--only", "soak-lost", "--quick", "--peers", sys.executable]
    assert main(["benchmark", "--targets", *wanted]) == 0
    (options,) = asked
    assert isinstance(options, TargetOptions)
    assert (options.only, options.quick, str(options.peers)) == (
        ("soak-lost",),
        True,
        sys.executable,
    )


def test_one_object_goes_to_standard_output(asked, capsys):
    """With every value and its verdict."""
    assert main(["benchmark", "--targets", "--format", "json"]) == 6
    content = json.loads(capsys.readouterr().out)
    growth = next(one for one in content["targets"] if one["name"] == "soak-growth")
    assert (growth["values"], growth["outcome"]) == ([7.5], Outcome.FAIL.value)


def test_rows_go_to_a_file(asked, tmp_path, capsys):
    """One for each target; the file's ending says how."""
    path = tmp_path / "targets.csv"
    assert main(["benchmark", "--targets", "--output", str(path)]) == 6
    growth, lost = csv.DictReader(io.StringIO(path.read_text()))
    assert (growth["name"], growth["outcome"], growth["goal"]) == (
        "soak-growth",
        "FAIL",
        "at most 1 MB",
    )
    assert lost["outcome"] == "pass"
    assert f"written: {path}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--targets", "--component", "asr"], "--targets goes with --only"),
        (["--targets", "question.wav"], "--targets goes with --only"),
        (["--only", "help"], "--only, --list and --peers go with --targets"),
        (["--list"], "--only, --list and --peers go with --targets"),
        (["--targets", "--list", "--only", "zzz"], "no target is called 'zzz'"),
        (["--targets", "--peers", "/nowhere/python"], "there is no program '/nowhere/python'"),
        (["--targets", "--output", "a.xml"], "a name that ends in .json, .csv or .txt"),
        (["--targets", "--only", "chunk-kost"], "did you mean 'chunk-cost'"),
    ],
)
def test_a_wrong_command_line_is_one_line(arguments, said, capsys):
    """Before anything is measured."""
    assert main(["benchmark", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_list_measures_nothing(asked, capsys):
    """Names with their goals; a pattern takes some of them."""
    assert main(["benchmark", "--targets", "--list", "--only", "soak-*"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["irene's own:", "  soak-growth: at most 1 MB"]
    assert lines[3] == "  soak-lost: at most 0 samples"
    assert asked == []


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self):
        """It is."""
        return True


def test_a_terminal_is_told_what_is_being_measured(monkeypatch):
    """In one line, which is gone afterwards."""
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    line = StatusLine(terminal)
    line.show("x" * 1000)
    line.clear()
    line.clear()
    assert terminal.getvalue().count("\r\x1b[K") == 2
    assert terminal.getvalue().count("x") < 1000


def test_nothing_is_drawn_into_a_file():
    """Nor cleared."""
    file = io.StringIO()
    line = StatusLine(file)
    line.show("measuring")
    line.clear()
    assert file.getvalue() == ""

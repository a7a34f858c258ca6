"""The history: runs are kept, found, compared with a baseline, and forgotten in time."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from made_up_works import NOW, measurement, noisy_times, run_of
from test_conditions import QUIET

from irene.errors import ConfigurationError, RequestError
from irene.performance.benchmark.export import as_json
from irene.performance.benchmark.history import History, read_run
from irene.performance.measuring.machine import Machine
from irene.performance.store import layout
from irene.performance.store.retention import Retention

AT = NOW.timestamp()
DAY_S = 86_400.0
FOREVER = Retention(days=1e5, max_mb=0)
ASR = measurement(noisy_times(0.5, 1))
TTS = measurement(noisy_times(0.1, 2), component="tts", provider="espeak")


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "performance.db", FOREVER)


def days_ago(n, *measurements, **more):
    return run_of(*measurements, at=NOW - timedelta(days=n), **more)


def test_runs_come_back_the_latest_first(history):
    """Whole, with their numbers."""
    first = history.keep(days_ago(3, ASR, note="before"), AT)
    second = history.keep(days_ago(1, ASR, TTS), AT)
    assert history.runs(AT) == [second, first]
    assert history.runs(AT, days=2) == [second]
    assert history.numbered(first.number).note == "before"


def test_an_empty_history_and_an_empty_time_hold_nothing(history):
    """Neither is an error; a number that there is not is one."""
    assert history.runs(AT) == []
    history.keep(days_ago(9, ASR), AT)
    assert history.runs(AT, days=1) == []
    with pytest.raises(RequestError, match="there is no benchmark 99"):
        history.numbered(99)


def test_the_baseline_is_the_last_one_of_this_machine(history):
    """Of the same configuration and recordings, where there is one."""
    machine = Machine("another", 4, 8.0, "Linux", "CPython 3.11.7", 0.0)
    elsewhere = run_of(ASR, conditions=replace(QUIET, machine=machine))
    history.keep(elsewhere, AT, as_baseline=True)
    assert history.baseline_of(run_of(ASR)) is None
    usual = history.keep(run_of(ASR), AT, as_baseline=True)
    other = history.keep(run_of(ASR, config="other"), AT, as_baseline=True)
    assert history.baseline_of(run_of(ASR)) == usual
    assert history.baseline_of(run_of(ASR, config="other")) == other
    assert history.baseline_of(run_of(ASR, config="third")) in (usual, other)
    assert history.baseline_of(run_of(TTS)) is None


def test_a_new_baseline_takes_the_place_of_one_that_tells_no_more(history):
    """One that measured something else as well stays: it is the only one that knows it."""
    both = history.keep(run_of(ASR, TTS), AT, as_baseline=True)
    asr = history.keep(run_of(ASR), AT, as_baseline=True)
    assert history.baseline_of(run_of(ASR)).number == asr.number
    assert history.baseline_of(run_of(TTS)).number == both.number
    again = history.keep(run_of(ASR, TTS), AT, as_baseline=True)
    assert history.baseline_of(run_of(TTS)).number == again.number
    marked = {run.number for run in history.runs(AT) if run.is_baseline}
    assert marked == {again.number}


def test_a_run_that_cannot_be_trusted_is_never_a_baseline(history):
    """Whatever somebody asks for; and nothing is written."""
    weak = run_of(replace(ASR, doubts=("only 3 rounds",)))
    busy = run_of(ASR, conditions=replace(QUIET, stolen=0.5))
    for run in (weak, busy):
        with pytest.raises(RequestError, match="it is no baseline: do not trust it"):
            history.keep(run, AT, as_baseline=True)
    assert not history.path.exists()


def test_old_runs_go_and_baselines_stay(tmp_path):
    """Retention is that of all measurements of the assistant."""
    history = History(tmp_path / "performance.db", Retention(days=30, max_mb=0))
    baseline = history.keep(days_ago(400, ASR), AT - 400 * DAY_S, as_baseline=True)
    history.keep(days_ago(40, ASR), AT - 40 * DAY_S)
    new = history.keep(days_ago(0, ASR), AT)
    assert [run.number for run in history.runs(AT)] == [new.number, baseline.number]


def test_too_large_a_file_loses_its_oldest_runs(tmp_path):
    """Never the baseline."""
    history = History(tmp_path / "performance.db", Retention(days=1e4, max_mb=0.3))
    baseline = history.keep(days_ago(100, ASR), AT, as_baseline=True)
    for n in range(40):
        history.keep(days_ago(40 - n, ASR, note="x" * 6000), AT)
    kept = [run.number for run in history.runs(AT)]
    assert baseline.number in kept
    assert 1 < len(kept) < 40
    assert kept[0] == 41


def test_a_file_of_before_is_renewed_when_it_is_written(history):
    """Reading it before that finds nothing, and is no error."""
    history.path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(history.path)) as connection:
        connection.executescript(layout._FIRST)
        connection.execute("PRAGMA user_version = 1")
    assert history.baseline_of(run_of(ASR)) is None
    history.keep(run_of(ASR), AT)
    assert len(history.runs(AT)) == 1


def test_a_damaged_file_is_one_line(history):
    """What, where, and what would be right."""
    history.path.write_bytes(b"no database at all, and long enough to look like one" * 30)
    with pytest.raises(ConfigurationError, match="is damaged"):
        history.keep(run_of(ASR), AT)
    with pytest.raises(ConfigurationError, match="is damaged"):
        history.runs(AT)


def test_a_run_can_be_read_from_a_file(tmp_path):
    """As it was written for other programs."""
    path = tmp_path / "run.json"
    path.write_text(as_json(run_of(ASR, TTS)))
    assert read_run(path) == run_of(ASR, TTS)


@pytest.mark.parametrize("text", ["", "[]", '{"at": 5}', "no JSON"])
def test_a_file_that_is_no_run_is_one_line(tmp_path, text):
    """It names what would be right."""
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="is no benchmark"):
        read_run(path)
    with pytest.raises(ConfigurationError, match=r"gone\.json: cannot be read"):
        read_run(tmp_path / "gone.json")


def test_benchmarks_of_programs_are_no_runs(history):
    """`BenchmarkSuite` keeps its own in the same tables."""
    history.keep(run_of(ASR), AT)
    with sqlite3.connect(history.path) as connection:
        connection.execute("UPDATE benchmarks SET name = 'mine'")
    assert history.runs(AT) == []

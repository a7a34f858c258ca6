"""`irene benchmark`: parts are measured, kept, compared, and gated."""

import csv
import io
import json
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import irene.cli.performance.benchmarking as benchmarking
from irene.cli.configuration import ChosenConfig
from irene.cli.performance.benchmarking import Asked, Progress, measured_apart
from irene.performance.benchmark.measuring import Effort
from irene.performance.measuring.machine import Machine

sys.path.append(str(Path(__file__).parents[1] / "performance" / "benchmark"))
from made_up_works import measurement, noisy_times, run_of
from test_conditions import QUIET

CHEAP = ("--config", "demo", "--set", "vad.default_provider=energy")
ONE = (*CHEAP, "--set", "vad.fallback_providers=[]", "--component", "vad")
HERE = replace(QUIET, machine=replace(Machine.here(), load=0.0))
BUSY = replace(HERE, stolen=0.3)


def run_here(middle_s=0.5, seed=1, conditions=HERE, **more):
    """Return a run of this machine with one part that takes so long."""
    part = {"component": "vad", "provider": "energy", "doubts": more.pop("doubts", ())}
    one = measurement(noisy_times(middle_s, seed), **part)
    at = datetime.now(timezone.utc) - timedelta(hours=1)
    return run_of(one, conditions=conditions, at=at, **more)


@pytest.fixture
def scripted(monkeypatch):
    """Return a function that says what the next runs will find."""

    def script(*runs):
        left = list(runs)

        class Scripted:
            def __init__(self, config, registry, wanted, **more):
                self._note = wanted.note

            def run(self):
                return replace(left.pop(0), note=self._note)

        monkeypatch.setattr(benchmarking, "Benchmark", Scripted)
        monkeypatch.setattr(benchmarking, "measured_apart", lambda *asked: left.pop(0))
        return left

    return script


def test_a_part_is_measured_for_real(irene):
    """As a table: where, how often, how long, and whether to believe it."""
    found = irene("benchmark", *ONE, "--iterations", "3", "--note", "first look")
    assert found.code == 0
    lines = found.out.splitlines()
    (row,) = [line for line in lines if line.startswith("vad ")]
    assert row.split()[:3] == ["vad", "energy", "3"]
    assert any(line.startswith("machine ") for line in lines)
    assert any(line.startswith("verdict     do not trust it, because ") for line in lines)
    assert lines[-1] == "kept as     number 1"


def test_the_same_as_json_and_csv(irene):
    """JSON has every round; CSV a line for each part, with the doubts in it."""
    found = irene("benchmark", *ONE, "--iterations", "2", "--format", "json")
    content = json.loads(found.out)
    (one,) = content["measurements"]
    assert len(one["rounds"]) == 2
    assert content["is_trusted"] is False
    assert content["verdict"].startswith("do not trust it")
    found = irene("benchmark", *ONE, "--iterations", "2", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(found.out))
    assert (row["component"], row["provider"], row["calls"]) == ("vad", "energy", "2")
    assert float(row["median_ms"]) > 0
    assert (row["trusted"], row["wer"]) == ("false", "")
    assert "only 2 rounds" in row["doubts"]


@pytest.mark.parametrize("name", ["today.json", "today.csv"])
def test_a_file_has_the_format_of_its_ending(irene, own_folder, name):
    """And the terminal has the table."""
    found = irene("benchmark", *ONE, "--iterations", "2", "--output", name)
    assert found.code == 0
    assert "MEDIAN" in found.out
    assert f"written: {name}" in found.err
    text = (own_folder / name).read_text()
    assert text.startswith("{" if name.endswith("json") else "component,provider,")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--component", "vod"), 2, "did you mean 'vad'?"),
        (("--component", "echo_cancellation"), 2, "can be measured"),
        ((*ONE, "--provider", "nope"), 2, "no vad provider is called 'nope'"),
        (("--config", "demo", "nowhere.wav"), 4, "nowhere.wav"),
        (("--history", "question.wav"), 2, "take no FILE"),
        (("--days", "3"), 2, "--days goes with --history"),
        (("--quick", "--seconds", "3"), 2, "--quick does not go with --seconds"),
        (("--history", "--compare", "1", "2"), 2, "--history does not go with --compare"),
        (("--compare", "1", "2", "--baseline"), 2, "--baseline keeps what is measured now"),
        (("--compare", "1", "2"), 2, "there is no benchmark 1"),
        ((*ONE, "--gate", "--set", "performance.store=false"), 2, "performance.store = false"),
        (("--component", "tts", "--set", "tts.enabled=false"), 3, "tts.enabled = false"),
    ],
)
def test_what_cannot_be_done_is_one_line(irene, arguments, code, words):
    """What, where, and what would be right."""
    found = irene("benchmark", *arguments)
    assert (found.code, found.out) == (code, "")
    assert words in found.err
    assert found.err.count("\n") == 1


def test_a_provider_that_fails_ends_with_its_status(irene, scripted):
    """The others are measured and kept; 3 is the status of a provider that fails."""
    scripted(run_here(left_out={"asr bad": "it failed every time: no"}, broken=("asr bad",)))
    found = irene("benchmark", *ONE)
    assert found.code == 3
    assert "not measured: asr bad: it failed every time: no" in found.out


def test_a_baseline_is_kept_when_it_can_be_trusted(irene, scripted):
    """And only then: otherwise the exit status says that there is none."""
    scripted(run_here(), run_here(conditions=BUSY))
    found = irene("benchmark", *ONE, "--baseline", "--note", "before")
    assert found.code == 0
    assert "kept as     number 1; the baseline from now on" in found.out
    found = irene("benchmark", *ONE, "--baseline")
    assert found.code == 6
    assert "it is not kept as the baseline: do not trust it" in found.err
    assert "against the baseline, number 1" in found.out
    assert "(before)" in found.out


def test_a_slowdown_ends_with_six(irene, scripted):
    """It was measured twice; the line says by how much."""
    left = scripted(run_here(), run_here(0.6, 2), run_here(0.6, 3))
    assert irene("benchmark", *ONE, "--baseline").code == 0
    found = irene("benchmark", *ONE)
    assert (found.code, left) == (6, [])
    assert "slower than the baseline, measured again: vad" in found.err
    assert "vad energy is slower than the baseline: 1.2" in found.err
    (row,) = [line for line in found.out.splitlines() if line.startswith("vad energy ")]
    assert row.endswith("SLOWER")


def test_a_disturbance_that_does_not_come_again_is_no_slowdown(irene, scripted):
    """What is measured again is as fast as ever."""
    scripted(run_here(), run_here(0.6, 2), run_here(0.5, 3))
    irene("benchmark", *ONE, "--baseline")
    found = irene("benchmark", *ONE, "--gate")
    assert found.code == 0
    assert "no more when it was measured again" in found.out


def test_a_part_is_measured_again_in_another_process():
    """With the same configuration, and for real."""
    effort = Effort(iterations=2, traces_memory=False)
    asked = Asked((), None, ("vad",), "energy", effort, "", "table", None, False, False)
    run = measured_apart(ChosenConfig("demo"), asked)
    assert [one.name for one in run.measurements] == ["vad energy"]
    assert run.of("vad").calls.n == 2


def test_noise_passes_the_gate(irene, scripted):
    """Measured once, as there is nothing to confirm."""
    scripted(run_here(), run_here(seed=2))
    irene("benchmark", *ONE, "--baseline")
    found = irene("benchmark", *ONE, "--gate")
    assert (found.code, found.err) == (0, "")
    assert "no change that" not in found.out
    assert "no change" in found.out


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (run_here(0.6, 2, conditions=BUSY), "--gate: do not trust it, because other virtual"),
        (run_here(0.6, 2, doubts=("only 3 rounds",)), "is not judged: it cannot be trusted"),
        (run_here(0.6, 2, settings={"vad.threshold": "x"}), "other settings: vad.threshold"),
        (run_here(0.6, 2, recordings="two"), "is not judged: other recordings"),
    ],
    ids=["busy machine", "few rounds", "other settings", "other recordings"],
)
def test_a_gate_is_shut_where_nothing_can_be_told(irene, scripted, run, words):
    """Without it, that is told and is no failure."""
    scripted(run_here(), run, run)
    irene("benchmark", *ONE, "--baseline")
    found = irene("benchmark", *ONE, "--gate")
    assert found.code == 6
    assert words in found.err
    found = irene("benchmark", *ONE)
    assert found.code == 0
    assert "not judged" in found.out


def test_a_gate_without_a_baseline_is_shut(irene, scripted):
    """The cure is named."""
    scripted(run_here())
    found = irene("benchmark", *ONE, "--gate")
    assert found.code == 6
    assert "make one with --baseline" in found.err


def test_ctrl_c_keeps_what_was_measured(irene, scripted):
    """With the exit status of an interruption, and never as a baseline."""
    scripted(run_here(is_interrupted=True))
    found = irene("benchmark", *ONE, "--baseline")
    assert found.code == 130
    assert "it was interrupted" in found.out
    assert "kept as     number 1\n" in found.out
    assert json.loads(irene("benchmark", "--history", "--format", "json").out)[0]["number"] == 1


def test_runs_of_before_are_listed(irene, scripted):
    """The latest first; of one component its times."""
    scripted(run_here(), run_here(0.6, 2))
    irene("benchmark", *ONE, "--note", "one")
    irene("benchmark", *ONE, "--note", "two")
    lines = irene("benchmark", "--history").out.splitlines()
    assert [line.split()[0] for line in lines] == ["NO.", "2", "1"]
    assert lines[1].endswith("two")
    lines = irene("benchmark", "--history", "--component", "vad").out.splitlines()
    assert "0.6" in lines[1] or "6" in lines[1].split("energy")[1]
    rows = json.loads(irene("benchmark", "--history", "--format", "json").out)
    assert [row["note"] for row in rows] == ["two", "one"]
    table = csv.DictReader(io.StringIO(irene("benchmark", "--history", "--format", "csv").out))
    assert [row["number"] for row in table] == ["2", "1"]
    assert irene("benchmark", "--history", "--component", "tts").out == "none of that time\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--history",), "no benchmark is kept yet; `irene benchmark` makes one\n"),
        (("--history", "--days", "7"), "no benchmark is kept yet; `irene benchmark` makes one\n"),
        (("--history", "--format", "json"), "[]\n"),
        (("--history", "--format", "csv"), ""),
    ],
)
def test_an_empty_history_is_no_error(irene, arguments, text):
    """As with profiles and searches: a line for people, nothing for programs."""
    found = irene("benchmark", *arguments)
    assert (found.code, found.out, found.err) == (0, text, "")


def test_days_bound_the_history(irene, scripted):
    """What is older than that is not listed."""
    scripted(run_here())
    irene("benchmark", *ONE)
    assert irene("benchmark", "--history", "--days", "0.000001").out == "none of that time\n"


def test_two_runs_are_set_side_by_side(irene, scripted, own_folder):
    """Numbers or files; what differs between them is told, and nothing is refused."""
    scripted(run_here(), run_here(0.6, 2, settings={"vad.threshold": "x"}))
    irene("benchmark", *ONE)
    irene("benchmark", *ONE, "--output", "after.json")
    found = irene("benchmark", "--compare", "1", "after.json")
    assert found.code == 0
    assert found.out.startswith("1 to after.json:\n")
    assert "SLOWER" in found.out
    assert "vad energy: other settings: vad.threshold" in found.out
    (row,) = json.loads(irene("benchmark", "--compare", "1", "2", "--format", "json").out)
    assert row["judgement"] == "slower"
    assert row["ratio"] == pytest.approx(1.2, rel=0.05)
    assert irene("benchmark", "--compare", "1", "2", "--gate").code == 6
    irene("benchmark", "--compare", "1", "2", "--output", "both.csv")
    assert (own_folder / "both.csv").read_text().startswith("name,judgement,")


def test_two_runs_without_a_common_part_are_one_line(irene, scripted, own_folder):
    """Nothing can be said about them."""
    other = replace(run_here(), measurements=(measurement([0.5] * 20),))
    scripted(run_here(), other)
    irene("benchmark", *ONE)
    irene("benchmark", *ONE)
    found = irene("benchmark", "--compare", "1", "2")
    assert found.code == 2
    assert "have no part in common" in found.err
    (own_folder / "bad.json").write_text("{}")
    assert "is no benchmark" in irene("benchmark", "--compare", "1", "bad.json").err


def test_nothing_is_kept_where_nothing_may_be(irene, scripted):
    """`performance.store = false`: the run is shown and forgotten."""
    scripted(run_here())
    found = irene("benchmark", *ONE, "--set", "performance.store=false")
    assert found.code == 0
    assert "kept as" not in found.out


def test_the_time_that_a_benchmark_may_take_is_that_of_the_configuration(irene):
    """What was measured until then is kept, and told as such."""
    limit = ("--set", "performance.benchmark_timeout=1", "--iterations", "100000")
    found = irene("benchmark", *CHEAP, "--component", "memory", *limit, "--format", "json")
    (one,) = json.loads(found.out)["measurements"]
    assert 1 <= len(one["rounds"]) < 100_000
    assert one["doubts"][0] == "it took longer than 1 s"


def test_ctrl_c_that_an_engine_swallows_is_heard_at_the_next_step():
    """Some make another error of it while they are imported."""
    progress = Progress()
    with progress.interruptible():
        progress.show("vad silero", 0, 0)
        with suppress(KeyboardInterrupt):
            signal.getsignal(signal.SIGINT)(signal.SIGINT, None)
        with pytest.raises(KeyboardInterrupt):
            progress.show("asr pocketsphinx", 0, 0)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_file_that_cannot_be_made_is_told_before_anything_is_measured(irene):
    """What was measured for minutes was kept, and never shown."""
    done = irene("benchmark", "--component", "tts", "--output", "nowhere/x.json")
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("nowhere/x.json: its folder does not exist\n")


@pytest.mark.parametrize("seconds", ["nan", "inf"])
def test_seconds_that_cannot_be_counted_are_refused(irene, seconds):
    """In one line, before anything is loaded."""
    done = irene("benchmark", "--component", "tts", "--seconds", seconds)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


def test_what_cannot_be_kept_is_shown_all_the_same(irene, own_folder):
    """A disk that is full costs the trace of what was measured, not the figures."""
    (own_folder / "file").write_text("")
    store = 'performance.store_path="file/performance.db"'
    quick = ("--component", "tts", "--seconds", "0.01", "--baseline")
    done = irene("benchmark", *quick, "--set", store)
    assert done.code == 6
    assert "verdict" in done.out
    assert "irene: not kept for --history: " in done.err
    assert done.err.endswith("not kept as the baseline: the history cannot be written\n")

"""`irene optimize` from the outside: real configuration and recording, trials of known outcome."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "performance" / "optimising"))
from simulated import Simulation, heard, result

from irene.performance.optimising import search
from irene.performance.optimising.trial import TrialResult

pytest.importorskip("soundfile", reason="recordings are read with soundfile")
TEXT = "# mine\n[vad]\nend_silence_ms = 1500  # slow\n"


@pytest.fixture
def optimize(irene, own_folder, monkeypatch):
    """Return a function that optimises `./irene.toml` by simulated trials."""
    (own_folder / "irene.toml").write_text(TEXT)

    def run(*args, effects=None, trial=None):
        simulation = Simulation(effects or {"vad.end_silence_ms=500": (0.6, 1, 1, 0)}, noise=0.02)
        monkeypatch.setattr(search, "fresh_trial", trial or simulation)
        only = () if "--history" in args else ("--only", "vad.end_silence_ms")
        return irene("optimize", *only, *args)

    return run


def test_it_shows_trials_evidence_and_a_diff_and_writes_nothing(optimize, own_folder):
    """Until it is told to."""
    done = optimize()
    assert (done.code, done.err) == (0, "")
    assert "vad.end_silence_ms = 500  (was 1500)" in done.out
    assert "<- proven" in done.out
    assert "mind: whoever pauses" in done.out
    assert "-end_silence_ms = 1500  # slow\n+end_silence_ms = 500  # slow" in done.out
    assert "nothing was written" in done.out
    assert "Pareto front" in done.out
    assert (own_folder / "irene.toml").read_text() == TEXT


def test_written_when_told_and_kept_when_it_holds(optimize, own_folder):
    """Comments stay, a backup lies beside it, and the history knows."""

    def trial(request):
        silence = [one for one in request.overrides if "end_silence_ms" in one]
        text = Path(request.source or "irene.toml").read_text()
        fast = "= 500" in text or silence == ["vad.end_silence_ms=500"]
        return result(heard(300.0 if fast else 500.0))

    done = optimize("--write", trial=trial)
    assert done.code == 0
    assert "written: " in done.out
    assert "latency: 500 ms before, 300 ms now" in done.out
    assert (own_folder / "irene.toml").read_text() == TEXT.replace("1500", "500")
    assert (own_folder / "irene.toml.bak").read_text() == TEXT
    assert "latency: applied" in optimize("--history").out
    (row,) = json.loads(optimize("--history", "--json").out)
    assert row["changes"][0]["after"] == 500


def test_reverted_when_the_file_is_worse(optimize, own_folder):
    """What trials promised, the file does not keep."""

    def trial(request):
        silence = [one for one in request.overrides if "end_silence_ms" in one]
        if request.source and request.source.endswith("irene.toml"):
            return result(heard(900.0))
        return result(heard(300.0 if silence == ["vad.end_silence_ms=500"] else 500.0))

    done = optimize("--write", trial=trial)
    assert "reverted: the goal is not better with it" in done.out
    assert (own_folder / "irene.toml").read_text() == TEXT
    assert not (own_folder / "irene.toml.bak").exists()
    assert "latency: reverted" in optimize("--history").out


def test_nothing_better_is_no_error(optimize):
    """It says so."""
    done = optimize(effects={"none": (1, 1, 1, 0)})
    assert done.code == 0
    assert "nothing is proposed" in done.out


def test_a_limit_that_cannot_be_kept_ends_with_6(optimize, own_folder):
    """With what is nearest; nothing is written."""
    done = optimize("--limit", "rss=10MB", "--write")
    assert done.code == 6
    assert "limit rss=10.0MB: missed, 2" in done.out
    assert "nearest to the limits: " in done.out
    assert (own_folder / "irene.toml").read_text() == TEXT


def test_everything_as_one_object(optimize):
    """For programs; nothing else on standard output."""
    told = json.loads(optimize("--json").out)
    assert told["changes"][0]["key"] == "vad.end_silence_ms"
    assert told["diff"].startswith("--- irene.toml\n+++ irene.toml (proposed)\n")
    assert told["check"] is None


def test_what_failed_is_shown_with_its_reason(optimize):
    """In the table, where it was tried."""
    done = optimize(effects={"vad.end_silence_ms=400": "no such model"})
    assert "vad.end_silence_ms = 400 (no such model)" in done.out


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--limit", "rss"), 2, "rss=300MB"),
        (("--limit", "wer=5%"), 0, "limit wer=5.0%: kept, 0.0 %"),
        (("--reference", "x.txt"), 2, "--reference goes with recordings"),
        (("nowhere.wav",), 4, "nowhere.wav"),
        (("-c", "demo", "--write"), 2, "irene init"),
        (("--trials", "1"), 0, "too little of the budget was left"),
        (("--only", "vad.end_silence"), 0, "proven"),
        (("--only", "vad.end_silense_ms"), 2, "did you mean 'vad.end_silence_ms'?"),
        (("--only", "kitchen"), 2, "turned are asr.default_provider, "),
        (("--history", "--write"), 2, "--history does not go with --write"),
        (("--history", "--only", "vad"), 2, "--history does not go with --only"),
        (("--history", "a.wav"), 2, "--history searches nothing"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(optimize, args, code, words):
    """Before anything is tried."""
    done = optimize(*args)
    assert done.code == code
    assert words in done.out + done.err


def test_one_of_a_thing_is_told_as_one(optimize):
    """In the head and in the history."""
    assert "; 1 trial in " in optimize("--trials", "1").out
    assert "(1 trial, 1 recording, " in optimize("--history").out


def test_a_configuration_that_does_not_work_is_told(optimize):
    """With what its first trial said."""
    done = optimize(trial=lambda request: TrialResult(failure="model 'x' is not installed"))
    assert done.code == 3
    assert done.err == "irene: the configuration as it is: model 'x' is not installed\n"


def test_ctrl_c_ends_it_with_what_is_known(optimize):
    """The table of what was tried by then."""
    simulation = Simulation(noise=0.02)

    def trial(request):
        if simulation.n == 3:
            raise KeyboardInterrupt
        return simulation(request)

    done = optimize(trial=trial)
    assert done.code == 0
    assert "interrupted" in done.out
    assert "as it is" in done.out


def test_a_store_that_cannot_be_written_loses_nothing_else(optimize, own_folder):
    """What was found is told all the same."""
    store = own_folder / "broken.db"
    store.write_text("no database, but some text that is long enough to be looked at " * 30)
    done = optimize("--json", "--set", f"performance.store_path={store}")
    assert done.code == 0
    assert json.loads(done.out)["changes"]
    assert done.err.startswith("irene: not kept for --history: ")
    assert "damaged" in done.err


def test_no_history_is_said(optimize):
    """Instead of an empty page."""
    assert "nothing yet" in optimize("--history").out

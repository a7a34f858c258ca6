"""The accuracy tables: real engines on two recordings, and pages that keep their text."""

import csv
import json
import shutil

import pytest

from irene import ConfigurationError, ProviderFailedError
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.markdown import BEGIN, END, replace_measured, table
from irene.performance.speech.recordings import BUNDLED
from irene.studies.accuracy.command import main, measure, report


@pytest.fixture
def recordings(tmp_path):
    """Two of the bundled recordings: a wake word, and a sound that is none."""
    chosen = ("wake/wyoming-openwakeword__hey_jarvis.wav", "nonspeech/rhasspy3__beep_hi.wav")
    with (BUNDLED / "manifest.csv").open() as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if row["file"] in chosen]
    for name in chosen:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(BUNDLED / name, tmp_path / name)
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames)
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path


def test_a_wake_word_is_heard_and_a_beep_is_not(recordings):
    """A real engine, in a process of its own, on real recordings."""
    pytest.importorskip("pymicro_wakeword", reason="the engine is not installed")
    trial = measure(recordings, ["microwakeword"])
    (found,) = trial.wake
    assert [(one.word, one.n_clips, one.n_heard, one.n_heard_gated) for one in found.words] == [
        ("hey_jarvis", 1, 1, 1)
    ]
    assert (found.n_negatives, found.false_accepts) == (1, ())
    assert 0 < found.cost.cpu_per_s < 1
    assert found.cost.audio_s == pytest.approx(2.476 + 2 * 3.5, abs=0.01)


def test_the_page_shows_the_figures_and_where_they_come_from(recordings):
    """Engine, machine, command and sources stand beside the numbers."""
    trial = measure(recordings, ["energy"])
    text = report([trial], Machine.here(), "the command")
    assert "| energy | wake words and near misses | 1 | 1 | 0 |" in text
    assert "rhasspy/rhasspy3 (1)" in text
    assert "`the command`" in text


@pytest.mark.slow
def test_the_command_writes_page_and_values(recordings, capsys):
    """The text around the figures stays as somebody wrote it."""
    page, values = recordings / "page.md", recordings / "values.json"
    page.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    arguments = ["--audio", str(recordings), "--engine", "energy"]
    assert main([*arguments, "--write", str(page), "--json", str(values)]) == 0
    written = page.read_text()
    assert written.startswith(f"# Before\n\n{BEGIN}\n\nMeasured on")
    assert written.endswith(f"{END}\n\nafter\n")
    assert str(recordings) not in written
    assert json.loads(values.read_text())["sets"][0]["vad"][0]["provider"] == "energy"
    assert "CPU and memory" in capsys.readouterr().out


def test_an_engine_that_nobody_offers_is_one_line(capsys):
    """The known ones are named."""
    assert main(["--engine", "enerjy"]) == 2
    assert "no engine is called 'enerjy'; known: command, energy" in capsys.readouterr().err


def test_a_page_without_markers_is_refused():
    """Nothing that somebody wrote is overwritten."""
    with pytest.raises(ConfigurationError, match="the page has no lines"):
        replace_measured("# Page", "figures")


def test_columns_of_figures_are_aligned_to_the_right():
    """Words stay on the left, and bars in them do not end the cell."""
    rows = table(("engine", "n"), [("a|b", 1), ("c", "-2.5")]).splitlines()
    assert rows == ["| engine | n |", "| --- | --: |", "| a\\|b | 1 |", "| c | -2.5 |"]


def test_an_engine_that_kills_its_process_is_an_expected_error():
    """The others are still measured."""
    import os

    with pytest.raises(ProviderFailedError, match="the process died"):
        run_isolated(os._exit, 3)

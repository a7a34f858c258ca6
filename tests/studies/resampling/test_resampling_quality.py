"""The command that measures converters."""

import json
from dataclasses import replace

import numpy as np
import pytest

from irene.errors import ConfigurationError
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.markdown import markers
from irene.plugin.registry import ComponentRegistry
from irene.studies.resampling import command as resampling_quality
from irene.studies.resampling.command import Measured, describe, main
from irene.studies.resampling.conversion_threads import ThreadGain
from irene.studies.resampling.conversions import PAIRS, Way, figures, level_db, ways
from irene.studies.resampling.resampled_wake import UNCONVERTED, QualityScore, try_qualities

DOWN = PAIRS[0]


def every_third(samples, source, target):
    """Convert 48 to 16 kHz without any filter."""
    return samples[:: source // target]


def test_the_level_of_a_tone_is_read_to_a_hundredth_of_a_db():
    """Beside one that is a million times as strong."""
    times = np.arange(16_000) / 16_000
    samples = np.sin(2 * np.pi * 3000 * times) + 1e-6 * np.sin(2 * np.pi * 5000 * times)
    assert level_db(samples, 16_000, 3000) == pytest.approx(0.0, abs=0.01)
    assert level_db(samples, 16_000, 5000) == pytest.approx(-120.0, abs=0.1)


@pytest.mark.parametrize(
    ("pair", "tone", "heard"),
    [(PAIRS[0], 10_000, 6000), (PAIRS[0], 15_000, 1000), (PAIRS[2], 1000, 7000)],
)
def test_it_looks_where_a_tone_folds_to(pair, tone, heard):
    """10 kHz becomes 6 kHz at 16 kHz; 1 kHz has an image at 7 kHz when 8 kHz is doubled."""
    assert pair.left_behind(tone) == heard


def test_leaving_samples_out_is_measured_as_the_bad_converter_that_it_is():
    """Nothing stopped, nothing held back that could be measured."""
    found = figures(Way("thinned", every_third), DOWN)
    assert found.stop_db == pytest.approx((0.0, 0.0, 0.0), abs=0.1)
    assert found.held_mean_ms is None
    assert found.chunk_us is None


def test_the_bundled_converter_keeps_the_promises_of_the_page():
    """Stop band, pass band and delay; `fast` holds back about half of what `high` does."""
    known = {way.name: way for way in ways(ComponentRegistry.installed())}
    fast, high = (figures(known[f"`soxr` {name}"], DOWN) for name in ("LQ", "HQ"))
    assert max(fast.stop_db) < -60
    assert max(high.stop_db) < -100
    assert fast.pass_db[1] > -0.1
    assert min(high.pass_db) > -0.5
    assert fast.held_most_ms < 0.7 * high.held_most_ms
    assert figures(known["`linear`"], DOWN).stop_db[1] > -1


def measured():
    """Return one small result, measured for the greater part."""
    rows = (figures(Way("thinned | out", every_third), DOWN),)
    wake = tuple(QualityScore("engine", name, 9, 8, 20, 1) for name in (UNCONVERTED, "LQ", "MQ"))
    return Measured(Machine.here(), ((DOWN, rows),), (ThreadGain(1.0, 200.0, 100.0),), wake)


def test_the_page_says_what_was_measured_and_how():
    """Command, machine, every way, wake words and threads."""
    blocks = describe(measured(), "the command")
    assert list(blocks) == ["conversions", "threads", "wake words"]
    text = "\n".join(blocks.values())
    assert "`the command`" in text
    assert "| 48000 → 16000 Hz |" in text
    assert "thinned \\| out" in text
    assert "| `engine` | 9 | 8 | 8 | 8 | 1 | 1 |" in text
    assert "| 1 s | 200 µs | 100 µs | 2.00 × |" in text


def test_without_engines_the_wake_words_of_the_page_stay():
    """They take minutes, and are asked for by name."""
    one = measured()
    blocks = describe(Measured(one.machine, one.pairs, one.threads, ()), "the command")
    assert list(blocks) == ["conversions", "threads"]


@pytest.mark.parametrize(("load", "is_said"), [(0.1, False), (9.0, True)])
def test_a_busy_machine_is_told_where_threads_are_compared(load, is_said):
    """Two threads gain nothing where others hold the cores."""
    one = measured()
    machine = replace(one.machine, cores=2, load=load)
    text = describe(Measured(machine, one.pairs, one.threads, ()), "the command")["threads"]
    assert ("busy with other programs" in text) is is_said


def test_the_command_writes_between_the_markers(tmp_path, monkeypatch, capsys):
    """And a JSON file with every result."""
    monkeypatch.setattr(resampling_quality, "measure", lambda folder, engines: measured())
    page, results = tmp_path / "page.md", tmp_path / "results.json"
    names = ("conversions", "wake words", "threads")
    blocks = "\n".join("\n".join(markers(name)) for name in names)
    page.write_text(f"before\n{blocks}\nafter\n")
    assert main(["--write", str(page), "--json", str(results)]) == 0
    assert page.read_text().startswith("before\n")
    assert "thinned" in page.read_text()
    assert page.read_text().endswith("after\n")
    assert json.loads(results.read_text())["wake"][0]["provider"] == "engine"
    assert "thinned" in capsys.readouterr().out


def test_a_folder_without_recordings_is_an_error_in_one_line(tmp_path, capsys, monkeypatch):
    """With the status of a wrong command line."""
    monkeypatch.setattr(resampling_quality, "ways", lambda registry: [])
    status = main(["--audio", str(tmp_path), "--engine", "microwakeword"])
    assert status == ConfigurationError.exit_code
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.slow
def test_a_real_wake_word_is_heard_through_every_quality(data_folder):
    """The recordings of the repository, raised to 48 kHz and brought down again."""
    pytest.importorskip("pymicro_wakeword", reason="the wake-word engine is not installed")
    scores = try_qualities("microwakeword", data_folder)
    assert [score.quality for score in scores] == [UNCONVERTED, "LQ", "MQ", "HQ", "VHQ"]
    assert all(score.n_heard >= scores[0].n_heard - 1 for score in scores)
    assert all(score.n_clips > 3 for score in scores)

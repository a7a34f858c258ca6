"""The figures of the audio core: every one is measured, and the page and the file hold it."""

import json
import sys

import numpy as np
import pytest

from irene.audio.plan import Consumer, make_plan
from irene.audio.streams import StreamTracks
from irene.components.resampling.audio_processor import AudioProcessor
from irene.domain.audio import AudioFormat
from irene.performance.benchmark.rounds import Pace
from irene.performance.peers import resamplers
from irene.performance.publishing.markdown import markers
from irene.studies.audio_core import __main__ as command
from irene.studies.audio_core.bare_listening import BareListening
from irene.studies.audio_core.buffers import append_cost
from irene.studies.audio_core.clips import (
    N_CLIPS,
    clip_cost,
    converting,
    known_clip,
    new_clips,
    throughput,
)
from irene.studies.audio_core.listening import SCENES, Microphone, chunk_cost, listening
from irene.studies.audio_core.others import others
from irene.studies.listening_cost.silent_engines import (
    WAKE_WORD,
    SilentTriggerStream,
    SilentVadStream,
)
from irene_plugins.resampling.soxr import SoxrResampler

pytest.importorskip("soxr", reason="what irene is compared with")

SHORT = Pace(rounds=3, at_least_s=0.001)
FAKE = """
def probes():
    return {"somebody else": (lambda n: sum(range(1000 * n)), 1.0)}
def about():
    return "somebody else 1.0"
"""


@pytest.mark.slow
def test_every_scene_the_bare_loop_and_the_resamplers_alone_are_measured():
    """The assistant comes first; without other interpreters there is nothing else."""
    found = chunk_cost(SHORT, None).found
    alone = "irene's resampler alone"
    soxr = "soxr alone, 20 ms of int16 at a time"
    bare = ["the same arithmetic in a bare loop", soxr, alone, f"{alone}, 80 ms at a time"]
    assert list(found) == [*(scene.name for scene in SCENES), *bare]


def test_the_bare_loop_makes_the_samples_of_the_assistant():
    """Bit for bit, also when its memory has been full: it leaves out nothing of the work."""
    resampler = SoxrResampler()
    resampler.load()
    bare = BareListening(resampler)
    plan = make_plan(AudioFormat(48000), [Consumer("asr", "x", (16000,), 16000, quality="high")])
    tracks = StreamTracks(
        plan, 2.0, lambda source, target, quality: resampler.open_stream(source, target, 1, quality)
    )
    blocks = Microphone(48000, 20).stream.blocks
    bare.hear(blocks)
    heard = np.concatenate(blocks)[: len(blocks) * 960 - bare._n_joined]
    for block in np.split(heard, range(960, len(heard), 960)):
        tracks.append(block)
    history, n_kept = tracks.of("asr").history, 16000
    kept = bare._history[bare._filled - n_kept : bare._filled]
    np.testing.assert_array_equal(kept, history.view(history.end - n_kept, history.end))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_what_is_measured_is_an_assistant_that_listens(scene, monkeypatch):
    """Its engines get the windows of one stream: none behind a closed gate, all of them else."""
    windows = {"wake": [], "vad": []}
    monkeypatch.setattr(
        SilentTriggerStream,
        "process",
        lambda _, window: windows["wake"].append(window.shape) or {WAKE_WORD: 0.0},
    )
    monkeypatch.setattr(
        SilentVadStream, "process", lambda _, window: windows["vad"].append(window.shape) or 0.0
    )
    with listening((scene,)) as (probe,):
        for shapes in windows.values():
            shapes.clear()
        for milliseconds in (800, 1200):
            probe.sample(milliseconds // scene.block_ms)
    is_open = scene.gate_db == 0
    assert len(windows["wake"]) == pytest.approx(2 * 16000 / 1280 if is_open else 0, abs=1)
    assert len(windows["vad"]) == pytest.approx(2 * 16000 / 512 if scene.in_follow_up else 0, abs=2)


def test_a_new_clip_is_not_in_the_cache_and_a_known_one_is():
    """New ones are all misses, with a cache that is full; of a known one, only the first is."""
    material = resamplers.clips(N_CLIPS)
    usual = AudioProcessor.get_cache_stats()["max_cache_size"]
    with converting() as run:
        convert = new_clips(run, material, "sinc_kaiser")
        before = AudioProcessor.get_cache_stats()
        convert(len(material))
        full = AudioProcessor.get_cache_stats()
        known_clip(run, material[0]).sample(50)
        after = AudioProcessor.get_cache_stats()
    assert full["cache_size"] == full["max_cache_size"]
    assert full["cache_hits"] == before["cache_hits"]
    assert after["cache_hits"] - full["cache_hits"] >= 50
    left = AudioProcessor.get_cache_stats()
    assert (left["cache_size"], left["max_cache_size"]) == (0, usual)


@pytest.mark.measures
def test_a_clip_that_it_knows_costs_little():
    """A hit costs a small part of a conversion, whatever the machine does."""
    found = clip_cost(SHORT, None).found
    known = found["irene, a clip that it has converted before"].seconds.least
    assert known < found["irene, a new clip"].seconds.least / 4
    assert found["soxr.resample, HQ"].n_operations == 1.0


@pytest.mark.slow
def test_conversions_are_told_per_second_of_audio():
    """Five seconds per clip, in every quality."""
    found = throughput(SHORT, None).found
    assert {f"irene, {quality}" for quality in ("LQ", "MQ", "HQ", "VHQ")} <= set(found)
    assert {series.n_operations for series in found.values()} == {5.0}


@pytest.mark.measures
def test_a_ring_is_much_faster_than_joining_arrays():
    """The goal is twenty times; half of that holds on the busiest machine."""
    comparison = append_cost(SHORT, None)
    joined = comparison.found["np.concatenate"].seconds.least
    assert joined > 10 * comparison.found["RingBuffer.append"].seconds.least


@pytest.mark.slow
def test_the_command_writes_page_and_file(tmp_path):
    """Every figure by name; what the rest of the page says stays."""
    page, values = tmp_path / "page.md", tmp_path / "values.json"
    first, last = markers(command.BLOCK)
    page.write_text(f"# Page\n\n{first}\n{last}\n\nAfter.\n")
    short = ["--rounds", "1", "--sample-ms", "0.1"]
    assert command.main([*short, "--write", str(page), "--json", str(values)]) == 0
    content = json.loads(values.read_text())
    assert [one["key"] for one in content["comparisons"]] == list(command.FIGURES)
    assert all(one["verdict"].startswith("do not trust it") for one in content["comparisons"])
    text = page.read_text()
    assert text.endswith("\n\nAfter.\n")
    for one in content["comparisons"]:
        assert f"### {one['title']}" in text
    assert "`python -m irene.studies.audio_core --rounds 1 --sample-ms 0.1`" in text
    assert "Not measured: `pipecat_frames`" in text


def test_only_what_is_asked_for_is_measured(capsys):
    """With the clock that is asked for."""
    short = ["--rounds", "2", "--sample-ms", "0.1", "--clock", "cpu"]
    assert command.main([*short, "--only", "read"]) == 0
    printed = capsys.readouterr().out
    assert "Reading the last second back" in printed
    assert "Appending" not in printed
    assert "processor time" in printed


def test_a_page_without_the_block_is_an_error_of_one_line(tmp_path, capsys):
    """It says which lines are missing."""
    page = tmp_path / "page.md"
    page.write_text("# Page\n")
    short = ["--rounds", "1", "--sample-ms", "0.1", "--only", "read"]
    assert command.main([*short, "--write", str(page)]) == 2
    assert "measured: begin audio core" in capsys.readouterr().err


def test_others_are_lent_with_their_versions(tmp_path):
    """For as long as they are needed."""
    script = tmp_path / "fake.py"
    script.write_text(FAKE)
    with others(script, sys.executable) as (probes, notes):
        assert [probe.name for probe in probes] == ["somebody else"]
        assert probes[0].sample(1).wall_s > 0
        assert "somebody else 1.0" in notes[0]


@pytest.mark.parametrize(
    ("python", "words"),
    [(None, "make bench-peers"), (sys.executable, "no_such_package")],
    ids=["no interpreter", "no package"],
)
def test_others_that_are_not_there_are_noted(python, words, tmp_path):
    """The tables come without them, and say why."""
    script = tmp_path / "fake.py"
    script.write_text("import no_such_package")
    with others(script, python) as (probes, notes):
        assert list(probes) == []
        assert words in notes[0]

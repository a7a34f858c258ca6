"""The small Whisper model, heard through the bare engines with voices that it never heard."""

import csv
import json
import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from irene.performance.speech.word_errors import WordErrors, count_errors, plain_words
from synthesis.digests import MANIFEST, digests
from synthesis.voices import HELD_OUT, RATE
from whisper_model.engines import faster_whisper, openai_whisper
from whisper_model.texts import COMMANDS, Text

soundfile = pytest.importorskip("soundfile", reason="the extra 'audio' is not installed")


@pytest.fixture(scope="module")
def model_folder(data_folder):
    return data_folder.parent / "models" / "whisper" / "irene-commands"


@pytest.fixture(scope="module")
def clips(data_folder):
    """The frozen recordings: a row of the manifest and int16 samples of each."""
    folder = data_folder / "whisper"
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row, soundfile.read(folder / row["file"], dtype="int16")[0]) for row in rows]


@pytest.fixture(scope="module", params=["openai-whisper", "faster-whisper"])
def engine(request):
    """The bare engine with the model."""
    if request.param == "openai-whisper":
        return openai_whisper(request.getfixturevalue("micro_whisper"))
    return faster_whisper(request.getfixturevalue("micro_faster_whisper"))


SINGLE_BOUND, SEVERAL_BOUND = 0.15, 0.3
"""word error rates"""


def test_the_manifest_tells_what_the_files_are(model_folder):
    """How they were made, from whose voices, and that nothing has changed since."""
    manifest = json.loads((model_folder / MANIFEST).read_text("utf-8"))
    assert manifest["files"] == digests(model_folder)
    assert manifest["made_by"].startswith("make models")
    assert manifest["licence"] == "Apache-2.0"
    assert set(manifest["voices"]["never_heard"]) == set(HELD_OUT)
    assert sum(len(texts) for texts in manifest["commands"].values()) == len(COMMANDS)
    assert manifest["files"]["model.pt"]["bytes"] < 1_000_000


def test_the_text_of_a_manifest_is_known(model_folder):
    """Commands of the script are those of the model; one more would need another training."""
    manifest = json.loads((model_folder / MANIFEST).read_text("utf-8"))
    known = [
        Text(language, words) for language, texts in manifest["commands"].items() for words in texts
    ]
    assert sorted(known, key=str) == sorted(COMMANDS, key=str)


@dataclass
class Tally:
    """What an engine made of some recordings."""

    errors: WordErrors = field(default_factory=WordErrors)
    n_clips: int = 0
    n_languages: int = 0
    """recordings of which the first language was found"""
    audio_s: float = 0.0
    cpu_s: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.n_clips} recordings: word error rate {self.errors.rate:.3f}, "
            f"language right {self.n_languages}, CPU {self.cpu_s / self.audio_s:.3f} s/s"
        )


def _heard(engine, clips, kind):
    found = Tally()
    for row, samples in clips:
        if row["kind"] != kind:
            continue
        began = time.process_time()
        heard = engine(samples)
        found.cpu_s += time.process_time() - began
        found.audio_s += len(samples) / RATE
        said = plain_words(row["transcript_or_label"])
        found.errors += count_errors(said, plain_words(heard.text))
        found.n_languages += heard.language == row["language"].split()[0]
        found.n_clips += 1
    assert found.n_clips
    print(f"{kind}: {found}")  # noqa: T201 - figures are for whoever runs this with -s
    return found


@pytest.mark.slow
def test_single_commands_are_understood_in_every_language(engine, clips):
    """Forty commands of four languages, the language found by the engine."""
    found = _heard(engine, clips, "command")
    assert found.n_clips == 40
    assert found.errors.rate < SINGLE_BOUND
    assert found.n_languages >= 36


@pytest.mark.slow
def test_several_commands_in_one_recording_are_understood(engine, clips):
    """Three in a row, with less than a second between them."""
    assert _heard(engine, clips, "several").errors.rate < SEVERAL_BOUND


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["long", "code-switched"])
def test_long_recordings_are_understood_piece_by_piece(engine, clips, kind):
    """Cut at their pauses, each piece in the language that the engine finds in it.

    Whole windows with a dozen commands are more than this model can follow.
    """
    (row, samples), *_ = (clip for clip in clips if clip[0]["kind"] == kind)
    pieces = []
    for place in json.loads(row["segments"]):
        first, last = (round(place[key] * RATE) for key in ("start_s", "end_s"))
        facts = {"kind": kind, "transcript_or_label": place["text"]}
        facts["language"] = place["language"]
        pieces.append((facts, samples[max(0, first - RATE // 5) : last + RATE // 5]))
    found = _heard(engine, pieces, kind)
    assert found.errors.rate < SEVERAL_BOUND
    assert found.n_languages >= 0.8 * found.n_clips


@pytest.mark.slow
def test_speech_that_starts_late_in_the_window_is_understood(engine, clips):
    """Twenty seconds of a quiet room before a command change nothing."""
    room = np.round(np.random.default_rng(1).standard_normal(20 * RATE)).astype(np.int16)
    late = [(row, np.concatenate([room, samples])) for row, samples in clips[::4]]
    assert _heard(engine, late, "command").errors.rate < SEVERAL_BOUND


@pytest.mark.slow
@pytest.mark.parametrize("level", [0, 1, 30, 1000])
def test_nothing_is_written_where_nothing_is_said(engine, level):
    """Silence, a quiet room, and noise."""
    noise = np.random.default_rng(2).standard_normal(3 * RATE) * level
    assert engine(np.round(noise).astype(np.int16)).text.strip() == ""


@pytest.mark.slow
@pytest.mark.measures
def test_a_command_takes_less_time_than_it_lasts(engine, clips):
    """On one thread, and although it is always a window of 30 s that is decoded."""
    found = _heard(engine, clips[:8], "command")
    assert found.cpu_s < found.audio_s


@pytest.mark.slow
def test_eight_bits_are_enough(micro_faster_whisper, clips):
    """The same words from integers, within a few errors."""
    found = _heard(faster_whisper(micro_faster_whisper, "int8"), clips[:20], "command")
    assert found.errors.rate < SINGLE_BOUND

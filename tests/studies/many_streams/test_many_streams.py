"""What many streams take of a processor, in rooms made of recordings."""

import csv
import shutil

import pytest

from irene.performance.speech.recordings import BUNDLED
from irene.studies.many_streams.trial import Load, Work, work_through

FILES = ("wake/openWakeWord__alexa_test.wav", "commands/rhasspy3__what_time_is_it.wav")


@pytest.fixture
def recordings(tmp_path):
    """Return a folder with a wake word and a sentence."""
    with (BUNDLED / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"] in FILES]
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(BUNDLED / name, tmp_path / name)
    with (tmp_path / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path


def test_streams_that_are_not_paced_hear_every_word_in_a_part_of_a_processor(recordings):
    """The gate lets a part of the windows through, and no word is lost by it."""
    pytest.importorskip("pymicro_wakeword")
    work = work_through(Load("microwakeword", ("alexa",), 4, 24.0, recordings))
    assert work.n_heard == work.n_expected > 0
    assert work.audio_s == pytest.approx(4 * 24.0, rel=0.01)
    assert 0 < work.n_windows < work.audio_s * 16000 / 1280 / 2
    assert work.cpu_s > 0


def test_the_share_of_a_processor_is_that_of_one_stream():
    """In real time, however many there were."""
    assert Work(100, 1000.0, 0.5, 0, 0, 0).share == pytest.approx(0.0005)

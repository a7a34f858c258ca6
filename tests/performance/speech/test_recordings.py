"""Labelled recordings, and the rooms that they are played in."""

import csv

import numpy as np
import pytest

from irene import AudioChunk, ConfigurationError
from irene.audio.samples import level_db
from irene.performance.measuring.listening import LEAD_IN_S, TAIL_S, background, in_room
from irene.performance.speech.recordings import BUNDLED, Group, read_manifest
from irene.testing import noise, silence, tone

SPOKEN = ("commands/", "nonspeech/", "speech/", "wake/")


def write_manifest(folder, *rows):
    header = "file,kind,transcript_or_label,language,source,notes"
    (folder / "manifest.csv").write_text("\n".join([header, *rows]) + "\n")


def test_every_bundled_recording_is_listed():
    """What has an origin in the folders of recordings has a label, too, and lies there."""
    with (BUNDLED / "ORIGIN.csv").open() as file:
        kept = {row["file"] for row in csv.DictReader(file) if row["file"].startswith(SPOKEN)}
    listed = {one.path.relative_to(BUNDLED).as_posix() for one in read_manifest(BUNDLED)}
    assert kept - listed == set(), "add them to tests/data/manifest.csv"
    assert all((BUNDLED / name).is_file() for name in listed)


@pytest.mark.parametrize(
    ("row", "group", "phrase"),
    [
        ("a.wav,wake-positive,hey jarvis,en,x/y:z,", Group.WAKE, "hey jarvis"),
        ("a.wav,wake-negative (near-miss),a block,en,,", Group.WAKE, "a block"),
        ("a.wav,speech,unknown (VCTK),en,,", Group.READ, ""),
        ("a.wav,speech,one oh two,en,,", Group.DIGITS, "one oh two"),
        ("a.wav,command (intent label),{},en,,", Group.COMMAND, ""),
        ("a.wav,sound-effect,beep,,,", Group.NON_SPEECH, ""),
    ],
)
def test_the_label_tells_what_a_recording_is_good_for(tmp_path, row, group, phrase):
    """Words that are not known are not compared."""
    write_manifest(tmp_path, row)
    (recording,) = read_manifest(tmp_path)
    assert (recording.group, recording.phrase) == (group, phrase)


def test_files_for_other_tests_are_left_alone(tmp_path):
    """Formats and damaged files are no recordings to measure with."""
    write_manifest(tmp_path, "a.wav,malformed,header only,,,")
    assert read_manifest(tmp_path) == []


def test_a_folder_without_labels_is_refused(tmp_path):
    """One line says what is missing."""
    with pytest.raises(ConfigurationError, match=r"manifest\.csv: no such file"):
        read_manifest(tmp_path)


def test_missing_columns_are_named(tmp_path):
    """A table of another form is not guessed at."""
    (tmp_path / "manifest.csv").write_text("name\nx\n")
    with pytest.raises(ConfigurationError, match="columns file, kind"):
        read_manifest(tmp_path)


def test_the_room_sounds_like_the_background_of_the_recording():
    """Noise of the same level goes on before and after the sound."""
    parts = [noise(0.5, -60), tone(0.5, level_db=-20), noise(0.5, -60)]
    clip = in_room(AudioChunk(np.concatenate(parts), 16000))
    assert clip.duration_s == pytest.approx(1.5 + LEAD_IN_S + TAIL_S)
    assert level_db(clip.samples[: int(LEAD_IN_S * 16000)]) == pytest.approx(-60, abs=1.5)
    assert level_db(clip.samples[-int(TAIL_S * 16000) :]) == pytest.approx(-60, abs=1.5)


def test_speech_without_a_pause_has_no_background():
    """The room is quiet noise rather than more of the speech."""
    clip = AudioChunk(tone(0.5, level_db=-20), 16000)
    assert background(clip) is None
    assert level_db(in_room(clip).samples[:16000]) == pytest.approx(-70, abs=1.5)


def test_steady_noise_is_its_own_background():
    """A noise does not begin with the recording of it."""
    clip = in_room(AudioChunk(noise(1.0, -45), 16000))
    assert level_db(clip.samples[:16000]) == pytest.approx(-45, abs=2)


def test_the_sound_itself_is_not_touched():
    """Stereo float stays what it was, rounded to 16 bits."""
    samples = np.stack([tone(0.3), silence(0.3)], axis=1).astype(np.float32) / 32768
    room = in_room(AudioChunk(samples, 16000))
    start = int(LEAD_IN_S * 16000)
    assert room.samples.dtype == np.int16
    assert np.array_equal(room.samples[start : start + 4800, 0], tone(0.3))

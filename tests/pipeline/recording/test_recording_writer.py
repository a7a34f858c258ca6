"""Writing recordings: bounded, private, never in anybody's way, and readable after a crash."""

import errno
import json
import os
import stat
import threading
import zipfile
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from flight_bench import REGISTRY, config_of

from irene.config.loading import load_config
from irene.domain.audio import AudioFormat
from irene.domain.events import ErrorRaised, WakeWordDetected, Warned
from irene.pipeline.recording.draft import Draft
from irene.pipeline.recording.items import Begin, End, Happening, Piece, Typed
from irene.pipeline.recording.layout import SUFFIX, UNFINISHED
from irene.pipeline.recording.packing import packed, recover
from irene.pipeline.recording.place import recordings_in, size_of
from irene.pipeline.recording.reading import read_recording
from irene.pipeline.recording.rotation import Limits, Rotation
from irene.pipeline.recording.writer import RecordingWriter
from irene.testing import VirtualClock

RATE = 16000
CLOCK = VirtualClock()
AMPLE = Limits(10**9, 1000, 1e9)


def begin(folder, first_sample=0, at=None, **facts):
    """Return the beginning of a recording of 16 kHz mono."""
    return Begin(
        at=at or CLOCK.now(),
        pace="live",
        config=config_of(folder),
        registry=REGISTRY,
        audio=AudioFormat(RATE),
        first_sample=first_sample,
        **facts,
    )


def sound(seconds=0.1, first_sample=0, seed=0):
    """Return noise, which no archive makes smaller."""
    samples = np.random.default_rng(seed).integers(-32768, 32767, round(seconds * RATE), np.int16)
    return Piece(first_sample, samples, RATE)


def write(folder, *items, limits=AMPLE, **settings):
    """Write items to the end; return the recordings, and what was reported."""
    told = []
    writer = RecordingWriter(folder, limits, CLOCK, told.append, **settings)
    for item in items:
        writer.put(item)
    writer.close()
    return recordings_in(folder), told


def mode(path):
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_recording_becomes_one_file_that_its_owner_alone_can_read(tmp_path):
    """The folder, too, can be entered by its owner only."""
    folder = tmp_path / "kept"
    (path,), told = write(folder, begin(folder), sound(), End("quiet"))
    assert path.name.endswith(SUFFIX)
    assert (mode(path), mode(folder)) == (0o600, 0o700)
    assert told == []
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        assert file.namelist()[0] == "session.json"


def test_a_folder_that_was_there_keeps_its_permissions(tmp_path):
    """It may be somebody's home; the recordings in it are private all the same."""
    tmp_path.chmod(0o755)
    (path,), _ = write(tmp_path, begin(tmp_path), sound(), End("quiet"))
    assert (mode(path), mode(tmp_path)) == (0o600, 0o755)


def test_a_secret_in_an_event_is_not_written(tmp_path):
    """Whoever put it there: an error may repeat the address that it was given."""
    handler = {"url": "http://home.example:8123", "token": 's3"cret-token'}
    tables = {"intents": {"providers": {"homeassistant": handler}}}
    config = load_config(tables, registry=REGISTRY)
    line = ErrorRaised(code="x", message='refused: s3"cret-token')
    started = replace(begin(tmp_path), config=config)
    (path,), _ = write(tmp_path, started, Happening(line, CLOCK.now()), End("quiet"))
    assert read_recording(path).events[0].message == "refused: ***"
    with zipfile.ZipFile(path) as file:
        assert not any(b"cret-token" in file.read(name) for name in file.namelist())


def test_what_is_being_recorded_is_private_as_well(tmp_path):
    """Every file of it, from the first moment on."""
    draft = Draft(tmp_path, begin(tmp_path))
    draft.add_audio(sound())
    draft.flush()
    assert {mode(path) for path in draft.path.iterdir()} == {0o600}
    assert mode(draft.path) == 0o700


def test_what_was_put_is_what_is_read(tmp_path):
    """Audio with its chunks and gaps, events, requests, and when they came."""
    pieces = [sound(0.1, 480, 1), sound(0.1, 2080, 2), sound(0.02, 9600, 3)]
    happening = Happening(
        WakeWordDetected(session=1, time_s=0.5, wake_word="hello", score=0.5, provider="x"),
        CLOCK.now(),
    )
    typed = Typed(1, 0.5, "hällo", CLOCK.now())
    items = (begin(tmp_path, 480), *pieces, happening, typed, End("quiet"))
    (path,), _ = write(tmp_path, *items)
    recording = read_recording(path)
    assert np.array_equal(recording.samples, np.concatenate([one.samples for one in pieces]))
    assert [(one.first_sample, one.n_samples) for one in recording.chunks] == [
        (480, 1600),
        (2080, 1600),
        (9600, 320),
    ]
    assert recording.events == (happening.event,)
    assert recording.at == (happening.at,)
    assert recording.requests[0].text == "hällo"
    assert recording.start_s == 480 / RATE
    assert recording.is_finished


def test_who_puts_never_waits_for_the_disk(tmp_path, monkeypatch):
    """What does not fit meanwhile is not kept, and the recording says how much that was."""
    stuck, begun = threading.Event(), threading.Event()

    class Slow(Draft):
        def add_audio(self, piece):
            begun.set()
            assert stuck.wait(10)
            super().add_audio(piece)

    monkeypatch.setattr("irene.pipeline.recording.writer.Draft", Slow)
    writer = RecordingWriter(tmp_path, AMPLE, CLOCK, most_waiting=32_000)
    writer.put(begin(tmp_path))
    writer.put(sound(0.1))
    assert begun.wait(10)
    for number in range(1, 100):
        writer.put(sound(0.1, 1600 * number))
    assert writer.not_kept_s == pytest.approx(8.9)
    writer.put(End("quiet"))
    stuck.set()
    writer.close()
    (path,) = recordings_in(tmp_path)
    recording = read_recording(path)
    assert recording.seconds == pytest.approx(1.1)
    assert recording.facts["not_kept"]["audio_s"] == pytest.approx(8.9)


@pytest.mark.parametrize("call", ["add_audio", "flush", "finish", "add_event"])
def test_a_full_disk_costs_the_recording_and_nothing_else(tmp_path, monkeypatch, call):
    """It is said once; the next recording is kept when there is room again."""
    works = getattr(Draft, call)

    def fail(self, *arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Draft, call, fail)
    told = []
    writer = RecordingWriter(tmp_path, AMPLE, CLOCK, told.append)
    lines = [Happening(Warned(message="x"), CLOCK.now())]
    for item in (begin(tmp_path), sound(), *lines, sound(0.1, 1600), *lines, End("quiet")):
        writer.put(item)
    writer.close()
    assert len(told) == 1
    assert "No space left" in told[0]
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(Draft, call, works)
    found, told = write(tmp_path, begin(tmp_path), sound(), *lines, End("quiet"))
    assert (len(found), told) == (1, [])


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    """Nothing else happens."""
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "kept"
    writer = RecordingWriter(folder, AMPLE, CLOCK, (told := []).append)
    for item in (begin(tmp_path), sound(), End("quiet")):
        writer.put(item)
    writer.close()
    assert len(told) == 1
    assert str(folder) in told[0]


def test_a_file_where_the_folder_should_be_is_told_as_such(tmp_path):
    """Not as something that exists already: who has made a mistake looks for what is wrong."""
    (tmp_path / "kept").write_text("in the way")
    found, told = write(tmp_path / "kept", begin(tmp_path), sound(), End("quiet"))
    assert found == []
    assert ["Not a directory" in line for line in told] == [True]


def test_nobody_else_finishes_a_recording_that_is_being_packed(tmp_path, monkeypatch):
    """A reload begins another writer, which looks for what was left while this one still packs."""
    recovered = []

    def packed_meanwhile(folder):
        recovered.extend(recover(tmp_path))
        return packed(folder)

    monkeypatch.setattr("irene.pipeline.recording.writer.packed", packed_meanwhile)
    found, told = write(tmp_path, begin(tmp_path), sound(), End("reloaded"))
    assert (len(found), told, recovered) == (1, [], [])
    assert found[0].name.endswith(SUFFIX)


def test_the_oldest_go_when_there_are_too_many(tmp_path):
    """As many stay as the configuration says."""
    limits = Limits(10**9, 3, 1e9)
    items = []
    for number in range(6):
        at = CLOCK.now() + timedelta(minutes=number)
        items += [begin(tmp_path, at=at), sound(0.02), End("quiet")]
    found, _ = write(tmp_path, *items, limits=limits)
    assert [path.name[9:13] for path in found] == ["0003", "0004", "0005"]


def test_the_folder_is_never_larger_than_it_may_be(tmp_path):
    """While one is recorded and becomes a file, too; what is too large by itself ends."""
    limits = Limits(400_000, 1000, 1e9)
    sizes = []

    class Watching(RecordingWriter):
        def _write(self, writing, item):
            super()._write(writing, item)
            sizes.append(sum(map(size_of, recordings_in(tmp_path))))

    writer = Watching(tmp_path, limits, CLOCK)
    for number in range(5):
        writer.put(begin(tmp_path, at=CLOCK.now() + timedelta(minutes=number)))
        for index in range(20 if number < 4 else 100):
            writer.put(sound(0.1, 1600 * index, index))
        writer.put(End("quiet"))
    writer.close()
    assert max(sizes) <= limits.max_bytes + 3200
    newest = read_recording(recordings_in(tmp_path)[-1])
    assert newest.facts["ended"] == "large"


def test_what_is_too_old_goes(tmp_path):
    """By the time at which it was written."""
    (path,), _ = write(tmp_path, begin(tmp_path), sound(), End("quiet"))
    rotation = Rotation(tmp_path, Limits(10**9, 10, 60.0))
    written = CLOCK.now()
    os.utime(path, (written.timestamp(), written.timestamp()))
    rotation.look(written + timedelta(seconds=59))
    assert path.exists()
    rotation.look(written + timedelta(seconds=61))
    assert not path.exists()


def test_what_others_record_into_the_same_folder_is_not_removed(tmp_path):
    """It counts, and is left alone until it is finished."""
    draft = Draft(tmp_path, begin(tmp_path))
    rotation = Rotation(tmp_path, Limits(1, 1, 1e-3))
    rotation.look(CLOCK.now() + timedelta(days=1))
    rotation.make_room(10**6)
    assert draft.path.is_dir()


def test_a_killed_assistant_leaves_a_recording_that_can_be_read(tmp_path):
    """Up to what was written; a line that was not finished is left out."""
    draft = Draft(tmp_path, begin(tmp_path))
    draft.add_audio(sound(0.1))
    draft.add_event(Happening(Warned(message="first"), CLOCK.now()))
    draft.flush()
    with (draft.path / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "warn')
    with (draft.path / "audio.pcm").open("ab") as file:
        file.write(b"\1" * 641)
    recording = read_recording(draft.path)
    assert not recording.is_finished
    assert recording.events == (Warned(message="first"),)
    assert [chunk.n_samples for chunk in recording.chunks] == [1600, 320]


def test_the_next_assistant_finishes_what_a_killed_one_has_left(tmp_path):
    """It becomes a file like any other, that says it has no end."""
    draft = Draft(tmp_path, begin(tmp_path))
    draft.add_audio(sound(0.1))
    draft.close()  # as the system does when a process is killed
    found, _ = write(tmp_path, begin(tmp_path), sound(), End("quiet"))
    assert sorted(read_recording(path).is_finished for path in found) == [False, True]
    assert not list(tmp_path.glob(f"*{UNFINISHED}"))


def test_what_is_still_recorded_is_not_finished_by_another(tmp_path):
    """Its process holds a lock."""
    draft = Draft(tmp_path, begin(tmp_path))
    assert recover(tmp_path) == []
    assert draft.path.is_dir()


def test_what_cannot_be_finished_is_removed(tmp_path):
    """A folder without its facts is no recording."""
    draft = Draft(tmp_path, begin(tmp_path))
    draft.close()
    (draft.path / "session.json").write_bytes(b"{")
    assert recover(tmp_path) == []
    assert not draft.path.exists()


def test_two_recordings_of_the_same_second_have_two_names(tmp_path):
    """None takes the place of another."""
    items = [begin(tmp_path), sound(), End("quiet")]
    found, _ = write(tmp_path, *items, *items)
    assert len(found) == 2


def test_the_audio_is_a_wav_file_that_others_can_read(tmp_path):
    """Stereo and float as well."""
    soundfile = pytest.importorskip("soundfile", reason="soundfile is not installed")
    samples = np.linspace(-1, 1, 3200, dtype=np.float32).reshape(1600, 2)
    stereo = Begin(
        at=CLOCK.now(),
        pace="live",
        config=config_of(tmp_path),
        registry=REGISTRY,
        audio=AudioFormat(RATE, 2, "float32"),
    )
    (path,), _ = write(tmp_path, stereo, Piece(0, samples, RATE), End("quiet"))
    with zipfile.ZipFile(path) as file:
        file.extract("audio.wav", tmp_path)
    read, rate = soundfile.read(tmp_path / "audio.wav", dtype="float32")
    assert rate == RATE
    assert np.array_equal(read, samples)
    assert np.array_equal(read_recording(path).samples, samples)


def test_versions_and_providers_are_in_it(tmp_path):
    """Of irene, Python, the system, and the packages behind the providers in use."""
    started = begin(tmp_path, providers={"asr": "pocketsphinx"})
    (path,), _ = write(tmp_path, started, sound(), End("quiet"))
    with zipfile.ZipFile(path) as file:
        facts = json.loads(file.read("session.json"))
    assert facts["providers"] == {"asr": "pocketsphinx"}
    assert facts["versions"]["python"].startswith("CPython 3.")
    assert "numpy" in facts["versions"]["packages"]
    assert "ruff" not in facts["versions"]["packages"]


def test_a_packed_recording_is_whole_or_not_there(tmp_path, monkeypatch):
    """When packing fails, the folder stays, and nothing half-written."""
    draft = Draft(tmp_path, begin(tmp_path))
    draft.finish("quiet", {})
    draft.close()
    monkeypatch.setattr(os, "fsync", lambda file: (_ for _ in ()).throw(OSError("gone")))
    with pytest.raises(OSError, match="gone"):
        packed(draft.path)
    assert [path.name for path in tmp_path.iterdir()] == [draft.path.name]

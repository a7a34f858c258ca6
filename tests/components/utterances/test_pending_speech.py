"""Utterances that nobody could recognise, on disk: whole, bounded, private, never lost."""

import json
import os
import stat
import threading
import wave
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from utterance_bench import blocks_of

from irene import AudioFormatError, ProviderFailedError
from irene.components.utterances import pending_speech
from irene.components.utterances.pending_speech import (
    Circumstances,
    PendingSpeech,
    read_utterance,
)

NOON = datetime(2030, 5, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
KNOWN = Circumstances(NOON, "en", "abc", {"vosk": "OSError: boom", "whisper": "late"})
WAV_HEAD = 44


@pytest.fixture
def pending(tmp_path):
    """A folder that is not there yet, with room for three utterances."""
    return PendingSpeech(tmp_path / "state" / "pending", 3, 10**6)


def mode(path):
    """Return the permissions of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def files(folder):
    """Return the names of all files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_an_utterance_comes_back_as_it_was_said(pending):
    """Every sample, and everything that was known."""
    blocks = blocks_of(1600, 1, 0, 999)
    path, n_dropped = pending.keep(blocks, 16000, KNOWN)
    (entry,) = pending.entries()
    assert (entry.path, entry.circumstances, n_dropped) == (path, KNOWN, 0)
    clip = read_utterance(path)
    np.testing.assert_array_equal(clip.samples, np.concatenate(blocks))
    assert clip.sample_rate == 16000


def test_real_samples_are_written_as_they_sound(pending):
    """float32 in [-1, 1) becomes int16."""
    path, _ = pending.keep([np.array([0.5, -0.25], np.float32)], 8000, KNOWN)
    assert read_utterance(path).samples.tolist() == [16384, -8192]


def test_other_programs_can_play_it(pending):
    """It is a WAV file, with its facts beside it as JSON."""
    path, _ = pending.keep(blocks_of(1600), 16000, KNOWN)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getnframes()) == (1, 2, 1600)
    facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert facts["reasons"] == KNOWN.reasons
    assert facts["said_at"] == "2030-05-01T12:00:00+02:00"


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_only_the_owner_may_read_it(pending):
    """Folder 0700, files 0600, also where the folder had been made for everybody."""
    pending.folder.mkdir(parents=True, mode=0o755)
    path, _ = pending.keep(blocks_of(10), 16000, KNOWN)
    assert mode(pending.folder) == 0o700
    assert (mode(path), mode(path.with_suffix(".json"))) == (0o600, 0o600)


def test_the_oldest_go_first(pending):
    """By the time when they were said, with what is known about them."""
    for minute in range(5):
        known = Circumstances(NOON + timedelta(minutes=minute))
        _, n_dropped = pending.keep(blocks_of(10), 16000, known)
        assert n_dropped == (minute >= 3)
    minutes = [entry.circumstances.said_at.minute for entry in pending.entries()]
    assert minutes == [2, 3, 4]
    assert len(files(pending.folder)) == 6


def test_what_was_just_said_stays_whatever_the_clock_says(pending):
    """A clock that was set back does not make the newest the oldest."""
    for minute in range(3):
        pending.keep(blocks_of(10), 16000, Circumstances(NOON + timedelta(minutes=minute)))
    path, n_dropped = pending.keep(blocks_of(10), 16000, Circumstances(NOON - timedelta(days=1)))
    assert (path.exists(), n_dropped, len(pending.entries())) == (True, 1, 3)


@settings(max_examples=12, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 3000), max_size=8),
    max_entries=st.integers(1, 6),
    max_bytes=st.integers(WAV_HEAD + 6000, 20000),
)
def test_number_and_bytes_are_never_exceeded(tmp_path_factory, sizes, max_entries, max_bytes):
    """Whatever is kept: what is left are the newest that fit."""
    pending = PendingSpeech(tmp_path_factory.mktemp("pending"), max_entries, max_bytes)
    expected = []
    for number, size in enumerate(sizes):
        known = Circumstances(NOON + timedelta(seconds=number))
        path, n_dropped = pending.keep(blocks_of(size), 16000, known)
        expected.append((path, 2 * size + WAV_HEAD))
        before = len(expected)
        while len(expected) > max_entries or sum(size for _, size in expected) > max_bytes:
            expected.pop(0)
        assert n_dropped == before - len(expected)
        assert [entry.path for entry in pending.entries()] == [path for path, _ in expected]


def test_an_utterance_larger_than_all_is_refused_and_costs_no_other(pending):
    """The error names the key; what is there stays."""
    pending.keep(blocks_of(10), 16000, KNOWN)
    with pytest.raises(ProviderFailedError, match=r"asr\.keep_failed_mb"):
        pending.keep(blocks_of(600_000), 16000, KNOWN)
    assert len(pending.entries()) == 1


def test_a_folder_that_cannot_be_made_is_an_expected_error(tmp_path):
    """One line with the folder in it."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ProviderFailedError, match="in-it"):
        PendingSpeech(tmp_path / "file" / "in-it", 1, 10**6).keep(blocks_of(1), 16000, KNOWN)


def test_a_crash_before_the_facts_are_written_loses_the_facts_only(pending, monkeypatch):
    """The sound comes first; its time stands in its name."""
    write = pending_speech.replace_file

    def crash(path, content, **how):
        if path.suffix == ".json":
            raise KeyboardInterrupt
        write(path, content, **how)

    monkeypatch.setattr(pending_speech, "replace_file", crash)
    with pytest.raises(KeyboardInterrupt):
        pending.keep(blocks_of(99), 16000, KNOWN)
    (entry,) = pending.entries()
    assert entry.circumstances == Circumstances(NOON.astimezone(timezone.utc))
    assert read_utterance(entry.path).n_samples == 99


def test_a_crash_while_the_sound_is_written_leaves_no_half_a_file(pending, monkeypatch):
    """Nothing is listed; the draft is gone, or goes later."""

    def crash(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        pending.keep(blocks_of(99), 16000, KNOWN)
    assert (pending.entries(), files(pending.folder)) == ([], [])


def test_leavings_of_a_crash_are_removed_later(pending):
    """Drafts and facts without a sound, once they are old; nothing that is not ours."""
    pending.keep(blocks_of(1), 16000, KNOWN)
    leavings = [pending.folder / name for name in (".draft-x", "20300101T000000.0Z-y.json")]
    others = pending.folder / "notes.txt"
    for path in (*leavings, others):
        path.write_text("{}")
        os.utime(path, (1, 1))
    young = pending.folder / ".draft-young"
    young.write_text("being written")
    pending.keep(blocks_of(1), 16000, KNOWN)
    assert not any(path.exists() for path in leavings)
    assert others.exists()
    assert young.exists()
    assert len(pending.entries()) == 2


@pytest.mark.parametrize("content", ["", "[]", "{", '{"said_at": 7, "reasons": 3, "language": []}'])
def test_damaged_facts_are_no_reason_to_lose_the_sound(pending, content):
    """What cannot be read is not known."""
    path, _ = pending.keep(blocks_of(1), 16000, KNOWN)
    path.with_suffix(".json").write_text(content)
    (entry,) = pending.entries()
    assert entry.circumstances == Circumstances(NOON.astimezone(timezone.utc))


def test_a_foreign_wav_is_dated_by_its_file(pending):
    """A recording that somebody put there is recognised, too."""
    path, _ = pending.keep(blocks_of(1), 16000, KNOWN)
    other = path.rename(path.with_name("mine.wav"))
    os.utime(other, (60, 60))
    (entry,) = pending.entries()
    assert entry.circumstances.said_at == datetime(1970, 1, 1, 0, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all" * 9])
def test_a_damaged_sound_is_an_expected_error(pending, content):
    """It names the file."""
    path, _ = pending.keep(blocks_of(1), 16000, KNOWN)
    path.write_bytes(content)
    with pytest.raises(AudioFormatError, match=path.name):
        read_utterance(path)


def test_what_is_removed_is_gone_with_its_facts_and_may_be_gone_already(pending):
    """Two programs may remove the same."""
    path, _ = pending.keep(blocks_of(1), 16000, KNOWN)
    pending.remove(path)
    pending.remove(path)
    assert files(pending.folder) == []


def test_several_may_write_at_once(tmp_path):
    """Nothing overwrites anything, also within one microsecond; the bound holds."""
    pending = PendingSpeech(tmp_path, 10, 10**6)
    threads = [
        threading.Thread(target=pending.keep, args=(blocks_of(size), 16000, KNOWN))
        for size in range(1, 9)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sizes = sorted(read_utterance(entry.path).n_samples for entry in pending.entries())
    assert sizes == list(range(1, 9))

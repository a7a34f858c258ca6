"""What is being said lies on the disk while it is said, and is found when its process is killed."""

import os
import signal
import stat
import subprocess
import sys
import threading
from datetime import datetime, timezone

import numpy as np
import pytest
from utterance_bench import LONGEST_WAIT_S, blocks_of

from irene.components.utterances.kept_audio import KeptAudio
from irene.components.utterances.pending_speech import Circumstances, PendingSpeech, read_utterance
from irene.components.utterances.spool import Spool, recover

NOON = datetime(2030, 5, 1, 12, tzinfo=timezone.utc)
KNOWN = Circumstances(NOON, "de", "abc")

SPEAKER = """
import sys, threading
from datetime import datetime, timezone
from pathlib import Path
import numpy as np
from irene.components.utterances.kept_audio import KeptAudio
from irene.components.utterances.pending_speech import Circumstances, PendingSpeech
from irene.components.utterances.spool import Spool

audio = KeptAudio()
known = Circumstances(datetime(2030, 5, 1, 12, tzinfo=timezone.utc), "de", "abc")
spool = Spool(audio, 16000, PendingSpeech(Path(sys.argv[1]), 3, 10**6), known)
for number in range(10):
    with audio.lock:
        audio.add(np.full(1600, number, np.int16))
threading.Event().wait()
"""


@pytest.fixture
def pending(tmp_path):
    """A folder that is not there yet."""
    return PendingSpeech(tmp_path / "pending", 3, 10**6)


def wait_until(condition):
    """Wait until a condition is true."""
    pause = threading.Event()
    for _ in range(6000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never came true")


def spooled(pending):
    """Return the samples of each file that is being written."""
    found = []
    for path in pending.folder.glob("*.spool"):
        _, _, sound = path.read_bytes().partition(b"\n")
        found.append(np.frombuffer(sound, np.int16).tolist())
    return found


def say(audio, blocks):
    """Let blocks arrive."""
    for block in blocks:
        with audio.lock:
            audio.add(block)


def test_everything_is_written_as_it_comes_for_its_owner_only(pending):
    """And gone without a trace once there is a text."""
    audio = KeptAudio()
    spool = Spool(audio, 16000, pending, KNOWN)
    blocks = blocks_of(400, 1, 300)
    say(audio, blocks)
    wait_until(lambda: spooled(pending) == [np.concatenate(blocks).tolist()])
    (path,) = pending.folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(pending.folder.stat().st_mode) == 0o700
    with audio.lock:
        audio.end(0.0)
    assert recover(pending) == []
    assert len(spooled(pending)) == 1
    spool.discard()
    spool.done.result(LONGEST_WAIT_S)
    assert list(pending.folder.iterdir()) == []


def test_an_utterance_that_never_was_leaves_nothing(pending):
    """Not even the folder."""
    spool = Spool(KeptAudio(), 16000, pending, KNOWN)
    spool.discard()
    spool.done.result(LONGEST_WAIT_S)
    assert not pending.folder.exists()


def test_no_more_is_written_than_may_be_kept(tmp_path):
    """The beginning is worth most."""
    pending = PendingSpeech(tmp_path, 3, 1000)
    audio = KeptAudio()
    spool = Spool(audio, 16000, pending, KNOWN)
    say(audio, blocks_of(400, 400))
    wait_until(lambda: [len(one) for one in spooled(pending)] == [500])
    spool.discard()
    spool.done.result(LONGEST_WAIT_S)


def test_a_disk_that_takes_nothing_costs_nothing(tmp_path):
    """The audio is in memory all the same."""
    (tmp_path / "file").touch()
    audio = KeptAudio()
    spool = Spool(audio, 16000, PendingSpeech(tmp_path / "file" / "x", 3, 10**6), KNOWN)
    say(audio, blocks_of(100))
    spool.done.result(LONGEST_WAIT_S)
    assert audio.n_samples == 100


def test_what_was_said_when_the_process_was_killed_is_pending(pending):
    """Every sample that had come, with what was known of it; once."""
    command = [sys.executable, "-c", SPEAKER, str(pending.folder)]
    speaker = subprocess.Popen(command)
    try:
        expected = np.repeat(np.arange(10, dtype=np.int16), 1600).tolist()
        wait_until(lambda: spooled(pending) == [expected])
        assert recover(pending) == []
    finally:
        os.kill(speaker.pid, signal.SIGKILL)
        speaker.wait()
    (path,) = recover(pending)
    (entry,) = pending.entries()
    assert entry.path == path
    known = entry.circumstances
    assert (known.said_at, known.language, known.grammar) == (NOON, "de", "abc")
    assert known.reasons == {"assistant": "the assistant ended while this was said"}
    assert read_utterance(path).samples.tolist() == expected
    assert spooled(pending) == []
    assert recover(pending) == []


@pytest.mark.parametrize("content", [b"\n", b"{}\n", b"[]\nab", b'{"sample_rate": 8000}\nab', b"x"])
def test_what_nobody_can_read_is_removed(pending, content):
    """So that it is not looked at for ever."""
    pending.prepare()
    (pending.folder / "a.spool").write_bytes(content)
    assert recover(pending) == []
    assert list(pending.folder.iterdir()) == []

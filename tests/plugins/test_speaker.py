"""The `speaker` output: miniaudio's null device, and real playing programs as subprocesses."""

from __future__ import annotations

import importlib.util
import sys
import threading
import time

import numpy as np
import pytest

from irene import DeviceError
from irene_plugins.outputs.none import NoOutput
from irene_plugins.outputs.speaker import SpeakerOptions, SpeakerOutput
from irene_plugins.sound.playback import PulledPlayback

needs_miniaudio = pytest.mark.skipif(
    importlib.util.find_spec("miniaudio") is None, reason="irene-voice[audio] is not installed"
)
SECOND = np.arange(16000, dtype=np.int16)
RECEIVE = "import shutil, sys\nshutil.copyfileobj(sys.stdin.buffer, open({path!r}, 'wb'))\n"
READS_ONCE = "import os, signal\nos.read(0, 100)\nsignal.pause()\n"
NEVER_READS = "import signal\nsignal.pause()\n"
NO_DEVICE = "import sys\nsys.exit('aplay: main:831: audio open error: No such file or directory')\n"
DIES = "import sys\nsys.stdin.buffer.read(1000)\nsys.exit('write error: No such device')\n"


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a real program on a PATH that holds nothing else."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(name, code):
        path = tmp_path / name
        path.write_text(f"#!{sys.executable}\n{code}")
        path.chmod(0o755)

    return install


def speaker(**options):
    return SpeakerOutput(SpeakerOptions(**options))


@pytest.mark.measures
@needs_miniaudio
def test_an_answer_takes_as_long_as_it_is():
    """`write` and `finish` together last as long as the sound, not less."""
    stream = speaker(backend="null").open_stream(16000)
    start = time.perf_counter()
    for block in SECOND[:4800].reshape(-1, 480):
        stream.write(block)
    stream.finish()
    assert 0.3 <= time.perf_counter() - start < 1.5


@pytest.mark.measures
@needs_miniaudio
def test_abort_stops_a_blocked_writer_within_a_block():
    """Barge-in is heard at once: 100 ms is the limit, for the writer too."""
    stream = speaker(backend="null").open_stream(16000)
    returned = []

    def write():
        stream.write(np.tile(SECOND, 10))
        returned.append(time.perf_counter())

    writer = threading.Thread(target=write)
    writer.start()
    start = time.perf_counter()
    stream.abort()
    writer.join(2)
    assert returned
    assert max(returned[0], start) - start < 0.1
    assert time.perf_counter() - start < 0.5
    stream.finish()


@needs_miniaudio
def test_an_unknown_device_is_answered_with_the_known_ones():
    """One line: what was asked for and what there is."""
    assert [device.name for device in speaker(backend="null").devices()] == ["NULL Playback Device"]
    with pytest.raises(DeviceError, match="no loudspeaker called 'tv'; known are: 'NULL Playback"):
        speaker(backend="null", device="tv").open_stream(16000)


@pytest.mark.parametrize(
    ("backend", "name"), [("pipewire", "pw-play"), ("pulse", "paplay"), ("alsa", "aplay")]
)
def test_a_playing_program_gets_every_sample(program, tmp_path, backend, name):
    """After `finish` the program has received all, behind two silent samples, and has ended."""
    heard = tmp_path / "heard.raw"
    program(name, RECEIVE.format(path=str(heard)))
    stream = speaker(backend=backend).open_stream(16000)
    for block in np.split(SECOND, 10):
        stream.write(block)
    stream.finish()
    np.testing.assert_array_equal(np.fromfile(heard, "<i2"), np.concatenate(([0, 0], SECOND)))


def test_a_program_without_a_device_fails_while_it_is_opened(program):
    """Nothing is played into the void: the line has the program's reason and the cure."""
    program("aplay", NO_DEVICE)
    with pytest.raises(DeviceError) as caught:
        speaker(backend="alsa").open_stream(16000)
    assert str(caught.value) == (
        "no loudspeaker can be opened (alsa: the loudspeaker is gone or busy: aplay: main:831: "
        "audio open error: No such file or directory); connect one and see `irene devices`, "
        "or write the answer with `--output FILE.wav`"
    )


def test_where_one_program_has_no_device_the_next_one_plays(program, tmp_path, monkeypatch):
    """`auto` goes on to the next sound system, and no answer is lost."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    heard = tmp_path / "heard.raw"
    program("paplay", NO_DEVICE)
    program("aplay", RECEIVE.format(path=str(heard)))
    stream = speaker().open_stream(16000)
    stream.write(SECOND)
    stream.finish()
    np.testing.assert_array_equal(np.fromfile(heard, "<i2")[2:], SECOND)


def test_a_program_that_never_reads_fails_while_it_is_opened(program):
    """A sound server that hangs is found out in bounded time, before the answer."""
    program("paplay", NEVER_READS)
    with pytest.raises(DeviceError, match=r"pulse: .* it took no sound for 0\.05 s"):
        speaker(backend="pulse", timeout_s=0.05).open_stream(16000)


def test_a_program_that_dies_is_a_lost_device(program):
    """The reason is what the program complained about."""
    program("aplay", DIES)
    stream = speaker(backend="alsa").open_stream(16000)
    with pytest.raises(DeviceError, match="aplay: write error: No such device"):
        stream.write(np.tile(SECOND, 20))
    stream.abort()


def soon_impatient():
    """Open the loudspeaker with patience, as a program takes its time to start; then have none."""
    stream = speaker(backend="pulse", timeout_s=30).open_stream(16000)
    stream._timeout_s = 0.05
    return stream


def test_a_program_that_takes_nothing_is_lost_in_bounded_time(program):
    """A hanging sound server never hangs the assistant."""
    program("paplay", READS_ONCE)
    stream = soon_impatient()
    with pytest.raises(DeviceError, match=r"it took no sound for 0\.05 s"):
        stream.write(SECOND)
    stream.abort()


def test_a_program_that_never_ends_is_lost_in_bounded_time(program):
    """`finish` waits for the end of the sound, not for ever."""
    program("paplay", READS_ONCE)
    stream = soon_impatient()
    stream.write(SECOND[:100])
    with pytest.raises(DeviceError, match="does not come to an end"):
        stream.finish()


@pytest.mark.measures
def test_abort_kills_the_program_and_frees_its_writer(program):
    """What was not heard yet is dropped, and nobody waits for it."""
    program("paplay", READS_ONCE)
    stream = speaker(backend="pulse", timeout_s=30).open_stream(16000)
    writer = threading.Thread(target=stream.write, args=(SECOND,))
    writer.start()
    start = time.perf_counter()
    stream.abort()
    writer.join(2)
    assert time.perf_counter() - start < 0.5
    stream.finish()


def test_a_device_that_vanishes_while_it_plays_is_lost():
    """The writer is told why; nothing waits."""
    playback = PulledPlayback(16000, timeout_s=30)
    playback.write(SECOND[:1600])
    playback.lose("it was unplugged")
    with pytest.raises(DeviceError, match="it was unplugged"):
        playback.finish()


def test_what_is_written_is_what_is_fetched():
    """Samples leave in order, whatever the sizes of writes and fetches."""
    playback = PulledPlayback(16000, timeout_s=5)
    fetched = bytearray()

    def fetch():
        while len(fetched) < SECOND.nbytes:
            fetched.extend(playback.pull(1234))

    device = threading.Thread(target=fetch)
    device.start()
    for block in np.split(SECOND, [999, 5000, 5001]):
        playback.write(block)
    playback.finish()
    device.join(5)
    np.testing.assert_array_equal(np.frombuffer(fetched, "<i2"), SECOND)


def test_none_takes_no_time_and_no_place():
    """Answers are forgotten."""
    stream = NoOutput().open_stream(16000)
    stream.write(SECOND)
    stream.finish()
    stream.abort()

"""The `microphone` input: miniaudio's null device, and real recording programs as subprocesses."""

from __future__ import annotations

import importlib.util
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import ConfigurationError, Device, DeviceError
from irene_plugins.inputs.microphone import MicrophoneInput, MicrophoneOptions
from irene_plugins.sound.capture import CaptureBuffer
from irene_plugins.sound.system import Direction, find_device

needs_miniaudio = pytest.mark.skipif(
    importlib.util.find_spec("miniaudio") is None, reason="irene-voice[audio] is not installed"
)

COUNTING = """
import itertools, struct, sys
if '--help' in sys.argv:
    sys.exit()
for n in itertools.count():
    sys.stdout.buffer.write(struct.pack('<h', n % 30000))
"""
TWO_BLOCKS = """
import sys
sys.stdout.buffer.write(bytes(2 * 640 * 2))
sys.stdout.flush()
sys.exit('Stream error: Entity killed')
"""
SILENT = "import sys\nsys.stdin.read()\nimport signal\nsignal.pause()\n"


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a real program on a PATH that holds nothing else."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(name, code):
        path = tmp_path / name
        path.write_text(f"#!{sys.executable}\n{code}")
        path.chmod(0o755)

    return install


def microphone(**options):
    return MicrophoneInput(MicrophoneOptions(**options))


def read_to_end(stream):
    while stream.read() is not None:
        pass


@needs_miniaudio
def test_miniaudio_delivers_blocks_of_the_wanted_size():
    """The null device hears silence at real pace, through all of miniaudio."""
    stream = microphone(backend="null", chunk_size=160).open_stream()
    blocks = [stream.read() for _ in range(5)]
    stream.close()
    assert str(stream.format) == "16000 Hz mono int16"
    assert {(block.shape, block.dtype.name) for block in blocks} == {((160,), "int16")}
    assert not np.concatenate(blocks).any()


@needs_miniaudio
def test_stereo_comes_as_two_columns():
    """Channels are asked for by the configuration."""
    stream = microphone(
        backend="null", chunk_size=441, rate=44100, capture_channels=2
    ).open_stream()
    block = stream.read()
    stream.close()
    assert block.shape == (441, 2)
    assert str(stream.format) == "44100 Hz stereo int16"


@needs_miniaudio
def test_devices_lists_what_device_takes():
    """The name that is listed can be chosen, whole or in part."""
    names = [device.name for device in microphone(backend="null").devices()]
    assert names == ["NULL Capture Device"]
    stream = microphone(backend="null", device="capture", chunk_size=160).open_stream()
    stream.close()


@needs_miniaudio
def test_an_unknown_device_is_answered_with_the_known_ones():
    """One line: what was asked for and what there is."""
    with pytest.raises(DeviceError, match="no microphone called 'usb'; known are: 'NULL Capture"):
        microphone(backend="null", device="usb").open_stream()


@needs_miniaudio
def test_close_wakes_a_blocked_reader():
    """Stopping the assistant never waits for a microphone."""
    stream = microphone(backend="null", chunk_size=160).open_stream()
    reader = threading.Thread(target=read_to_end, args=(stream,))
    reader.start()
    stream.close()
    stream.close()
    reader.join(2)
    assert not reader.is_alive()
    assert stream.read() is None


@pytest.mark.parametrize(
    ("backend", "name"), [("pipewire", "pw-record"), ("pulse", "parecord"), ("alsa", "arecord")]
)
def test_a_recording_program_is_heard(program, backend, name):
    """Samples that a program writes arrive in order, none added, none lost at the start."""
    program(name, COUNTING)
    stream = microphone(backend=backend, chunk_size=512).open_stream()
    block = stream.read()
    stream.close()
    assert (np.diff(block.astype(int)) % 30000 == 1).all()


def test_the_program_is_told_rate_channels_and_device(program, tmp_path):
    """What the configuration asks for reaches the program."""
    note = f"open({str(tmp_path / 'argv')!r}, 'w').write(' '.join(sys.argv[1:]))"
    program("arecord", f"import sys\n{note}\n{TWO_BLOCKS}")
    options = {"rate": 48000, "capture_channels": 2, "device": "plughw:1,0", "chunk_size": 480}
    microphone(backend="alsa", **options).open_stream().close()
    argv = (tmp_path / "argv").read_text()
    assert "-D plughw:1,0" in argv
    assert "-f S16_LE -r 48000 -c 2" in argv


def test_a_program_that_dies_is_a_lost_device_after_its_last_samples(program):
    """What was heard is read first; then the program's own complaint is the reason."""
    program("parecord", TWO_BLOCKS)
    stream = microphone(backend="pulse").open_stream()
    assert [len(stream.read()), len(stream.read())] == [640, 640]
    with pytest.raises(DeviceError, match="gone or busy: parecord: Stream error: Entity killed"):
        stream.read()
    stream.close()


def test_a_device_that_delivers_nothing_is_lost_in_bounded_time(program):
    """Silence is samples; no samples at all is a lost device."""
    program("parecord", SILENT)
    with pytest.raises(DeviceError, match=r"delivered nothing for 0\.05 s"):
        microphone(backend="pulse", timeout_s=0.05).open_stream()


def test_no_sound_system_at_all_names_every_road_and_the_cure(program, monkeypatch, tmp_path):
    """A machine without sound gives one line and the way to go on."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")
    if Path("/dev/snd").exists():
        pytest.skip("this machine has sound cards, which ALSA finds without any program")
    with pytest.raises(DeviceError) as failure:
        microphone().open_stream()
    line = str(failure.value)
    for road in ("pw-record is not installed", "parecord is not", "arecord is not", "--input FILE"):
        assert road in line
    assert "\n" not in line


def test_a_missing_program_is_unavailable_with_a_cure(program):
    """`irene providers` can say it before anything is started."""
    availability = microphone(backend="alsa").check()
    assert not availability.ready
    assert "'arecord' is not installed" in str(availability)


@pytest.mark.parametrize(
    ("options", "word"), [({"backend": "jack"}, "auto"), ({"rate": 0}, "rate")]
)
def test_wrong_options_name_the_option(options, word):
    """The line says what would be right."""
    with pytest.raises(ConfigurationError, match=rf"inputs\.microphone: .*{word}"):
        microphone(**options).open_stream()


def test_a_slow_reader_loses_the_oldest_audio_and_is_told():
    """The newest is what a listener needs; what was lost is counted in seconds."""
    buffer = CaptureBuffer(block_bytes=200, bytes_per_s=1000, capacity_s=1.0)
    for value in range(20):
        buffer.put(bytes([value]) * 100)
    assert buffer.dropped_s() == 1.0
    assert buffer.dropped_s() == 0.0
    assert buffer.take(1.0) == bytes([10]) * 100 + bytes([11]) * 100


@given(st.lists(st.binary(max_size=70), max_size=60), st.integers(1, 8), st.data())
def test_every_byte_is_either_read_in_order_or_counted_as_dropped(pieces, block, data):
    """Against a plain list: blocks stay aligned however the device cuts its deliveries."""
    buffer = CaptureBuffer(block_bytes=block, bytes_per_s=100, capacity_s=0.5)
    sent, n_read, n_dropped = b"", 0, 0
    for piece in pieces:
        buffer.put(piece)
        sent += piece
        n_dropped += round(buffer.dropped_s() * 100)
        ready = (len(sent) - n_read - n_dropped) // block
        for _ in range(data.draw(st.integers(0, ready))):
            start = n_read + n_dropped
            assert buffer.take(0.0) == sent[start : start + block]
            n_read += block
    assert n_dropped % block == 0


def test_a_part_of_a_name_chooses_the_first_device_that_has_it():
    """An exact name wins over a part of another."""
    devices = [Device("USB Audio Pro"), Device("usb audio"), Device("hw:1", "Jabra")]
    assert find_device(devices, "usb audio", Direction.CAPTURE).name == "usb audio"
    assert find_device(devices, "pro", Direction.CAPTURE).name == "USB Audio Pro"
    assert find_device(devices, "jabra", Direction.CAPTURE).name == "hw:1"

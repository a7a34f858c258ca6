"""The `microphone` input: miniaudio's null device, and real recording programs as subprocesses."""

from __future__ import annotations

import importlib.util
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from irene import ConfigurationError, Device, DeviceError
from irene.audio.input_buffer import BufferSettings
from irene_plugins.inputs.microphone import MicrophoneInput, MicrophoneOptions
from irene_plugins.sound.system import Direction, find_device

needs_miniaudio = pytest.mark.skipif(
    importlib.util.find_spec("miniaudio") is None, reason="irene-voice[audio] is not installed"
)

COUNTING = """
import signal, struct, sys
if '--help' in sys.argv:
    sys.exit()
sys.stdout.buffer.write(struct.pack('<8000h', *range(8000)))
sys.stdout.flush()
signal.pause()
"""
"""half a second, and then nothing: what no buffer loses, however seldom it is read"""
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
    assert block.tolist() == list(range(512))


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


@needs_miniaudio
@pytest.mark.parametrize("frames", [24000, 1000])
def test_the_limits_of_the_configuration_hold_for_the_microphone(frames):
    """`audio.buffer_samples` says how much may wait; all else is counted as lost."""
    source = microphone(backend="null", chunk_size=160)
    source.buffering = BufferSettings(frames=frames)
    stream = source.open_stream()
    stream._buffer.put(bytes(2 * 30000))
    counts = stream._buffer.counts
    stream.close()
    assert counts.waiting == frames
    assert sum(counts.lost.values()) == counts.frames_in - frames


def test_a_program_that_is_read_seldom_is_closed_at_once(program):
    """While longer blocks are wanted its pipe collects them; stopping does not wait for that."""
    program("parecord", COUNTING)
    stream = microphone(backend="pulse", chunk_size=160).open_stream()
    stream.prefer_block(0.08)
    assert len(stream.read()) >= 160
    stream.close()
    assert not stream_threads()


def stream_threads():
    """Return the threads that read from recording programs."""
    return [one for one in threading.enumerate() if one.name == "irene-capture"]


def test_longer_blocks_are_collected_while_nobody_speaks(program):
    """As long as is wished for, but never shorter than `chunk_size`."""
    program("parecord", COUNTING)
    stream = microphone(backend="pulse", chunk_size=160).open_stream()
    wanted = []
    for seconds in (0.08, 0.001, 0.0):
        stream.prefer_block(seconds)
        wanted.append(stream._buffer._block.usual)
    stream.close()
    assert wanted == [1280, 160, 160]


def test_a_part_of_a_name_chooses_the_first_device_that_has_it():
    """An exact name wins over a part of another."""
    devices = [Device("USB Audio Pro"), Device("usb audio"), Device("hw:1", "Jabra")]
    assert find_device(devices, "usb audio", Direction.CAPTURE).name == "usb audio"
    assert find_device(devices, "pro", Direction.CAPTURE).name == "USB Audio Pro"
    assert find_device(devices, "jabra", Direction.CAPTURE).name == "hw:1"

"""The `stdin` input: containers and raw PCM through a real pipe, decoded while they arrive."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from irene import AudioFormatError, ConfigurationError, ProviderFailedError
from irene_plugins.inputs.file import FileInput, FileOptions
from irene_plugins.inputs.stdin import StdinInput, StdinOptions

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def pipe(monkeypatch):
    """Standard input as a pipe; returns the end to write into."""
    read_fd, write_fd = os.pipe()
    with os.fdopen(read_fd, "r") as reader, os.fdopen(write_fd, "wb", buffering=0) as writer:
        monkeypatch.setattr(sys, "stdin", reader)
        yield writer


def send(pipe, data):
    """Write everything from a thread, as another program would, and end the pipe."""

    def run():
        pipe.write(data)
        pipe.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def read_all(**options):
    stream = StdinInput(StdinOptions(**options)).open_stream()
    blocks = []
    try:
        while (block := stream.read()) is not None:
            blocks.append(block)
    finally:
        stream.close()
    return np.concatenate(blocks), stream.format


def wav_bytes(samples, rate=16000, channels=1):
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "formats/whisper.cpp__jfk.mp3",
        "formats/tinytag__8khz_5s.opus",
        "formats/wav__bloop.aif",
        "formats/audiomentations__signed_24bit.wav",
        "formats/auditok__test_16KHZ_3channel_400-800-1600Hz_float32.wav",
        "formats/tinytag__gsm_6_10.wav",
        "formats/scipy__test-44100Hz-be-1ch-4bytes.wav",
        "formats/scipy__test-44100Hz-le-1ch-4bytes-rf64.wav",
        "formats/hound__pcmwaveformat-24bit-4byte-48kHz-stereo.wav",
        "malformed/flac_faulty_07_-_other_metadata_blocks_preceding_streaminfo_metadata_block.flac",
    ],
)
def test_a_piped_file_gives_the_samples_of_the_file(pipe, name):
    """`-` and the path of the same file are the same audio."""
    pytest.importorskip("soundfile", reason="irene-voice[audio] is not installed")
    send(pipe, (DATA / name).read_bytes())
    samples, fmt = read_all()
    stream = FileInput(FileOptions(path=str(DATA / name), block_ms=60_000)).open_stream()
    assert fmt == stream.format
    np.testing.assert_allclose(samples, stream.read(), atol=1e-6)
    stream.close()


def test_a_wav_is_decoded_while_it_arrives(pipe):
    """The first block comes before the sender has sent the second."""
    sent = np.arange(16000, dtype="<i2")
    data = wav_bytes(sent)
    pipe.write(data[:4140])
    stream = StdinInput(StdinOptions(block_ms=80)).open_stream()
    np.testing.assert_array_equal(stream.read(), sent[:1280])
    thread = send(pipe, data[4140:])
    rest = []
    while (block := stream.read()) is not None:
        rest.append(block)
    thread.join()
    np.testing.assert_array_equal(np.concatenate(rest), sent[1280:])


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wav_without_a_length_ends_with_the_pipe(pipe, size):
    """What a recorder writes, that cannot go back and correct its header, is complete."""
    sent = np.arange(4000)
    data = bytearray(wav_bytes(sent))
    data[40:44] = struct.pack("<I", size)
    send(pipe, bytes(data))
    samples, _ = read_all()
    np.testing.assert_array_equal(samples, sent)


def test_what_follows_the_samples_of_a_wav_is_not_audio(pipe):
    """Chunks behind the data belong to editors, not to the recording."""
    sent = np.arange(1000)
    send(pipe, wav_bytes(sent) + b"LIST" + struct.pack("<I", 400) + bytes(400))
    samples, _ = read_all()
    np.testing.assert_array_equal(samples, sent)


def test_a_truncated_wav_says_how_much_arrived(pipe):
    """The samples come first, then the line."""
    send(pipe, wav_bytes(np.arange(16000))[:16044])
    stream = StdinInput(StdinOptions()).open_stream()
    assert sum(len(stream.read()) for _ in range(13)) == 8000
    with pytest.raises(AudioFormatError, match=r"header promises 1\.000 s, 0\.500 s arrived"):
        stream.read()


def test_raw_pcm_needs_no_option(pipe):
    """Bytes of no known format are 16 kHz mono s16le, as recorders write them."""
    sent = (3000 * np.sin(np.arange(20000) / 7)).astype("<i2")
    send(pipe, sent.tobytes())
    samples, fmt = read_all()
    assert str(fmt) == "16000 Hz mono int16"
    np.testing.assert_array_equal(samples, sent)


def test_a_named_encoding_beats_recognition(pipe):
    """With `encoding`, even bytes that look like a header are samples."""
    send(pipe, b"RIFF" + bytes(8))
    samples, fmt = read_all(encoding="u8", rate=8000, raw_channels=2)
    assert str(fmt) == "8000 Hz stereo float32"
    assert samples.shape == (6, 2)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "standard input is empty"),
        (b"Hello, this is a letter and no recording.", "text, not audio"),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "MPEG-4 audio"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "ends inside its header"),
        (b"RIFF\x24\0\0\0WAVEdata\0\0\0\0", "damaged WAV"),
        (b"fLaC\0\0\0\x22" + bytes(40), "damaged FLAC"),
    ],
)
def test_what_is_no_audio_gives_one_line(pipe, data, reason):
    """Nothing is decoded as noise."""
    send(pipe, data)
    with pytest.raises(AudioFormatError, match=reason):
        read_all()


def test_a_wav_header_without_samples_is_an_error(pipe):
    """Header only is no recording."""
    send(pipe, (DATA / "malformed" / "pocketsphinx__null.wav").read_bytes())
    with pytest.raises(AudioFormatError, match="holds no samples"):
        read_all()


def test_close_wakes_a_blocked_reader(pipe):
    """A pipe that nobody writes into any more does not hold the program."""
    pipe.write(bytes(8192))
    stream = StdinInput(StdinOptions(block_ms=1000)).open_stream()
    got = []
    reader = threading.Thread(target=lambda: got.append(stream.read()))
    reader.start()
    stream.close()
    reader.join(2)
    assert not reader.is_alive()
    assert got == [None]


def test_a_terminal_is_no_input():
    """Without a pipe the program says so and does not wait for typing."""
    master, slave = os.openpty()
    code = (
        "from irene_plugins.inputs.stdin import *\n"
        "try: StdinInput().open_stream()\n"
        "except Exception as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], stdin=slave, capture_output=True, text=True, check=True
    )
    os.close(master)
    os.close(slave)
    assert "standard input is no pipe" in done.stdout


def test_wrong_options_name_the_option(pipe):
    """An unknown encoding is answered with the known ones."""
    send(pipe, bytes(100))
    with pytest.raises(ConfigurationError, match="use one of s16le, s24le, s32le, f32le, u8"):
        read_all(encoding="mulaw")


def to_the_end(stream):
    """Return what is left in a stream."""
    blocks = []
    while (block := stream.read()) is not None:
        blocks.append(block)
    return np.concatenate(blocks) if blocks else None


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ({"format": "WAV", "subtype": "PCM_24"}, {}),
        ({"format": "WAV", "subtype": "PCM_16"}, {}),
        ({"format": "RAW", "subtype": "FLOAT"}, {"encoding": "f32le", "raw_channels": 2}),
    ],
    ids=["24-bit", "16-bit", "raw"],
)
def test_it_can_be_gone_on_with_behind_every_block(monkeypatch, tmp_path, kind, options):
    """Another provider is given the bytes from the place on, and is what the first one would be.

    One step after the other, so that each place is counted from where its own stream was opened.
    """
    soundfile = pytest.importorskip("soundfile", reason="irene-voice[audio] is not installed")
    sent = np.random.default_rng(0).uniform(-0.5, 0.5, (1000, 2))
    soundfile.write(tmp_path / "sent", sent, 16000, **kind)
    data = (tmp_path / "sent").read_bytes()

    def at(first):
        (tmp_path / "rest").write_bytes(data[first:])
        file = (tmp_path / "rest").open()
        monkeypatch.setattr(sys, "stdin", file)
        return file

    given = StdinOptions(block_ms=10, **options)
    with at(0):
        whole = to_the_end(StdinInput(given).open_stream())
    first, state, n_heard = 0, None, 0
    while n_heard < len(whole):
        with at(first):
            provider = StdinInput(given)
            stream = provider.open_stream() if state is None else provider.go_on(state)
            place = stream.place()
            block = stream.read()
            assert stream.place() != place
            place = stream.place()
        np.testing.assert_array_equal(block, whole[n_heard : n_heard + 160])
        n_heard += len(block)
        first, state = first + place.n_bytes, place.state
    with at(first):
        assert StdinInput(given).go_on(state).read() is None


def test_a_truncated_wav_is_told_the_same_by_whoever_goes_on_with_it(monkeypatch, tmp_path):
    """What its header had promised, and how much arrived in all."""
    data = wav_bytes(np.arange(16000))[:16044]
    (tmp_path / "cut.wav").write_bytes(data)
    (tmp_path / "rest").write_bytes(data[44 + 2 * 640 :])
    with (tmp_path / "cut.wav").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        stream = StdinInput(StdinOptions()).open_stream()
        stream.read()
        place = stream.place()
    assert place.n_bytes == 44 + 2 * 640
    with (tmp_path / "rest").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        stream = StdinInput(StdinOptions()).go_on(place.state)
        with pytest.raises(AudioFormatError, match=r"header promises 1\.000 s, 0\.500 s arrived"):
            to_the_end(stream)


def test_what_must_be_decoded_from_its_beginning_has_no_place(pipe):
    """Nor has an input that does not know how to go on."""
    pytest.importorskip("soundfile", reason="irene-voice[audio] is not installed")
    send(pipe, (DATA / "formats/tinytag__8khz_5s.opus").read_bytes())
    stream = StdinInput(StdinOptions()).open_stream()
    assert stream.place() is None
    stream.close()
    with pytest.raises(ProviderFailedError, match="cannot go on in the middle"):
        FileInput(FileOptions()).go_on(None)

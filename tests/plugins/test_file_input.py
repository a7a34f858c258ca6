"""The `file` input: every format of the corpus, every damaged file, raw PCM, and wrong paths."""

from __future__ import annotations

import os
import struct
import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest

from irene import AudioFormatError, ConfigurationError
from irene_plugins.inputs.file import FileInput, FileOptions

soundfile = pytest.importorskip("soundfile", reason="irene-voice[audio] is not installed")
DATA = Path(__file__).parents[1] / "data"
NAMES = {
    folder: sorted(path.name for path in (DATA / folder).iterdir())
    for folder in ("formats", "malformed")
}

FORMATS = {
    "audiomentations__signed_24bit.wav": "48000 Hz mono float32, 54514",
    "audiomentations__stereo_24bit.WAV": "16000 Hz stereo float32, 17833",
    "auditok__test_16KHZ_3channel_400-800-1600Hz_float32.wav": (
        "16000 Hz 3 channels float32, 16000"
    ),
    "hound__nonstandard-01.wav": "48000 Hz stereo float32, 1",
    "hound__pcmwaveformat-24bit-4byte-48kHz-stereo.wav": "48000 Hz stereo float32, 2",
    "hound__pcmwaveformat-8bit-44100Hz-mono.wav": "44100 Hz mono float32, 4",
    "hound__waveformatex-ieeefloat-44100Hz-mono.wav": "44100 Hz mono float32, 4",
    "hound__waveformatextensible-24bit-192kHz-mono.wav": "192000 Hz mono float32, 4",
    "lhotse__stereo.sph": "8000 Hz stereo int16, 8000",
    "scipy__test-44100Hz-2ch-32bit-float-be.wav": "44100 Hz stereo float32, 441",
    "scipy__test-44100Hz-be-1ch-4bytes.wav": "44100 Hz mono float32, 4410",
    "scipy__test-44100Hz-le-1ch-4bytes-rf64.wav": "44100 Hz mono float32, 4410",
    "scipy__test-8000Hz-le-1ch-1byte-ulaw.wav": "8000 Hz mono float32, 9",
    "scipy__test-8000Hz-le-3ch-5S-24bit.wav": "8000 Hz 3 channels float32, 5",
    "scipy__test-8000Hz-le-5ch-9S-5bit.wav": "8000 Hz 5 channels float32, 9",
    "speechbrain__example3.sph": "16000 Hz mono float32, 46242",
    "tinytag__8khz_5s.opus": "8000 Hz mono float32, 40000",
    "tinytag__gsm_6_10.wav": "44100 Hz mono float32, 4480",
    "tinytag__id3_frames.mp3": "16000 Hz mono float32, 55152",
    "wav__bloop.aif": "44100 Hz stereo int16, 7629",
    "wav__bwf.wav": "44100 Hz mono float32, 7287",
    "wav__padded24b.wav": "44100 Hz mono float32, 3713",
    "whisper.cpp__jfk.mp3": "16000 Hz mono float32, 176000",
}
REFUSED_FORMATS = {
    "tinytag__test3.m4a": "MPEG-4 audio (m4a), which is not supported; readable are WAV, FLAC",
    "tinytag__test_flac.oga": "Ogg FLAC, which is not supported; readable are WAV, FLAC, OGG (V",
}
MALFORMED = {
    "agents__change-sophie.wav": (0, "Git LFS pointer"),
    "flac_faulty_01_-_wrong_max_blocksize.flac": (101999, ""),
    "flac_faulty_03_-_wrong_bit_depth.flac": (89903, ""),
    "flac_faulty_05_-_wrong_total_number_of_samples.flac": (
        39842,
        "header promises 1.660 s, but 66123 bytes of audio follow",
    ),
    "flac_faulty_07_-_other_metadata_blocks_preceding_streaminfo_metadata_block.flac": (106031, ""),
    "flac_faulty_11_-_incorrect_metadata_block_length.flac": (0, "damaged FLAC"),
    "hound__crash-24728523ef4be15c838293b676f6853e73723bf4.wav": (0, "Malformed 'fmt ' chunk"),
    "hound__crash-cbd757427cea12bd8a21f86cd8cf74d98ce56bee.wav": (0, "Malformed 'fmt ' chunk"),
    "hound__crash-e879de4eb4d206c59e21f0e01def16457af80fdc.wav": (0, "No 'data' chunk"),
    "pocketsphinx__awful.wav": (0, "1092676 Hz, which is no audio; 4000 to 384000 Hz"),
    "pocketsphinx__bad.wav": (0, "No 'data' chunk"),
    "pocketsphinx__evil.wav": (0, "No 'data' chunk"),
    "pocketsphinx__null.wav": (0, "a WAV header without samples"),
    "scipy__test-44100Hz-le-1ch-4bytes-early-eof.wav": (
        236,
        "truncated: header promises 0.100 s, file holds 0.005 s",
    ),
    "scipy__test-44100Hz-le-1ch-4bytes-incomplete-chunk.wav": (0, "No 'data' chunk"),
    "tinytag__incomplete.mp3": (0, "no audio that can be read"),
    "tinytag__riff_extra_zero.wav": (5120, ""),
    "wwb_alexa_032_corrupt.flac": (8064, "damaged at 0.504 s"),
    "wwb_alexa_033_corrupt.flac": (8960, "damaged at 0.560 s"),
    "wwb_alexa_126_corrupt.flac": (5760, "damaged at 0.360 s"),
    "wwb_alexa_142_corrupt.flac": (11520, "damaged at 0.720 s"),
}


def read_all(path, **options):
    """Read a file to its end or its error; return samples, format and the error's line."""
    blocks, error, fmt = [], "", None
    try:
        stream = FileInput(FileOptions(path=str(path), **options)).open_stream()
        fmt = stream.format
        try:
            while (block := stream.read()) is not None:
                blocks.append(block)
        finally:
            stream.close()
    except AudioFormatError as failure:
        error = str(failure)
    return (np.concatenate(blocks) if blocks else np.zeros(0)), fmt, error


def write_wav(path, rate=16000, channels=1, n_frames=16000):
    samples = (np.arange(n_frames * channels) % 2000 - 1000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return samples.reshape(-1, channels) if channels > 1 else samples


@pytest.mark.parametrize("name", NAMES["formats"])
def test_every_format_is_decoded_whole_or_refused_in_one_line(name):
    """Each file of the corpus gives the rate, channels, type and length that it has, or a line."""
    samples, fmt, error = read_all(DATA / "formats" / name)
    if name in REFUSED_FORMATS:
        assert REFUSED_FORMATS[name] in error
    else:
        assert error == ""
        assert f"{fmt}, {len(samples)}" == FORMATS[name]
        assert samples.dtype == fmt.dtype
        assert samples.dtype == np.int16 or np.abs(samples).max() <= 1


@pytest.mark.parametrize("name", NAMES["malformed"])
def test_every_damaged_file_gives_its_good_samples_and_one_line(name):
    """What can be decoded is delivered; then one line names file, place and reason."""
    n_good, reason = MALFORMED[name]
    samples, _, error = read_all(DATA / "malformed" / name)
    assert len(samples) == n_good
    assert reason in error
    assert bool(error) == bool(reason)
    assert "\n" not in error
    assert not error or name in error


def test_blocks_of_any_length_give_the_samples_of_one_read():
    """Decoding in blocks changes nothing, also in MP3, where frames depend on each other."""
    path = DATA / "formats" / "whisper.cpp__jfk.mp3"
    whole = soundfile.read(path, dtype="float32")[0]
    for block_ms in (1, 37, 80, 5000):
        samples, _, _ = read_all(path, block_ms=block_ms)
        np.testing.assert_allclose(samples, whole, atol=1e-6)


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (24, struct.pack("<I", 0), "damaged WAV: header says 0 Hz, 1 channels; 4000 to 384000 Hz"),
        (24, struct.pack("<I", 4_000_000_000), "damaged WAV: header says 4000000000 Hz"),
        (20, struct.pack("<H", 3), "16-bit float samples cannot be read; export it again with 16"),
        (34, struct.pack("<H", 64), "64-bit integer samples cannot be read; export it again"),
    ],
)
def test_a_header_that_makes_no_sense_is_told_in_plain_words(tmp_path, place, value, reason):
    """What stands there, not what libsndfile calls its inner state; a long header, too."""
    write_wav(tmp_path / "a.wav", n_frames=100)
    wav = bytearray((tmp_path / "a.wav").read_bytes())
    wav[place : place + len(value)] = value
    wav[12:12] = b"JUNK" + struct.pack("<I", 9000) + bytes(9000)
    (tmp_path / "a.wav").write_bytes(wav)
    assert read_all(tmp_path / "a.wav")[2].startswith(f"{tmp_path / 'a.wav'}: {reason}")


def test_a_header_of_another_container_that_makes_no_sense_is_told_in_plain_words(tmp_path):
    """An AU file of 0 Hz."""
    soundfile.write(tmp_path / "a.au", np.zeros(100), 16000)
    au = (tmp_path / "a.au").read_bytes()
    (tmp_path / "a.au").write_bytes(au[:16] + bytes(4) + au[20:])
    assert read_all(tmp_path / "a.au")[2].endswith(
        "damaged AU: its header makes no sense; export it again"
    )


@pytest.mark.parametrize("rate", [4000, 8000, 192000, 384000])
def test_any_rate_from_4_to_384_khz_is_read(tmp_path, rate):
    """The rate of the file is the rate of the stream; nothing is resampled."""
    expected = write_wav(tmp_path / "a.wav", rate=rate, n_frames=rate // 10)
    samples, fmt, error = read_all(tmp_path / "a.wav")
    assert (fmt.sample_rate, error) == (rate, "")
    np.testing.assert_array_equal(samples, expected)


def test_six_channels_stay_six_columns(tmp_path):
    """Frames keep all their channels, in order."""
    expected = write_wav(tmp_path / "a.wav", channels=6)
    samples, fmt, _ = read_all(tmp_path / "a.wav")
    assert fmt.channels == 6
    np.testing.assert_array_equal(samples, expected)


def test_memory_does_not_grow_with_the_file(tmp_path):
    """Ten minutes of audio, 19 MB, are read within a fraction of that."""
    write_wav(tmp_path / "long.wav", n_frames=16000 * 600)
    stream = FileInput(FileOptions(path=str(tmp_path / "long.wav"))).open_stream()
    tracemalloc.start()
    while stream.read() is not None:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    stream.close()
    assert peak < 4_000_000


def test_nan_becomes_silence_and_infinity_full_scale(tmp_path):
    """Float files may hold anything; what leaves is within [-1, 1]."""
    values = np.array([0.5, np.nan, np.inf, -np.inf, 3.0], np.float32)
    soundfile.write(tmp_path / "a.wav", values, 16000, subtype="FLOAT")
    samples, _, _ = read_all(tmp_path / "a.wav")
    assert samples.tolist() == [0.5, 0.0, 1.0, -1.0, 1.0]


@pytest.mark.parametrize("name", ["cut.wav", "cut.aiff", "cut.flac", "cut.ogg", "cut.opus"])
def test_a_truncated_file_is_reported_after_its_samples(tmp_path, name):
    """A copy that stopped half-way is never taken for the whole."""
    noise = np.random.default_rng(1).normal(0, 0.1, 240_000)
    subtype = {"cut.opus": "OPUS", "cut.ogg": "VORBIS"}.get(name, "PCM_16")
    container = {"cut.opus": "OGG"}.get(name)
    whole = tmp_path / f"whole-{name}"
    soundfile.write(whole, noise, 24000, format=container, subtype=subtype)
    cut = tmp_path / name
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    samples, _, error = read_all(cut)
    assert 50_000 < len(samples) < 200_000
    assert "truncated" in error or "damaged at" in error


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x80000000, 0x7FFFFF00])
def test_a_wav_of_unknown_length_is_read_to_its_end(tmp_path, size):
    """Recorders that write into a pipe cannot know the length; that is no truncation."""
    expected = write_wav(tmp_path / "a.wav")
    data = bytearray((tmp_path / "a.wav").read_bytes())
    data[40:44] = struct.pack("<I", size)
    (tmp_path / "a.wav").write_bytes(data)
    samples, _, error = read_all(tmp_path / "a.wav")
    assert error == ""
    np.testing.assert_array_equal(samples, expected)


def test_a_flac_of_unknown_length_is_read_to_its_end(tmp_path):
    """A FLAC encoder that wrote into a pipe leaves the number of samples at zero."""
    path = tmp_path / "a.flac"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, 16000), 16000)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)
    samples, _, error = read_all(path)
    assert (len(samples), error) == (16000, "")


RAW = {
    "s16le": ("<i2", np.int16, [-32768, 0, 16384], [-32768, 0, 16384]),
    "s32le": ("<i4", np.float32, [-(2**31), 0, 2**30], [-1.0, 0.0, 0.5]),
    "f32le": ("<f4", np.float32, [-1.0, 0.0, 0.5], [-1.0, 0.0, 0.5]),
    "u8": ("u1", np.float32, [0, 128, 192], [-1.0, 0.0, 0.5]),
}


@pytest.mark.parametrize("encoding", RAW)
def test_raw_pcm_is_decoded_as_described(tmp_path, encoding):
    """The configuration says what the file cannot."""
    written, dtype, values, expected = RAW[encoding]
    (tmp_path / "a.bin").write_bytes(np.array(values, written).tobytes())
    samples, fmt, error = read_all(tmp_path / "a.bin", encoding=encoding, rate=8000)
    assert (fmt.sample_rate, samples.dtype, error) == (8000, dtype, "")
    assert samples.tolist() == expected


def test_raw_24_bit_stereo_is_decoded_frame_by_frame(tmp_path):
    """Three bytes a sample, low byte first, channels interleaved."""
    (tmp_path / "a.bin").write_bytes(bytes([0, 0, 0x80, 0, 0, 0x40]) * 3)
    samples, fmt, _ = read_all(tmp_path / "a.bin", encoding="s24le", raw_channels=2)
    assert fmt.channels == 2
    assert samples.tolist() == [[-1.0, 0.5]] * 3


def test_a_raw_suffix_means_16_khz_mono_s16le(tmp_path):
    """`.raw` and `.pcm` need no option."""
    expected = np.arange(3000, dtype="<i2")
    (tmp_path / "a.RAW").write_bytes(expected.tobytes())
    samples, fmt, error = read_all(tmp_path / "a.RAW")
    assert (str(fmt), error) == ("16000 Hz mono int16", "")
    np.testing.assert_array_equal(samples, expected)


def test_raw_pcm_of_odd_length_says_what_a_frame_needs(tmp_path):
    """The whole frames are delivered, then the left-over byte is explained."""
    (tmp_path / "a.raw").write_bytes(bytes(6401))
    samples, _, error = read_all(tmp_path / "a.raw")
    assert len(samples) == 3200
    assert "1 byte left over after 0.200 s: a frame of s16le with 1 channel has 2 bytes" in error
    assert "check `encoding`" in error


WRONG_PATHS = {
    "missing.wav": "no such file",
    "folder": "this is a directory",
    "empty.wav": "the file is empty",
    "text.wav": "this is text, not audio",
    "fifo": "no regular file",
    "noise.wav": 'and raw PCM with `encoding = "s16le"`',
}


@pytest.mark.parametrize("name", WRONG_PATHS)
def test_a_wrong_path_gives_one_line(tmp_path, name):
    """What is there instead of audio is named, with what would be right."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("This is not the recording that you look for.\n")
    (tmp_path / "noise.wav").write_bytes(bytes(range(256)) * 8)
    os.mkfifo(tmp_path / "fifo")
    _, _, error = read_all(tmp_path / name)
    assert WRONG_PATHS[name] in error
    assert error.startswith(str(tmp_path / name))


def test_a_file_without_permission_says_so(tmp_path):
    """The line names the permission, also for a caller who is no administrator."""
    path = tmp_path / "secret.wav"
    write_wav(path)
    path.chmod(0)
    was = os.geteuid()
    if was == 0:
        tmp_path.chmod(0o755)
        os.seteuid(65534)
    try:
        _, _, error = read_all(path)
    finally:
        os.seteuid(was)
    assert "permission denied" in error


@pytest.mark.parametrize(
    "options", [{"path": ""}, {"encoding": "s8"}, {"encoding": "u8", "rate": 0}, {"block_ms": 0}]
)
def test_wrong_options_name_the_option(tmp_path, options):
    """Options that describe no audio are an error of the configuration, not of the file."""
    write_wav(tmp_path / "a.wav")
    with pytest.raises(ConfigurationError, match=r"inputs\.file: "):
        FileInput(FileOptions(**{"path": str(tmp_path / "a.wav"), **options})).open_stream()


def test_after_close_there_is_nothing_to_read(tmp_path):
    """A closed stream is at its end, and may be closed again."""
    write_wav(tmp_path / "a.wav")
    stream = FileInput(FileOptions(path=str(tmp_path / "a.wav"))).open_stream()
    stream.read()
    stream.close()
    stream.close()
    assert stream.read() is None

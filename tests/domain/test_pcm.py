"""Sample formats as bytes."""

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from irene import AudioChunk, AudioData
from irene.domain.pcm import FORMATS, pcm_format, read_frames

INTEGERS = {"pcm8": 8, "pcm16": 16, "pcm24": 24, "pcm32": 32}


def written(values, name, scale=1.0):
    return pcm_format(name).write(np.array(values, np.float32), scale)


@pytest.mark.parametrize("name", ["pcm8", "pcm16", "pcm24", "float32"])
@given(data=st.data())
def test_what_was_read_is_written_as_it_was(name, data):
    """Up to 24 bits, reading and writing change no bit of any sample."""
    width = pcm_format(name).width
    if name == "float32":
        values = data.draw(st.lists(st.floats(-2, 2, width=32), max_size=50))
        raw = np.array(values, "<f4").tobytes()
    else:
        raw = data.draw(st.binary(max_size=50 * width))
        raw = raw[: len(raw) // width * width]
    assert pcm_format(name).write(pcm_format(name).read(raw), 1.0) == raw


@pytest.mark.parametrize("name", INTEGERS)
@given(data=st.data())
def test_raw_samples_are_the_scaled_ones_times_a_power_of_two(name, data):
    """`read_raw` spares a pass over the samples and nothing else."""
    pcm = pcm_format(name)
    raw = data.draw(st.binary(max_size=40 * pcm.width))
    raw = raw[: len(raw) // pcm.width * pcm.width]
    np.testing.assert_array_equal(pcm.read_raw(raw), pcm.read(raw) * np.float32(pcm.raw_scale))
    assert pcm.write(pcm.read_raw(raw), pcm.raw_scale) == pcm.write(pcm.read(raw), 1.0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pcm8", [0, 64, 128, 192, 255]),
        ("pcm16", [-32768, -16384, 0, 16384, 32767]),
        ("pcm32", [-(2**31), -(2**30), 0, 2**30, 2**31 - 1]),
    ],
)
def test_full_scale_saturates_and_never_wraps(name, expected):
    """1.0 is one step more than an integer holds: it becomes the last one, as all beyond it."""
    dtype = {"pcm8": "u1", "pcm16": "<i2", "pcm32": "<i4"}[name]
    for beyond in (1.0, 1.7):
        data = written([-beyond, -0.5, 0, 0.5, beyond], name)
        assert np.frombuffer(data, dtype).tolist() == expected


def test_24_bits_are_packed_into_three_bytes():
    """Little-endian, two's complement, without padding."""
    assert written([0.0, 2.0**-23, -(2.0**-23), 1.0, -1.0], "pcm24") == bytes.fromhex(
        "000000 010000 ffffff ffff7f 000080".replace(" ", "")
    )


def test_steps_are_rounded_to_the_nearest():
    """Not cut off, which would shift the middle by half a step."""
    data = written([0.6 / 32768, -0.6 / 32768, 1.4 / 32768], "pcm16")
    assert np.frombuffer(data, "<i2").tolist() == [1, -1, 1]


@pytest.mark.parametrize("name", FORMATS)
def test_a_clip_of_every_format_becomes_a_chunk(name):
    """Stereo stays in its columns, and the level is the same in all."""
    left, right = np.full(10, 0.25), np.full(10, -0.5)
    data = written(np.stack([left, right], axis=1).reshape(-1), name)
    chunk = AudioData(data, 1.5, 8000, 2, name).to_chunk()
    assert chunk.samples.shape == (10, 2)
    assert chunk.start_s == 1.5
    scale = 32768 if chunk.samples.dtype == np.int16 else 1
    np.testing.assert_allclose(chunk.samples / scale, [[0.25, -0.5]] * 10, atol=0)


@pytest.mark.parametrize(("name", "dtype"), [("pcm16", "<i2"), ("float32", "<f4")])
def test_common_formats_are_viewed_and_not_copied(name, dtype):
    """The samples lie in the clip's own bytes, which cannot be written to."""
    data = np.arange(8).astype(dtype).tobytes()
    samples = AudioData(data, 0.0, 16000, 1, name).to_chunk().samples
    assert np.shares_memory(samples, np.frombuffer(data, np.uint8))
    assert not samples.flags.writeable


def test_a_chunk_and_its_clip_hold_the_same_samples():
    """There and back again."""
    samples = np.arange(-50, 50, dtype=np.int16).reshape(-1, 2)
    clip = AudioData.from_chunk(AudioChunk(samples, 16000, 2.0))
    np.testing.assert_array_equal(clip.to_chunk().samples, samples)


@pytest.mark.parametrize("dtype", [np.int32, np.float64, ">i2", ">f4"])
def test_samples_of_another_type_are_not_called_16_bits(dtype):
    """They would be noise."""
    with pytest.raises(ValueError, match=r"samples are .*: int16 or float32 is right"):
        AudioData.from_chunk(AudioChunk(np.zeros(8, dtype), 16_000))


def test_bytes_that_are_no_whole_frame_are_refused_with_their_format():
    """One line says what was expected."""
    with pytest.raises(ValueError, match=r"7 bytes are no whole number of 6-byte frames \(pcm24"):
        read_frames(bytes(7), "pcm24", 2)


@pytest.mark.parametrize("data", [np.zeros(8, np.uint8), memoryview(np.zeros(8, "<i2")), "abcd"])
def test_what_is_no_bytes_is_refused(data):
    """The length of an array is not that of its bytes."""
    with pytest.raises(ValueError, match="give bytes"):
        AudioData(data, 0.0, 16_000).to_chunk()


def test_an_unknown_format_is_refused_with_the_known_ones():
    """And not read as something else."""
    with pytest.raises(ValueError, match="'pcm20': use one of pcm8, pcm16, pcm24"):
        AudioData(b"", 0.0, 16000, 1, "pcm20").to_chunk()


def test_audio_without_a_channel_is_refused():
    """Zero channels are no layout."""
    with pytest.raises(ValueError, match="at least 1"):
        read_frames(b"", "pcm16", 0)


def test_a_real_24_bit_file_is_read_as_libsndfile_reads_it(data_folder):
    """An independent reader agrees on every sample."""
    path = data_folder / "formats" / "audiomentations__stereo_24bit.WAV"
    wanted, _ = soundfile.read(path, dtype="float32")
    whole, rate = soundfile.read(path, dtype="int32")
    packed = (whole >> 8).astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
    chunk = AudioData(packed, 0.0, rate, 2, "pcm24").to_chunk()
    np.testing.assert_array_equal(chunk.samples, wanted)


@pytest.mark.parametrize("metadata", [None, 3, [("of", "whom")]])
def test_metadata_that_is_none_is_refused_where_it_is_given(metadata):
    """The conversion of the clip failed of it, far from there."""
    with pytest.raises(TypeError, match=r"metadata is .*a dict, maybe an empty one, is right"):
        AudioData(b"", 0.0, 16000, metadata=metadata)

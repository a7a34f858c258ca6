"""The `wav` output: answers of a run in one file that is valid after each of them."""

from __future__ import annotations

import wave

import numpy as np
import pytest

from irene import ConfigurationError, DeviceError
from irene_plugins.outputs.wav import WavOptions, WavOutput

ANSWER = np.arange(1000, dtype=np.int16)


def say(output, samples=ANSWER, rate=16000):
    stream = output.open_stream(rate)
    for block in np.array_split(samples, 3):
        stream.write(block)
    stream.finish()


def contents(path):
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return file.getframerate(), file.getnchannels(), samples


@pytest.fixture
def output(tmp_path):
    output = WavOutput(WavOptions(path=str(tmp_path / "answer.wav")))
    yield output
    output.close()


def test_the_file_is_valid_after_every_answer(output, tmp_path):
    """A run that is killed between two answers loses none."""
    for n_answers in (1, 2, 3):
        say(output)
        rate, channels, samples = contents(tmp_path / "answer.wav")
        assert (rate, channels) == (16000, 1)
        np.testing.assert_array_equal(samples, np.tile(ANSWER, n_answers))


def test_another_sample_rate_goes_to_a_numbered_file(output, tmp_path):
    """Another voice does not change the pitch of the first."""
    say(output, rate=22050)
    say(output, rate=16000)
    say(output, rate=22050)
    rate, _, samples = contents(tmp_path / "answer.wav")
    assert (rate, len(samples)) == (22050, 2000)
    rate, _, samples = contents(tmp_path / "answer-2.wav")
    assert (rate, len(samples)) == (16000, 1000)


def test_a_new_run_replaces_the_file_of_the_last(output, tmp_path):
    """The file holds one run."""
    say(output)
    output.close()
    say(output, ANSWER[:10])
    assert len(contents(tmp_path / "answer.wav")[2]) == 10


def test_an_aborted_answer_keeps_what_was_written(output, tmp_path):
    """Writes after the abort are dropped."""
    stream = output.open_stream(16000)
    stream.write(ANSWER)
    stream.abort()
    stream.write(ANSWER)
    assert len(contents(tmp_path / "answer.wav")[2]) == 1000


def test_nothing_is_created_before_the_first_answer(output, tmp_path):
    """An old answer survives a run that says nothing."""
    output.load()
    assert not (tmp_path / "answer.wav").exists()


@pytest.mark.parametrize("path", ["missing/answer.wav", "."])
def test_a_path_that_cannot_be_written_is_a_device_error(tmp_path, path):
    """One line with path, reason and cure."""
    output = WavOutput(WavOptions(path=str(tmp_path / path)))
    with pytest.raises(DeviceError, match=r"cannot be written \(.*--output FILE.wav"):
        output.open_stream(16000)


def test_a_full_disk_is_a_device_error():
    """The answer is lost, the assistant is not."""
    output = WavOutput(WavOptions(path="/dev/full"))
    with pytest.raises(DeviceError, match="no space left on device"):
        say(output)


def test_an_empty_path_is_refused():
    """The key is named."""
    with pytest.raises(ConfigurationError, match=r"outputs\.wav: path"):
        WavOutput(WavOptions(path="")).open_stream(16000)

"""Outputs and inputs in workers: the device's process may die, and the answer goes on."""

import os
import signal
import threading
import wave

import numpy as np
import pytest
from calling_providers import CountingInput, FileOutput, LiveInput, Where
from worker_bench import SOON, is_gone, wait_until

from irene import DeviceError, ProviderFailedError
from irene.audio.input_buffer import BufferSettings
from irene.domain.audio import AudioFormat
from irene_plugins.outputs.wav import WavOptions, WavOutput

QUIET = np.arange(100, dtype=np.int16)
LOUD = np.full(100, 32000, np.int16)


@pytest.fixture
def output(bench, tmp_path):
    """An output that writes what is heard into a file."""
    return bench.isolated(FileOutput(Where(str(tmp_path))), restarts=SOON)


def heard(folder):
    """Return what was heard so far."""
    return np.frombuffer((folder / "heard").read_bytes(), np.int16).tolist()


def test_an_answer_is_heard_as_it_was_written(output, tmp_path):
    """And its end is waited for."""
    stream = output.open_stream(8000)
    stream.write(QUIET)
    stream.write(QUIET[::-1])
    stream.finish()
    assert heard(tmp_path) == [*QUIET, *QUIET[::-1]]
    assert output.live
    assert output.can_duck
    output.duck()
    assert (tmp_path / "ducked").exists()
    assert output.devices() == ()
    with pytest.raises(DeviceError, match="no such rate"):
        output.open_stream(1)


def test_an_answer_goes_on_in_the_next_process(output, tmp_path, bench):
    """The block that killed the first one is heard from the second, and nothing twice."""
    stream = output.open_stream(8000)
    for block in (QUIET, LOUD, QUIET):
        stream.write(block)
    stream.finish()
    assert heard(tmp_path) == [*QUIET, *LOUD, *QUIET]
    assert bench.names() == ["worker_died", "worker_restarted"]


def test_an_answer_that_is_aborted_while_the_next_process_opens_is_over(output, tmp_path):
    """Nothing more is heard, and the device is free for the next answer."""
    stream = output.open_stream(8000)
    stream.write(QUIET)
    opened = stream._opened

    def aborted_meanwhile():
        lease = opened()
        stream.abort()
        return lease

    stream._opened = aborted_meanwhile
    stream.write(LOUD)
    stream.write(QUIET)
    assert heard(tmp_path) == QUIET.tolist()
    following = output.open_stream(8000)
    following.write(QUIET)
    following.finish()
    assert heard(tmp_path) == [*QUIET, *QUIET]


@pytest.mark.slow
def test_a_device_that_takes_every_process_along_is_given_up(output, tmp_path):
    """What the first block kills is no accident: the next output plays it."""
    stream = output.open_stream(8000)
    with pytest.raises(ProviderFailedError, match="SIGABRT"):
        stream.write(LOUD)
    stream.abort()
    stream.write(QUIET)
    assert not (tmp_path / "heard").exists()


def test_whoever_aborts_wakes_whoever_waits_for_the_end(output, tmp_path):
    """Barge-in does not wait until everything was heard."""
    stream = output.open_stream(16000)
    stream.write(QUIET)
    waiting = threading.Thread(target=stream.finish)
    waiting.start()
    wait_until((tmp_path / "waits").exists)
    stream.abort()
    waiting.join(10)
    assert not waiting.is_alive()
    assert (tmp_path / "aborted").exists()
    stream.write(QUIET)
    assert heard(tmp_path) == QUIET.tolist()


def killed(output):
    """Kill the process of an output."""
    (pid,) = output.pool.pids
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid))


def test_the_file_of_all_answers_is_gone_on_with(bench, tmp_path):
    """Its process dies between two answers and in the middle of one, at two sample rates: every
    block is in its file once, also one that was written but not answered for."""
    path = tmp_path / "answers.wav"
    output = bench.isolated(WavOutput(WavOptions(str(path))), restarts=SOON)
    rng, said, number = np.random.default_rng(0), {8000: [], 16000: []}, 0
    for rate in (8000, 16000, 8000, 16000):
        stream = output.open_stream(rate)
        for _ in range(3):
            number += 1
            block = rng.integers(-99, 99, 50).astype(np.int16)
            if number in (2, 5):
                killed(output)
            if number == 5:
                with path.open("ab") as file:
                    file.write(b"not answered for")
            stream.write(block)
            said[rate].append(block)
        stream.finish()
        if number == 9:
            (pid,) = output.pool.pids
            killed(output)
            # that it died may be known later than it is gone; who opens before that is told
            wait_until(lambda: pid not in output.pool.pids)  # noqa: B023 - at once
    for rate, file in ((8000, path), (16000, tmp_path / "answers-2.wav")):
        with wave.open(str(file)) as answers:
            assert answers.getframerate() == rate
            heard = np.frombuffer(answers.readframes(10**6), np.int16)
        np.testing.assert_array_equal(heard, np.concatenate(said[rate]))
    output.close()


def read_all(stream):
    """Return every block up to the end, and every loss with the number of blocks before it."""
    blocks, lost = [], []
    while (block := stream.read()) is not None:
        lost += [(len(blocks), one) for one in stream.lost()]
        blocks.append(block.tolist())
    return blocks, lost


@pytest.mark.slow
def test_a_file_that_is_read_in_a_worker_is_read_once(bench, tmp_path):
    """The process dies in the middle: the next one goes on where it was, and nothing is lost."""
    source = bench.isolated(CountingInput(Where(str(tmp_path))), restarts=SOON)
    assert source.expected_format() == AudioFormat(8000)
    stream = source.open_stream()
    assert (stream.format, stream.length_s()) == (AudioFormat(8000), 0.75)
    stream.prefer_block(0.5)
    assert (tmp_path / "prefers-0.5").exists()
    blocks, lost = read_all(stream)
    assert [sample for block in blocks for sample in block] == list(range(60))
    assert lost == []
    assert not source.live
    stream.close()


def test_what_a_microphone_did_not_hear_while_it_was_away_is_counted(bench, tmp_path):
    """Audio time goes on: the loss has the length of the pause."""
    source = bench.isolated(LiveInput(Where(str(tmp_path))), restarts=SOON)
    source.buffering = BufferSettings(frames=1234)
    stream = source.open_stream()
    first = [stream.read().tolist(), stream.read().tolist()]
    assert first == [list(range(10)), list(range(10, 20))]
    after = stream.read()
    (lost,) = stream.lost()
    assert after.tolist() == list(range(10))
    assert lost.reason == "its process died"
    assert lost.n_samples > 0
    assert stream.lost() == ()
    assert source.live
    assert source.waiting_s == 0.0
    assert bench.names() == ["worker_died", "worker_restarted"]
    stream.close()


def test_a_microphone_in_a_worker_is_told_when_somebody_begins_to_listen(bench, tmp_path):
    """What its buffer lost while the assistant got ready is not lost to anybody."""
    source = bench.isolated(LiveInput(Where(str(tmp_path))))
    source.begin()
    stream = source.open_stream()
    assert not (tmp_path / "begun").exists()
    source.begin()
    assert (tmp_path / "begun").exists()
    stream.close()


def test_closing_wakes_a_reader_that_waits_in_the_worker(bench, tmp_path):
    """It gets the end of the input."""
    (tmp_path / "died").touch()
    source = bench.isolated(LiveInput(Where(str(tmp_path))))
    stream = source.open_stream()
    stream.read()
    (tmp_path / "wait").touch()
    found = []
    reader = threading.Thread(target=lambda: found.append(stream.read()))
    reader.start()
    wait_until((tmp_path / "waits").exists)
    stream.close()
    reader.join(10)
    assert found == [None]
    assert stream.read() is None

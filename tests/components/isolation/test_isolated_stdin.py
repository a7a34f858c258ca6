"""The input `stdin` in a worker: whatever becomes of its process, every sample comes once."""

import os
import signal
import sys
import threading
from contextlib import closing
from unittest.mock import patch

import numpy as np
import pytest
import soundfile
from calling_providers import MarkedInput, NumbersInput, Where
from test_standard_input import piped
from worker_bench import SOON, descriptors, wait_until

from irene import AudioFormatError, ProviderFailedError
from irene_plugins.inputs.stdin import StdinInput, StdinOptions

SLOW = pytest.mark.slow
SENT = (3000 * np.sin(np.arange(6400) / 7)).astype("<i2")
"""0.4 s"""


def packed(path, samples, rate, **kind):
    """Return a file's bytes."""
    soundfile.write(path, samples, rate, **kind)
    return path.read_bytes()


def kill(source):
    """Kill the process of an input."""
    (pid,) = source.pool.pids
    os.kill(pid, signal.SIGKILL)


def heard(source, data, every):
    """Pipe bytes in and return what is heard while the process is killed after every few blocks."""
    blocks, lost = [], []
    with piped(data), closing(source), closing(source.open_stream()) as stream:
        assert stream.format == source.expected_format()
        while (block := stream.read()) is not None:
            blocks.append(block)
            lost += stream.lost()
            if len(blocks) % every == 0:
                kill(source)
        assert stream.read() is None
    assert lost == []
    return np.concatenate(blocks)


@SLOW
@pytest.mark.parametrize("every", [1, 3])
def test_killed_after_every_few_blocks_it_is_heard_as_if_nothing_had_been(bench, every):
    """Raw samples, of a program that pipes them in; four blocks of them."""
    before = descriptors()
    source = bench.isolated(StdinInput(StdinOptions(block_ms=100)), restarts=SOON)
    np.testing.assert_array_equal(heard(source, SENT.tobytes(), every), SENT)
    wait_until(lambda: descriptors() <= before)
    assert bench.names().count("worker_died") == 4 // every


@SLOW
@pytest.mark.parametrize(
    "kind",
    [
        {"format": "WAV", "subtype": "PCM_24"},
        {"format": "FLAC", "subtype": "PCM_16"},
    ],
    ids=lambda kind: "-".join(kind.values()),
)
def test_whatever_is_piped_in_is_heard_the_same_though_its_process_is_killed(bench, tmp_path, kind):
    """With its header, which the next process does not see again; compressed; in two channels."""
    data = packed(tmp_path / "sent", np.stack([SENT, SENT[::-1]], 1), 44100, **kind)
    options = StdinOptions(block_ms=60)
    with piped(data), closing(StdinInput(options).open_stream()) as stream:
        plain = []
        while (block := stream.read()) is not None:
            plain.append(block)
    plain = np.concatenate(plain)
    source = bench.isolated(StdinInput(options), restarts=SOON)
    blocks = []
    with piped(data), closing(source.open_stream()) as stream:
        promised = stream.length_s()
        while (block := stream.read()) is not None:
            blocks.append(block)
            if len(blocks) == 2:
                kill(source)
        assert stream.length_s() == promised
    np.testing.assert_array_equal(np.concatenate(blocks), plain)
    assert "worker_died" in bench.names()


def test_killed_in_the_middle_of_a_sample_it_is_heard_whole_by_the_next_process(bench):
    """While it waits for the second half; and what is missing at the very end is told."""
    source = bench.isolated(StdinInput(StdinOptions(block_ms=100)), restarts=SOON)
    data = SENT[:4000].tobytes() + b"\x01"
    found = []
    with piped() as writer:
        writer.write(data[:4097])
        with closing(source.open_stream()) as stream:
            found.append(stream.read())
            reader = threading.Thread(target=lambda: found.append(stream.read()))
            reader.start()
            wait_until(lambda: source.standard_input.may_wait(float("inf")))
            kill(source)
            writer.write(data[4097:])
            writer.close()
            reader.join(60)
            found.append(stream.read())
            with pytest.raises(AudioFormatError, match=r"1 byte left over after 0\.25"):
                stream.read()
    np.testing.assert_array_equal(np.concatenate(found), SENT[:4000])
    assert bench.names() == ["worker_died", "worker_restarted"]


def test_a_program_that_pauses_is_waited_for(bench):
    """Longer than any call may take: nobody hangs who was given nothing to hear."""
    source = bench.isolated(StdinInput(StdinOptions(block_ms=100)), restarts=SOON)
    with piped() as writer:
        writer.write(SENT[:2100].tobytes())
        with closing(source.open_stream()) as stream:
            assert len(stream.read()) == 1600
            lane, asked, may_wait = stream._lease._lane, [], stream._lease._lane.may_wait
            stream._lease.waiting_for(lambda since_s: asked.append(may_wait(since_s)) or asked[-1])
            stream._lease.within(0.01)
            found = []
            reader = threading.Thread(target=lambda: found.append(stream.read()))
            reader.start()
            wait_until(lambda: len(asked) > 1)
            lane.limit_s = 60.0
            writer.write(SENT[2100:3200].tobytes())
            reader.join(60)
    assert all(asked)
    np.testing.assert_array_equal(found[0], SENT[1600:3200])
    assert bench.names() == []


@SLOW
@pytest.mark.parametrize("fault", ["hang", "die", "do not open"])
def test_an_input_of_a_plugin_reads_standard_input_as_it_is_used_to(bench, tmp_path, fault):
    """It says that it does, and no more; what it had read ahead comes again in the next process.

    One that hangs while there is something to be read is ended; one that dies while it opens, too,
    is followed by another one.
    """
    (tmp_path / fault).touch()
    source = bench.isolated(NumbersInput(Where(str(tmp_path))), restarts=SOON)
    heard = []
    with piped(b"".join(b"%d\n" % number for number in range(45))):
        stream = source.open_stream()
        while (block := stream.read()) is not None:
            heard += block.tolist()
            if len(heard) == 20:
                stream._lease.within(0.2) if fault == "hang" else kill(source)
        stream.close()
    assert heard == list(range(45))
    deaths = 2 if fault == "do not open" else 1
    assert bench.names() == ["worker_died", "worker_restarted"] * deaths


@SLOW
def test_an_input_that_has_a_place_now_and_then_goes_on_at_the_last_one(bench, tmp_path):
    """What it has delivered since is skipped."""
    source = bench.isolated(MarkedInput(Where(str(tmp_path))), restarts=SOON)
    heard, lines = [], b"".join(b"%d\n" % number for number in range(45))
    with piped(lines), closing(source.open_stream()) as stream:
        while (block := stream.read()) is not None:
            heard += block.tolist()
            if len(heard) == 20:
                kill(source)
    assert heard == list(range(45))
    assert (tmp_path / "went on at 20").exists()


@SLOW
def test_what_kills_every_process_is_given_up(bench, tmp_path):
    """After three of them in a row: the error tells of the last."""
    source = bench.isolated(NumbersInput(Where(str(tmp_path))), restarts=SOON)
    with piped(b"1\n" * 10 + b"die\n"), closing(source.open_stream()) as stream:
        assert stream.read().tolist() == [1] * 10
        with pytest.raises(ProviderFailedError, match="SIGABRT"):
            stream.read()
    assert bench.names().count("worker_died") == 3


@SLOW
def test_a_terminal_is_refused_in_the_same_words(bench):
    """Before a process is started, and by the process."""
    source = bench.isolated(StdinInput(StdinOptions()), restarts=SOON)
    ours, theirs = os.openpty()
    with os.fdopen(theirs) as file, patch.object(sys, "stdin", file):
        for refused in (source.expected_format, source.open_stream):
            with pytest.raises(AudioFormatError, match="standard input is no pipe; try `irene run"):
                refused()
    os.close(ours)

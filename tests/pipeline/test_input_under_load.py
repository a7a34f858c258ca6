"""A whole assistant whose microphone loses audio, or hands over more at a time."""

import numpy as np
import pytest
from test_assistant_script import SPEECH, WAKE, Stage, one

from irene import AudioFormat, InputStream, LostAudio
from irene.testing import ScriptedInput, noise, silence

COMMAND = np.concatenate([silence(0.5), SPEECH, silence(1.5)])
RATE = 16000
LOST = LostAudio(4000, "the input overflowed")


class Losing(InputStream):
    """Delivers blocks; some of them after a loss."""

    def __init__(self, steps, wishes):
        self._blocks, self._losses = [], []
        for samples, losses in steps:
            blocks = np.split(samples, range(1600, samples.size, 1600))
            self._blocks += blocks
            self._losses += [losses, *[()] * (len(blocks) - 1)]
        self._number = -1
        self._wishes = wishes

    @property
    def format(self):
        """16 kHz mono."""
        return AudioFormat(RATE)

    def read(self):
        """Return the next block."""
        self._number += 1
        return self._blocks[self._number] if self._number < len(self._blocks) else None

    def lost(self):
        """Return what is missing before the newest block."""
        return self._losses[self._number] if self._number < len(self._blocks) else ()

    def prefer_block(self, seconds):
        """Note when which block is wished for."""
        self._wishes.append((self._number, seconds))

    def close(self):
        """Hold nothing."""


def run(*steps):
    """Run an assistant; return its events, the wishes, and the recogniser's utterances."""
    stage, wishes = Stage(), []
    stage.input = type(
        "Input", (ScriptedInput,), {"open_stream": lambda self: Losing(steps, wishes)}
    )
    return stage.play(silence(0.1)), wishes


def times(events):
    """Return where wake word and speech lie in audio time."""
    wake, speech, end = (
        one(events, name) for name in ("wake_word_detected", "speech_started", "speech_ended")
    )
    return np.array([wake["time_s"], speech["start_s"], end["start_s"], end["end_s"]])


def test_what_lies_behind_a_loss_is_found_where_it_was_said():
    """A quarter of a second is missing before the wake word: all times are later by as much."""
    whole, _ = run((silence(2.0), ()), (WAKE, ()), (COMMAND, ()), (silence(2.0), ()))
    holed, _ = run((silence(2.0), ()), (WAKE, (LOST,)), (COMMAND, ()), (silence(2.0), ()))
    dropped = one(holed, "audio_dropped")
    assert (dropped["n_samples"], dropped["seconds"]) == (4000, 0.25)
    assert times(holed) - times(whole) == pytest.approx([0.25] * 4, abs=1e-6)
    assert one(holed, "transcript")["text"] == one(whole, "transcript")["text"]


def test_a_loss_between_wake_word_and_command_moves_the_command_only():
    """Each lies where it was said."""
    whole, _ = run(
        (silence(2.0), ()), (WAKE, ()), (silence(1.0), ()), (COMMAND, ()), (silence(2.0), ())
    )
    holed, _ = run(
        (silence(2.0), ()), (WAKE, ()), (silence(1.0), ()), (COMMAND, (LOST,)), (silence(2.0), ())
    )
    moved = times(holed) - times(whole)
    assert moved[0] == 0
    assert moved[1:] == pytest.approx([0.25] * 3, abs=1e-6)


def test_longer_blocks_are_wished_for_until_there_is_something_to_hear():
    """100 ms in silence, the input's own blocks from the first sound on."""
    _, wishes = run((noise(3.0, -70), ()), (WAKE, ()), (COMMAND, ()), (silence(6.0), ()))
    assert [seconds for _, seconds in wishes] == [0.1, 0.0, 0.1]
    assert wishes[1][0] == 30


def test_no_longer_blocks_are_wished_for_while_the_gate_stays_open():
    """Whoever switches the gate off wants to be heard at any time."""
    stage, wishes = Stage(), []
    stage.config["voice_trigger"]["gate_db"] = 0
    steps = ((noise(3.0, -70), ()),)
    stage.input = type(
        "Input", (ScriptedInput,), {"open_stream": lambda self: Losing(steps, wishes)}
    )
    stage.play(silence(0.1))
    assert wishes == []

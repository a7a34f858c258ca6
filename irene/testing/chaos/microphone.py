"""A microphone that hears one command after the other, each when the one before is over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

import numpy as np

from irene.domain.audio import AudioFormat, LostAudio, Samples
from irene.providers.input import Input, InputStream
from irene.testing.chaos.disturbing import Disturbance
from irene.testing.chaos.speech import spoken_number, wake_word
from irene.testing.faults.fault import PlannedFault

SAMPLE_RATE = 48000
_BLOCK = SAMPLE_RATE // 50
_MOST_SILENCE_S = 9.0
"""audio after a command in which its session ends, unless somebody is busy"""
_BREATH_S = 0.0005
"""time per block of that silence: who thinks must get on meanwhile"""
_LONG_BREATH_S = 0.01
"""time per block when that was not enough, because something hangs"""
_OVERFLOW_SHARE = 0.05
"""share of the commands before which a piece of silence is lost"""
LOSS = "more came than could be taken"


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what is heard, and what goes wrong meanwhile."""

    number: int
    """what is said"""
    faults: tuple[PlannedFault, ...]
    """what goes wrong"""
    pause_s: float
    """silence before the wake word"""
    gap_s: float
    """silence between wake word and command"""
    n_lost: int
    """samples of the pause that are lost, and told"""
    disturbances: Mapping[int, Disturbance] = field(default_factory=dict)
    """what happens meanwhile, by the block of the microphone"""

    @classmethod
    def of(
        cls,
        seed: int,
        number: int,
        faults: tuple[PlannedFault, ...] = (),
        disturbances: Mapping[int, Disturbance] | None = None,
    ) -> Command:
        """Return the command of a number: the same for the same seed."""
        random = Random(f"{seed} sound {number}")
        overflows = random.random() < _OVERFLOW_SHARE
        return cls(
            number=number,
            faults=faults,
            pause_s=random.uniform(2.5, 3.5),
            gap_s=random.uniform(0.3, 0.8),
            n_lost=random.randint(100, SAMPLE_RATE // 5) if overflows else 0,
            disturbances=disturbances or {},
        )

    def audio(self) -> Samples:
        """Return what the microphone hears."""
        parts = (
            np.zeros(round(self.pause_s * SAMPLE_RATE) - self.n_lost, np.int16),
            wake_word(SAMPLE_RATE),
            np.zeros(round(self.gap_s * SAMPLE_RATE), np.int16),
            spoken_number(self.number, SAMPLE_RATE),
            np.zeros(SAMPLE_RATE, np.int16),
        )
        return np.concatenate(parts)


class Scene:
    """What there is to hear; goes on where it was when the microphone is opened again."""

    def __init__(
        self,
        next_command: Callable[[], Command | None],
        settled: Callable[[], bool],
        patience_s: float,
        disturb: Callable[[Disturbance], None] = lambda disturbance: None,
    ) -> None:
        """Begin with the first command when it is listened to.

        Args:
            next_command: returns the next command when the one before is over; None at the end.
            settled: waits until everything that happened has been told; False when it cannot.
            patience_s: longest time that a session may take when all has been heard.
            disturb: lets something happen.
        """
        self._next_command = next_command
        self._settled = settled
        self._patience_s = patience_s
        self._disturb = disturb
        self._disturbances: Mapping[int, Disturbance] = {}
        self._changed = threading.Condition()
        self._audio: Samples = np.zeros(0, np.int16)
        self._position = 0
        self._n_lost = 0
        self._n_silent = 0
        self._begun = self._ended = 0
        self._waited_s = 0.0
        self.is_over = False
        """whether there is nothing more to hear"""
        self.is_stuck = False
        """whether a session of the present command never ended"""
        self.n_heard = 0
        """samples that were heard"""

    def session_began(self) -> None:
        """Note that the assistant listens to a command."""
        with self._changed:
            self._begun += 1

    def session_ended(self) -> None:
        """Note that a command has been dealt with."""
        with self._changed:
            self._ended += 1
            self._changed.notify_all()

    def go_on(self) -> None:
        """Leave the rest of the present command: whoever listened to it has failed."""
        with self._changed:
            self._advance()

    def read(self) -> Samples | None:
        """Return the next block; None at the end."""
        with self._changed:
            if self._position >= self._audio.shape[0] and self._is_concluded():
                self._advance()
            if self.is_over:
                return None
            disturbance = self._disturbances.get(self._position // _BLOCK)
            if disturbance is not None:
                self._disturb(disturbance)
            block = self._audio[self._position : self._position + _BLOCK]
            self._position += _BLOCK
            self.n_heard += _BLOCK
            return block if block.shape[0] == _BLOCK else np.zeros(_BLOCK, np.int16)

    def lost(self) -> Sequence[LostAudio]:
        """Return what was lost before the last block, once."""
        with self._changed:
            n_lost, self._n_lost = self._n_lost, 0
        return (LostAudio(n_lost, LOSS),) if n_lost else ()

    def _advance(self) -> None:
        command = self._next_command()
        self._position = self._n_silent = self._begun = self._ended = 0
        self._waited_s = 0.0
        self.is_stuck = False
        if command is None:
            self.is_over = True
            self._audio = np.zeros(0, np.int16)
        else:
            self._audio = command.audio()
            self._n_lost = command.n_lost
            self._disturbances = command.disturbances

    def _is_concluded(self) -> bool:
        """Whether nothing more comes of the present command; waits a little to find out."""
        if not self._audio.shape[0] or (self._ended and self._begun <= self._ended):
            return True
        if self._n_silent * _BLOCK < _MOST_SILENCE_S * SAMPLE_RATE:
            self._n_silent += 1
            self._changed.wait(_BREATH_S)
            return False
        self._changed.release()
        try:
            self._settled()
        finally:
            self._changed.acquire()
        if self._begun <= self._ended:
            return True
        self._waited_s += _LONG_BREATH_S
        self._changed.wait(_LONG_BREATH_S)
        self.is_stuck = self._waited_s > self._patience_s
        return self.is_stuck


class ChaosMicrophone(Input[None]):
    """Hears the scene."""

    name = "scene"
    live = True
    scene: ClassVar[Scene]

    def open_stream(self) -> InputStream:
        """Go on where the scene is."""
        return _MicrophoneStream(self.scene)


class _MicrophoneStream(InputStream):
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._closed = False

    @property
    def format(self) -> AudioFormat:
        return AudioFormat(SAMPLE_RATE)

    def read(self) -> Samples | None:
        return None if self._closed else self._scene.read()

    def lost(self) -> Sequence[LostAudio]:
        return self._scene.lost()

    def close(self) -> None:
        self._closed = True

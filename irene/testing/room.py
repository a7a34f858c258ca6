"""A room with a loudspeaker and a microphone that hears it, and people who speak on cue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, cast

import numpy as np
import numpy.typing as npt

from irene.audio.samples import to_float32, to_int16
from irene.domain.audio import AudioFormat, ResampleQuality, Samples
from irene.domain.kinds import Kind
from irene.errors import DeviceError
from irene.plugin.registry import ComponentRegistry
from irene.providers.input import Input, InputStream
from irene.providers.output import Output, OutputStream
from irene.providers.resampling import Resampler, ResampleStream

_BLOCK_S = 0.02
_BUFFER_S = 0.2
"""what the loudspeaker holds back: a writer waits beyond"""
_PACE_S = 0.0005
"""shortest time that a block of the microphone takes: whoever thinks must get on meanwhile"""
_PATIENCE = 10_000
"""waits of this length, after each writing, for one that is late; a real one would be heard to
stutter, and a machine with much to do lets threads wait for tenths of a second, or seconds"""
_STUCK_S = 10.0
"""real time after which a loudspeaker that nobody hears is given up"""

Cue = Callable[["Room"], bool]
"""Says whether the moment has come; asked once per block of the microphone."""


def at(time_s: float) -> Cue:
    """When the microphone has been open for so long."""
    return lambda room: room.time_s >= time_s


def speaking(seconds: float, answer: int = 1) -> Cue:
    """When so much of the answer of this number has been played."""
    return lambda room: room.n_answers == answer and room.speaking_s >= seconds


def silent(seconds: float, answers: int = 1) -> Cue:
    """When so many answers have been played, and nothing for so long since."""
    return lambda room: room.n_ended >= answers and room.silent_s >= seconds


@dataclass
class Room:
    """Joins a live input to an output: what is played is heard, later, fainter and with echoes.

    Time is counted in samples of the microphone, and passes as fast as they are read. `microphone`
    and `loudspeaker` are the provider classes, both called `room`.
    """

    echo_db: float | None = -10.0
    """level of the echo relative to what is played; None: the microphone hears nothing of it"""
    delay_s: float = 0.1
    """time from the loudspeaker to the microphone, beside what is buffered"""
    reverberation_s: float = 0.3
    """time in which the echo falls by 60 dB"""
    noise_db: float = -65.0
    """level of the room's noise, dBFS"""
    sample_rate: int = 16000
    """Hz, of the microphone"""
    script: list[tuple[Cue, Samples]] = field(default_factory=list)
    """what people say, one after the other: the cue and int16 mono samples"""
    end: Cue = field(default_factory=lambda: silent(2.0))
    """when the microphone is closed, after the script"""
    longest_s: float = 300.0
    """when the microphone is closed at the latest: a cue may never come; while somebody thinks,
    seconds pass here in tenths"""
    heard: list[Samples] = field(default_factory=list)
    """what the microphone gave"""

    def __post_init__(self) -> None:
        """Start with a silent loudspeaker."""
        self.changed = threading.Condition()
        self.n_answers = 0
        """answers that were begun"""
        self.n_ended = 0
        """answers that were played to the end, or stopped"""
        self._random = np.random.default_rng(0)
        self._queue = np.zeros(0)
        self._open = False
        self._patience = 0
        self._n_read = self._n_silent = self._n_speaking = 0
        self._coming = np.zeros(round(self.delay_s * self.sample_rate))
        self._said = np.zeros(0)
        self._cues = list(self.script)

    @property
    def time_s(self) -> float:
        """How long the microphone has been open."""
        return self._n_read / self.sample_rate

    @property
    def speaking_s(self) -> float:
        """How much of the present answer has been played."""
        return self._n_speaking / self.sample_rate

    @property
    def silent_s(self) -> float:
        """How long nothing has been played."""
        return self._n_silent / self.sample_rate

    @cached_property
    def microphone(self) -> type[Input[Any]]:
        """The input."""
        return type("RoomMicrophone", (_Microphone,), {"room": self})

    @cached_property
    def loudspeaker(self) -> type[Output[Any]]:
        """The output."""
        return type("RoomLoudspeaker", (_Loudspeaker,), {"room": self})

    @cached_property
    def _impulse(self) -> npt.NDArray[np.float64]:
        """The room's response: the direct sound, and noise that falls by 60 dB."""
        n = max(1, round(self.reverberation_s * self.sample_rate))
        tail = self._random.standard_normal(n) * 10 ** (-3 * np.arange(n) / n)
        tail[0] = 0.0
        tail *= 0.7 / max(1e-9, float(np.sqrt(np.sum(tail**2))))
        tail[0] = 0.7
        return tail * 10 ** ((self.echo_db or 0.0) / 20)

    def begin_answer(self) -> None:
        """The loudspeaker is opened."""
        with self.changed:
            self.n_answers += 1
            self._n_speaking = 0
            self._open, self._patience = True, _PATIENCE

    def end_answer(self, drop: bool) -> None:
        """The loudspeaker is closed; what it holds is played, or dropped."""
        with self.changed:
            if not self._open:
                return
            self._patience = 0  # nothing comes any more
            if drop:
                self._queue = np.zeros(0)
            self._wait_until(lambda: not self._queue.shape[0])
            self._open = False
            self.n_ended += 1
            self.changed.notify_all()

    def play(self, samples: Samples) -> None:
        """Put samples into the loudspeaker; block while it is full."""
        with self.changed:
            self._queue = np.concatenate((self._queue, to_float32(samples)))
            self._patience = _PATIENCE
            self.changed.notify_all()
            room = _BUFFER_S * self.sample_rate
            self._wait_until(lambda: self._queue.shape[0] <= room or not self._open)

    def hear(self) -> Samples | None:
        """Return the microphone's next 20 ms; None when everything is over."""
        with self.changed:
            self._wait_for_writer()
            if self._is_over():
                return None
            n = round(_BLOCK_S * self.sample_rate)
            heard = self._echo(self._pop(n)) + self._voices(n)
            heard += self._random.standard_normal(n) * 10 ** (self.noise_db / 20)
            self._n_read += n
            self.heard.append(to_int16(heard.astype(np.float32)))
            self.changed.notify_all()
            return self.heard[-1]

    def _is_over(self) -> bool:
        said = not self._cues and not self._said.shape[0]
        return (said and self.end(self)) or self.time_s >= self.longest_s

    def _wait_for_writer(self) -> None:
        self.changed.wait(_PACE_S)
        wanted = _BLOCK_S * self.sample_rate
        while self._open and self._patience and self._queue.shape[0] < wanted:
            self._patience -= 1
            self.changed.wait(_PACE_S)

    def _wait_until(self, done: Callable[[], bool]) -> None:
        if not self.changed.wait_for(done, _STUCK_S):
            raise DeviceError("nobody listens to the room any more")

    def _pop(self, n: int) -> npt.NDArray[np.float64]:
        """Play the next samples."""
        piece, self._queue = self._queue[:n], self._queue[n:]
        self._n_speaking += piece.shape[0]
        self._n_silent = 0 if piece.shape[0] else self._n_silent + n
        return np.pad(piece, (0, n - piece.shape[0]))

    def _echo(self, played: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return what arrives now of what was played before."""
        n = played.shape[0]
        if self.echo_db is None:
            return np.zeros(n)
        late = round(self.delay_s * self.sample_rate)
        echo = np.convolve(played, self._impulse)
        length = max(self._coming.shape[0], late + echo.shape[0])
        coming = np.pad(self._coming, (0, length - self._coming.shape[0]))
        coming[late : late + echo.shape[0]] += echo
        self._coming = coming[n:]
        return coming[:n]

    def _voices(self, n: int) -> npt.NDArray[np.float64]:
        """Return what people say now."""
        if not self._said.shape[0] and self._cues and self._cues[0][0](self):
            self._said = to_float32(self._cues.pop(0)[1]).astype(np.float64)
        piece, self._said = self._said[:n], self._said[n:]
        return np.pad(piece, (0, n - piece.shape[0]))


class _Microphone(Input[None]):
    name = "room"
    live = True
    room: ClassVar[Room]

    def open_stream(self) -> InputStream:
        return _Ear(self.room)


class _Ear(InputStream):
    def __init__(self, room: Room) -> None:
        self._room = room
        self._closed = False

    @property
    def format(self) -> AudioFormat:
        return AudioFormat(self._room.sample_rate)

    def read(self) -> Samples | None:
        return None if self._closed else self._room.hear()

    def close(self) -> None:
        self._closed = True


class _Loudspeaker(Output[None]):
    name = "room"
    live = True
    room: ClassVar[Room]

    def open_stream(self, sample_rate: int) -> OutputStream:
        converter = None
        if sample_rate != self.room.sample_rate:
            registry = ComponentRegistry.installed()
            resampler = cast("Resampler[Any]", registry.create(Kind.RESAMPLING, "soxr"))
            resampler.load()
            quality = ResampleQuality.HQ
            converter = resampler.open_stream(sample_rate, self.room.sample_rate, 1, quality)
        self.room.begin_answer()
        return _Mouth(self.room, converter)


class _Mouth(OutputStream):
    def __init__(self, room: Room, converter: ResampleStream | None) -> None:
        self._room = room
        self._converter = converter

    def write(self, samples: Samples) -> None:
        if self._converter is not None:
            samples = self._converter.process(to_float32(samples))
        self._room.play(samples)

    def finish(self) -> None:
        self._room.end_answer(drop=False)

    def abort(self) -> None:
        self._room.end_answer(drop=True)

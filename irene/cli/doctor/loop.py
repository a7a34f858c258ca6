"""Playing a sweep on the loudspeaker while the microphone records."""

from __future__ import annotations

import threading
from concurrent.futures import Future, TimeoutError
from typing import Any

import numpy as np

from irene.audio.acoustic_loop import Floats, LoopReport, examine, sweep
from irene.audio.samples import to_float32, to_int16, to_mono
from irene.components.threads import start_daemon
from irene.errors import DeviceError
from irene.providers.border import ForeignCode
from irene.providers.input import Input, InputStream
from irene.providers.output import Output

_BEFORE_S, _AFTER_S = 0.5, 1.0
"""heard before the sweep is played, and after it has been"""
_PATIENCE_S = 10.0
_SIMULATED_RATE = 16000
_SIMULATED_DELAY_S, _SIMULATED_GAIN, _SIMULATED_NOISE = 0.08, 0.05, 0.0005


class _Recording:
    """What an input delivers, collected on a thread of its own."""

    def __init__(self, stream: InputStream) -> None:
        self._stream = stream
        self._blocks: list[Floats] = []
        self._is_over = False
        self._changed = threading.Condition()
        self._thread: Future[None] = start_daemon("doctor", self._read)

    @property
    def n_samples(self) -> int:
        """How many there are."""
        with self._changed:
            return sum(map(len, self._blocks))

    def wait_for(self, n_samples: int) -> None:
        """Block until there are as many.

        Raises:
            DeviceError: the microphone brings nothing any more.
        """
        with self._changed:
            has_come = self._changed.wait_for(
                lambda: self._is_over or sum(map(len, self._blocks)) >= n_samples, _PATIENCE_S
            )
        if self._is_over:
            self._thread.result()
        if not has_come or self._is_over:
            raise DeviceError("the microphone brings no sound; see `irene devices`")

    def end(self) -> Floats:
        """Return everything, shape (n,)."""
        self._stream.close()
        with self._changed:
            return np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.float32)

    def _read(self) -> None:
        try:
            with ForeignCode():
                while (samples := self._stream.read()) is not None:
                    with self._changed:
                        self._blocks.append(to_float32(to_mono(samples)))
                        self._changed.notify_all()
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()


def play_and_record(microphone: Input[Any], loudspeaker: Output[Any]) -> LoopReport:
    """Return what a loaded input hears of a loaded output; takes about two seconds.

    Raises:
        DeviceError: one of them does not work.
    """
    with ForeignCode():
        stream = microphone.open_stream()
    rate = stream.format.sample_rate
    played = sweep(rate)
    recording = _Recording(stream)
    try:
        recording.wait_for(round(_BEFORE_S * rate))
        played_at = recording.n_samples
        _play(loudspeaker, played, rate)
        at_least = max(recording.n_samples, played_at + len(played))
        recording.wait_for(at_least + round(_AFTER_S * rate))
    finally:
        heard = recording.end()
    return examine(heard, played, rate, played_at)


def _play(loudspeaker: Output[Any], played: Floats, rate: int) -> None:
    with ForeignCode():
        stream = loudspeaker.open_stream(rate)

    def play() -> None:
        with ForeignCode():
            stream.write(to_int16(played))
            stream.finish()

    try:
        start_daemon("doctor", play).result(_PATIENCE_S)
    except TimeoutError:
        raise DeviceError("the loudspeaker takes no sound; see `irene devices`") from None
    except BaseException:
        stream.abort()
        raise


def simulated() -> LoopReport:
    """Return what is found of a sweep in a calculated room: known delay, level and noise."""
    rate, played = _SIMULATED_RATE, sweep(_SIMULATED_RATE)
    played_at = round(_BEFORE_S * rate)
    room = np.random.default_rng(1)
    noise = room.normal(0.0, _SIMULATED_NOISE, played_at + len(played) + round(_AFTER_S * rate))
    heard = noise.astype(np.float32)
    begin = played_at + round(_SIMULATED_DELAY_S * rate)
    heard[begin : begin + len(played)] += _SIMULATED_GAIN * played
    return examine(heard, played, rate, played_at)

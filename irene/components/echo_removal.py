"""Taking the assistant's voice out of one microphone, frame by frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from irene.audio.comfort_noise import ComfortNoise
from irene.audio.echo_gate import FRAME_S, EchoGate
from irene.audio.played import PlayedSound
from irene.audio.samples import to_int16, to_mono
from irene.components.chain import ProviderChain
from irene.domain.audio import AudioChunk, Samples
from irene.errors import IreneError
from irene.providers.border import ForeignCode
from irene.providers.echo_cancellation import EchoCanceller, EchoCancellerStream
from irene.providers.results import as_long, int16_block

_TAIL_S = 0.6
"""time after the last sample that was written in which it may still be heard: what output and input
hold back, and the room"""

T = TypeVar("T")


class Cancelling:
    """The serving canceller on one microphone; when it fails, the echo is left to the gate."""

    def __init__(self, chain: ProviderChain[EchoCanceller[Any]], sample_rate: int) -> None:
        self._chain = chain
        self._serving = chain.current
        self._stream: EchoCancellerStream | None = None
        self._stream = self._ask(lambda: self._serving.provider.open_stream(sample_rate))

    def process(self, captured: Samples, played: Samples) -> Samples:
        """Return what was captured without what was played."""
        stream = self._stream
        if stream is None:
            return captured
        n_samples = captured.shape[0]
        left = self._ask(lambda: as_long(int16_block(stream.process(captured, played)), n_samples))
        return captured if left is None else left

    def close(self) -> None:
        """Free the engine's stream."""
        stream, self._stream = self._stream, None
        if stream is not None:
            self._ask(stream.close)

    def _ask(self, work: Callable[[], T]) -> T | None:
        try:
            with ForeignCode():
                return work()
        except IreneError as error:
            self._stream = None
            self._chain.failed(self._serving.name, error)
            return None


class EchoRemoval:
    """One microphone that hears one loudspeaker; used by the capture thread.

    What is taken out is replaced by noise of the room's level, so that whatever listens finds the
    assistant's voice to be a pause.
    """

    def __init__(self, played: PlayedSound, mute: bool, cancelling: Cancelling | None) -> None:
        self.played = played
        """what the loudspeaker is given"""
        self._mute = mute
        self._cancelling = cancelling
        self._gate = EchoGate()
        self._noise = ComfortNoise()
        self._frame = round(FRAME_S * played.sample_rate)
        self._rest: Samples = np.zeros(0, np.int16)
        self._tail = 0
        self._n_played = 0
        self._before: AudioChunk | None = None

    def clean(self, chunk: AudioChunk) -> AudioChunk:
        """Return the chunk without the assistant's voice, in mono, but for up to 10 ms that wait.

        While nothing is played, the chunk is returned as it is.
        """
        before, self._before = self._before, chunk
        if self.played.written != self._n_played:
            self._follow(self.played.written)
        if not self._tail:
            if self._rest.shape[0]:
                return self._with_rest(chunk)
            self._noise.learn(chunk.samples, self._frame)
            return chunk
        if before is not None:
            lost = round((chunk.start_s - before.end_s) * chunk.sample_rate)
            if lost > 0:
                self.played.read(lost)  # its echo was lost, too
        whole = self._with_rest(chunk)
        n_whole = whole.n_samples // self._frame * self._frame
        self._rest = whole.samples[n_whole:]
        cleaned = [self._clean(frame) for frame in whole.samples[:n_whole].reshape(-1, self._frame)]
        samples = np.concatenate(cleaned) if cleaned else whole.samples[:0]
        return AudioChunk(samples, chunk.sample_rate, whole.start_s)

    def _follow(self, written: int) -> None:
        """Note whether anything of so many samples may still be heard."""
        if self.played.waiting:
            self._tail = round(_TAIL_S / FRAME_S)
        elif not self._tail:
            self._n_played = written  # all of it: nothing is to be done before there is more

    def close(self) -> None:
        """Free the canceller."""
        if self._cancelling is not None:
            self._cancelling.close()

    def _with_rest(self, chunk: AudioChunk) -> AudioChunk:
        """Return the chunk in mono int16, with what was left over before it."""
        rest, self._rest = self._rest, self._rest[:0]
        start_s = chunk.start_s - rest.shape[0] / chunk.sample_rate
        mono = to_int16(to_mono(chunk.samples))
        return AudioChunk(np.concatenate((rest, mono)), chunk.sample_rate, start_s)

    def _clean(self, captured: Samples) -> Samples:
        if not self.played.waiting:
            self._tail = max(0, self._tail - 1)
        played = self.played.read(self._frame)
        if self._mute:
            return self._noise.take(self._frame)
        left = captured
        if self._cancelling is not None:
            left = self._cancelling.process(captured, played)
        is_person = self._gate.feed(left, played, self._noise.level)
        return left if is_person else self._noise.take(self._frame)

"""The arithmetic of listening without a framework: what no program in Python can do without."""

from __future__ import annotations

import numpy as np

from irene.domain.audio import ResampleQuality, Samples
from irene.providers.resampling import Resampler, ResampleStream

_WINDOW, _WAKE_WINDOW = 512, 1280
"""samples of 16 kHz that a VAD and a wake-word engine want"""
_KEEP = 24000
"""samples that are kept for a pre-roll"""
_TO_REAL = np.array(1 / 32768, np.float32)


class BareListening:
    """One loop over blocks of 48 kHz: join, convert, round, keep, cut windows; nobody is asked.

    It makes the same samples as the assistant does, in pieces as long, and knows everything that
    the assistant has to find out: rates, window lengths, who listens, that nothing fails or is
    lost, and that nothing is ever too loud.
    """

    def __init__(self, resampler: Resampler[object]) -> None:
        self._stream: ResampleStream = resampler.open_stream(48000, 16000, 1, ResampleQuality.HQ)
        self._joined = np.zeros(9600, np.int16)
        self._steps = np.zeros(9600, np.float32)
        self._history = np.zeros(_KEEP + _KEEP // 2, np.int16)
        self._real = np.zeros(_WINDOW, np.float32)
        self._n_joined = self._filled = self._next = self._next_wake = 0
        self._wanted = self._stream.wanted

    def hear(self, blocks: list[Samples]) -> None:
        """Do to all blocks what listening takes."""
        n_joined, stream, joined = self._n_joined, self._stream, self._joined
        for block in blocks:
            joined[n_joined : n_joined + len(block)] = block
            n_joined += len(block)
            if n_joined < self._wanted:
                continue
            steps = self._steps[:n_joined]
            steps[...] = joined[:n_joined]
            n_joined = 0
            self._keep(stream.process(steps))
            self._cut()
            # The wake word's window is the longest; what it still lacks comes in bursts.
            n_lacking = self._next_wake + _WAKE_WINDOW - self._filled
            n_bursts = -(-n_lacking * 3 // stream.distance)
            self._wanted = stream.wanted + (n_bursts - 1) * stream.distance
        self._n_joined = n_joined

    def _keep(self, ready: Samples) -> None:
        first = self._filled
        if first + len(ready) > len(self._history):
            self._history[:_KEEP] = self._history[first - _KEEP : first]
            self._next -= first - _KEEP
            self._next_wake -= first - _KEEP
            first = _KEEP
        self._filled = first + len(ready)
        self._history[first : self._filled] = np.rint(ready, ready)

    def _cut(self) -> None:
        filled, history, real = self._filled, self._history, self._real
        while self._next + _WINDOW <= filled:
            real[...] = history[self._next : self._next + _WINDOW]
            np.multiply(real, _TO_REAL, real)
            self._next += _WINDOW
        while self._next_wake + _WAKE_WINDOW <= filled:
            history[self._next_wake : self._next_wake + _WAKE_WINDOW]
            self._next_wake += _WAKE_WINDOW

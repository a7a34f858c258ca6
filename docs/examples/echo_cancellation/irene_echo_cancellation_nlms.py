"""An echo canceller: a frequency-domain adaptive filter.

J.-S. Soo and K. K. Pang, "Multidelay block frequency domain adaptive filter", IEEE Transactions on
Acoustics, Speech, and Signal Processing 38, 1990.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from irene import EchoCanceller, EchoCancellerStream, Samples, hookimpl

_BLOCK_MS = 10
_FULL_SCALE = 32768.0


@dataclass(frozen=True)
class NlmsOptions:
    """The `[echo_cancellation.providers.nlms]` table."""

    echo_ms: int = field(default=300, metadata={"range": (10, 1000)})
    """longest echo that is learnt, its delay included"""
    step: float = field(default=0.4, metadata={"range": (0.01, 1.0)})
    """how fast it learns; slower hears better while people speak"""


class NlmsCanceller(EchoCanceller[NlmsOptions]):
    """Learns how the room sounds, and takes what it expects to hear out of the microphone."""

    name = "nlms"
    summary = "adaptive filter in numpy"
    Options = NlmsOptions

    def open_stream(self, sample_rate: int) -> EchoCancellerStream:
        """Start on a microphone of this rate (Hz)."""
        n_blocks = max(1, self.options.echo_ms // _BLOCK_MS)
        return NlmsStream(sample_rate * _BLOCK_MS // 1000, n_blocks, self.options.step)


class NlmsStream(EchoCancellerStream):
    """What one microphone has learnt of its room: a filter for each block of the echo."""

    def __init__(self, block: int, n_blocks: int, step: float) -> None:
        self._block = block
        self._step = step
        self._before = np.zeros(block)
        self._played = np.zeros((n_blocks, block + 1), np.complex128)
        self._filters = np.zeros((n_blocks, block + 1), np.complex128)

    def process(self, captured: Samples, played: Samples) -> Samples:
        """Return 10 ms of what was captured without its echo."""
        now = played / _FULL_SCALE
        self._played = np.roll(self._played, 1, axis=0)
        self._played[0] = np.fft.rfft(np.concatenate([self._before, now]))
        self._before = now
        spectrum = np.sum(self._filters * self._played, axis=0)
        echo = np.fft.irfft(spectrum, 2 * self._block)[self._block :]
        left = captured / _FULL_SCALE - echo
        self._learn(left)
        return np.clip(np.rint(left * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)

    def _learn(self, left: Samples) -> None:
        """Change the filters so that less would have been left of the echo."""
        error = np.fft.rfft(np.concatenate([np.zeros(self._block), left]))
        power = np.sum(np.abs(self._played) ** 2, axis=0) + 1e-3 * len(self._played)
        change = np.fft.irfft(np.conj(self._played) * error / power, 2 * self._block, axis=1)
        change[:, self._block :] = 0.0  # what the block convolution would wrap around
        self._filters += self._step * np.fft.rfft(change, axis=1)


@hookimpl
def irene_echo_cancellers() -> list[type[NlmsCanceller]]:
    """Offer the canceller."""
    return [NlmsCanceller]

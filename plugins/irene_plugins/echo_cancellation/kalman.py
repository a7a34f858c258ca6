"""The `kalman` echo canceller: a linear adaptive filter in the frequency domain, in numpy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from irene import (
    EchoCanceller,
    EchoCancellerCapabilities,
    EchoCancellerStream,
    Samples,
    hookimpl,
)

_BLOCK_S = 0.01
_SCALE = np.float32(1.0 / 32768.0)
_STAY = 0.995**2
"""how much of the room's power response is the same a block later. Nearer to 1 removes more where
nothing moves (30 dB with 0.9995, 24 so), and loses loudspeakers whose clock is not the
microphone's (6 dB and 12 at 50 ppm)"""
_FIRST_DOUBT = 0.01
"""variance of each bin of each part before anything is known: enough for an echo as loud as what is
played. A hundred times as much learns no faster, and takes a person for an echo where there is none
"""
_NOISE_SHARE = 0.2
"""share of a new block in the spectrum of everything that is not echo"""
_CONSTRAINED = 2
"""parts per block whose response is cut to its length: all of them in turn"""
_LEVEL_SHARE = 0.02
"""share of a new block in the levels before and after, which are compared"""
_HARM = 2.0
"""power after, relative to before, at which the filter does harm"""
_TINY = 1e-9

Spectra = npt.NDArray[np.complex64]
Powers = npt.NDArray[np.float32]


@dataclass(frozen=True)
class KalmanOptions:
    """How far the echo reaches."""

    reach_ms: int = 500
    """longest time from a sound being written to the output to its last echo, ms: what output and
    input hold back, and the room; work grows with it"""

    def __post_init__(self) -> None:
        """Refuse a filter without length, and one that would take long to learn.

        Raises:
            ValueError: the value is out of its range.
        """
        if not 20 <= self.reach_ms <= 2000:
            raise ValueError(f"reach_ms is {self.reach_ms}; it lies between 20 and 2000")


class KalmanStream(EchoCancellerStream):
    """The impulse response of one room, in parts of a block each, learnt from what is played.

    This is the partitioned-block frequency-domain Kalman filter of Kuech, Mabande and Enzner,
    "State-Space Architecture of the Partitioned-Block-Based Acoustic Echo Controller" (ICASSP
    2014), after Enzner and Vary, "Frequency-Domain Adaptive Kalman Filter for Acoustic Echo Control
    in Hands-Free Telephones" (Signal Processing 86, 2006). Each bin of each part knows how
    uncertain it is, and learns in proportion to how much of what is left the uncertainty explains.
    A person who speaks adds to what is left and to no uncertainty, so the filter holds still
    without any detector of double talk.

    What is left is not suppressed any further: wake words are heard better through some echo than
    through the gaps that a suppressor cuts.
    """

    def __init__(self, block: int, parts: int) -> None:
        bins = block + 1
        self._block = block
        self._played = np.zeros(2 * block, np.float32)
        self._spectra: Spectra = np.zeros((parts, bins), np.complex64)
        self._filter: Spectra = np.zeros((parts, bins), np.complex64)
        self._doubt: Powers = np.full((parts, bins), _FIRST_DOUBT, np.float32)
        self._others: Powers = np.zeros(bins, np.float32)
        self._before = self._after = 0.0
        self._turn = 0

    def process(self, captured: Samples, played: Samples) -> Samples:
        """Return what the filter cannot explain of the captured block."""
        n = self._block
        heard = captured.astype(np.float32) * _SCALE
        self._take(played)
        echo = np.fft.irfft(np.einsum("ij,ij->j", self._filter, self._spectra), 2 * n)[n:]
        left = heard - echo.astype(np.float32)
        if self._is_harmful(heard, left):
            self._forget()
            left = heard
        self._learn(left)
        samples: Samples = np.clip(np.rint(left / _SCALE), -32768, 32767).astype(np.int16)
        return samples

    def _take(self, played: Samples) -> None:
        """Add a block of what is played: the last two blocks are transformed together."""
        n = self._block
        self._played[:n] = self._played[n:]
        self._played[n:] = played * _SCALE
        self._spectra[1:] = self._spectra[:-1].copy()
        self._spectra[0] = np.fft.rfft(self._played)

    def _learn(self, left: npt.NDArray[np.float32]) -> None:
        """Correct filter and doubt by what is left (equations 15 to 19 of the 2014 paper)."""
        n = self._block
        rest = np.fft.rfft(np.concatenate((np.zeros(n, np.float32), left))).astype(np.complex64)
        self._others += _NOISE_SHARE * (_power(rest) - self._others)
        powers = _power(self._spectra)
        expected = np.einsum("ij,ij->j", self._doubt, powers) + 2 * self._others + _TINY
        gain = self._doubt / expected
        self._filter += gain * self._spectra.conj() * rest
        self._doubt *= _STAY * (1 - 0.5 * gain * powers)
        self._doubt += (1 - _STAY) * _power(self._filter)
        for _ in range(_CONSTRAINED):
            self._constrain()

    def _constrain(self) -> None:
        """Keep the next part's response within its block."""
        response = np.fft.irfft(self._filter[self._turn], 2 * self._block)
        response[self._block :] = 0.0
        self._filter[self._turn] = np.fft.rfft(response)
        self._turn = (self._turn + 1) % self._filter.shape[0]

    def _is_harmful(self, heard: npt.NDArray[np.float32], left: npt.NDArray[np.float32]) -> bool:
        """Return whether the filter has made the sound louder over the last half second."""
        self._before += _LEVEL_SHARE * (float(np.dot(heard, heard)) - self._before)
        self._after += _LEVEL_SHARE * (float(np.dot(left, left)) - self._after)
        return self._after > _HARM * self._before + _TINY

    def _forget(self) -> None:
        """Start again: the room is another one."""
        self._filter[:] = 0.0
        self._doubt[:] = _FIRST_DOUBT
        self._before = self._after = 0.0


class KalmanCanceller(EchoCanceller[KalmanOptions]):
    """Subtracts the echo and leaves everybody else as they are; needs no package."""

    name = "kalman"
    summary = "adaptive filter, 15 ms of CPU per second that it speaks; no package needed"
    Options = KalmanOptions

    capabilities = EchoCancellerCapabilities()

    def open_stream(self, sample_rate: int) -> KalmanStream:
        """Start on a microphone of any rate; work grows with it."""
        block = round(_BLOCK_S * sample_rate)
        return KalmanStream(block, max(1, round(self.options.reach_ms / 1000 / _BLOCK_S)))


def _power(spectra: Spectra) -> Powers:
    powers: Powers = np.square(spectra.real) + np.square(spectra.imag)
    return powers


@hookimpl
def irene_echo_cancellers() -> list[type[KalmanCanceller]]:
    """Offer the adaptive filter."""
    return [KalmanCanceller]

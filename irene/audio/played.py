"""What the loudspeaker is given, read back in step with the microphone."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
import numpy.typing as npt

from irene.audio.samples import to_float32, to_int16
from irene.audio.streams import OpenConverter, RateConverter
from irene.domain.audio import ResampleQuality, Samples

_LONGEST_S = 5.0
"""how much may wait: more than outputs hold back, so that only a line that nobody reads is full"""


class PlayedSound:
    """A line from the output to the input; written by one thread, read by another.

    Nothing is stamped: an output that plays takes samples at the pace at which it plays them, and
    the microphone gives as many in the same time. So what is read with a block of the microphone
    lies a constant time before its echo: what output and input hold back, and the way through the
    room. When nothing is left to read, nothing is being played.

    While nobody reads, because the microphone is gone, no more than 5 s are kept; who reads again
    after more than that begins with what is written from then on, in step again.
    """

    def __init__(self, sample_rate: int, open_converter: OpenConverter) -> None:
        """`sample_rate` is the microphone's."""
        self.sample_rate = sample_rate
        """Hz"""
        self._open_converter = open_converter
        self._lock = threading.Lock()
        self._blocks: deque[npt.NDArray[np.int16]] = deque()
        self._taken = 0
        self._waiting = 0
        self._is_late = False
        self._longest = round(_LONGEST_S * sample_rate)

    @property
    def waiting(self) -> int:
        """Samples that have been written and not been read yet."""
        return self._waiting

    def begin(self, sample_rate: int) -> PlayedAnswer:
        """Return where to write an answer of this rate (Hz)."""
        return PlayedAnswer(self, sample_rate)

    def converter(self, sample_rate: int) -> RateConverter | None:
        """Return what converts an answer to the microphone's rate; None when nothing has to."""
        if sample_rate == self.sample_rate:
            return None
        return self._open_converter(sample_rate, self.sample_rate, ResampleQuality.MQ)

    def write(self, samples: Samples) -> None:
        """Append mono samples at the microphone's rate."""
        with self._lock:
            self._blocks.append(to_int16(samples).copy())
            self._waiting += samples.shape[0]
            while self._waiting > self._longest:
                self._is_late = True
                self._take(self._waiting - self._longest)

    def drop(self) -> None:
        """Forget what has not been read: the output was told to stop."""
        with self._lock:
            self._clear()

    def read(self, n_samples: int) -> npt.NDArray[np.int16]:
        """Return int16 samples, shape (n_samples,); silence where nothing was written."""
        played = np.zeros(n_samples, np.int16)
        done = 0
        with self._lock:
            if self._is_late:
                self._clear()
            while self._blocks and done < n_samples:
                piece = self._take(n_samples - done)
                played[done : done + piece.shape[0]] = piece
                done += piece.shape[0]
        return played

    def _clear(self) -> None:
        self._blocks.clear()
        self._taken = self._waiting = 0
        self._is_late = False

    def _take(self, n_samples: int) -> npt.NDArray[np.int16]:
        """Take up to so many samples out of the oldest block; the lock is held."""
        piece = self._blocks[0][self._taken : self._taken + n_samples]
        self._taken += piece.shape[0]
        self._waiting -= piece.shape[0]
        if self._taken == self._blocks[0].shape[0]:
            self._blocks.popleft()
            self._taken = 0
        return piece


class PlayedAnswer:
    """One answer on its way into the line, converted on the way."""

    def __init__(self, line: PlayedSound, sample_rate: int) -> None:
        self._line = line
        self._converter = line.converter(sample_rate)

    def write(self, samples: Samples) -> None:
        """Append int16 mono samples at the answer's rate."""
        if self._converter is not None:
            samples = self._converter.process(to_float32(samples))
        self._line.write(samples)

    def finish(self) -> None:
        """Append what the converter holds back."""
        converter, self._converter = self._converter, None
        if converter is not None:
            self._line.write(converter.flush())

    def abort(self) -> None:
        """Take back what has not been played."""
        self._converter = None
        self._line.drop()

"""What the loudspeaker is given, read back in step with the microphone."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from irene.audio.ring_buffer import RingBuffer
from irene.audio.samples import INT16_SCALE, to_int16, to_steps
from irene.audio.streams import OpenConverter, RateConverter
from irene.domain.audio import ResampleQuality, Samples

_FULL_SCALE = np.float32(INT16_SCALE)
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
        self._ring = RingBuffer(round(_LONGEST_S * sample_rate))
        self._writing = threading.Lock()  # among writers: an answer may begin while one is stopped
        self._forgotten = 0
        self.written = 0
        """samples that were ever written"""

    @property
    def waiting(self) -> int:
        """Samples that have been written and not been read yet."""
        ring = self._ring
        return max(0, ring.total - max(ring.start, self._forgotten))

    def begin(self, sample_rate: int) -> PlayedAnswer:
        """Return where to write an answer of this rate (Hz)."""
        return PlayedAnswer(self, sample_rate)

    def converter(self, sample_rate: int) -> RateConverter | None:
        """Return what converts an answer to the microphone's rate; None when nothing has to."""
        if sample_rate == self.sample_rate:
            return None
        return self._open_converter(sample_rate, self.sample_rate, ResampleQuality.MQ)

    def write(self, samples: Samples) -> int:
        """Append mono samples at the microphone's rate; return how many were ever written."""
        with self._writing:
            self._ring.append(to_int16(samples))
            self.written = written = self._ring.total
        return written

    def drop(self, written: int | None = None) -> None:
        """Forget what has not been read: the output was told to stop.

        With the answer of `write`, what came after that stays.
        """
        with self._writing:
            end = self._ring.total if written is None else written
            self._forgotten = max(self._forgotten, end)

    def read(self, n_samples: int, dropped: bool = False) -> npt.NDArray[np.int16]:
        """Return int16 samples, shape (n_samples,); silence where nothing was written.

        Also `dropped` ones, if they are wanted: until it was stopped, an output has played.
        """
        ring = self._ring
        wanted = ring.position if dropped else max(ring.position, self._forgotten)
        ring.discard(wanted - ring.start)
        taken = ring.consume(n_samples)
        played = np.zeros(n_samples, np.int16)
        if ring.position == wanted + taken.shape[0]:
            played[: taken.shape[0]] = taken
        else:  # samples were lost: the reader was away, and what is left was played to nobody
            ring.clear()
        return played


class PlayedAnswer:
    """One answer on its way into the line, converted on the way.

    Written by one thread and aborted by any, at any moment; what is written after that was not
    played, and does not get into the line.
    """

    def __init__(self, line: PlayedSound, sample_rate: int) -> None:
        self._line = line
        self._converter = line.converter(sample_rate)
        self._ending = threading.Lock()
        self._is_over = False
        self._end = 0

    def write(self, samples: Samples) -> None:
        """Append int16 mono samples at the answer's rate."""
        if self._converter is not None:
            samples = self._converter.process(to_steps(samples)) / _FULL_SCALE
        self._pass_on(samples)

    def finish(self) -> None:
        """Append what the converter holds back."""
        converter, self._converter = self._converter, None
        if converter is not None:
            self._pass_on(converter.flush() / _FULL_SCALE)

    def abort(self) -> None:
        """Take back what has not been played; an answer that has begun meanwhile stays."""
        with self._ending:
            self._is_over = True
        self._line.drop(self._end)

    def _pass_on(self, samples: Samples) -> None:
        with self._ending:
            if not self._is_over:
                self._end = self._line.write(samples)

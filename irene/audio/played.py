"""What the loudspeaker is given, read back in step with the microphone."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import numpy as np
import numpy.typing as npt

from irene.audio.ring_buffer import RingBuffer
from irene.audio.samples import INT16_SCALE, to_int16, to_steps
from irene.audio.streams import OpenConverter, RateConverter
from irene.domain.audio import ResampleQuality, Samples
from irene.errors import IreneError

_FULL_SCALE = np.float32(INT16_SCALE)
_LATE_S = 0.05
"""how late samples may be although the output has had something to play all the time: conversion
holds some back, and the microphone's blocks hide when exactly they came"""
_RARELY_S = 1.0
"""audio between two times in which what was late is left out: where it is late again and again, the
line moves instead"""
_NOTHING = np.zeros(0, np.float32)
_LONGEST_S = 5.0
"""how much may wait: more than outputs hold back, so that only a line that nobody reads is full"""


class PlayedSound:
    """A line from the output to the input; written by one thread, read by another.

    An output that plays takes samples at the pace at which it plays them, and the microphone gives
    as many in the same time. So only the first sample after a silence is stamped, with how much the
    microphone has brought when it is written: from there on, what is read with a block of the
    microphone lies a constant time before its echo, which is what output and input hold back, and
    the way through the room. It is the same for every answer. Without the stamp an answer would
    begin with the block that the microphone is just filling, up to 0.1 s too early, and move when
    the writer is late by so much, although the output has not run dry. What comes a little late is
    left out, so that the rest stays in step. When nothing is left to read, nothing is being played.

    While nobody reads, because the microphone is gone, no more than 5 s are kept. Who reads again
    leaves out with `miss` what was played meanwhile; after more than that, what is written from
    then on is read, in step again.
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
        self.arrived: Callable[[], int] = lambda: 0
        """how many samples the microphone has brought, lost ones included; set by who captures"""
        self._stamps: deque[tuple[int, int]] = deque()  # a sample, and when it is due
        self._stamp = 0, 0
        self._late = round(_LATE_S * sample_rate)
        self._missed = 0
        self._rarely = round(_RARELY_S * sample_rate)
        self._left_out_at = -self._rarely

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
            number, due = self._stamp
            first, arrived = self._ring.total, self.arrived()
            late = arrived - (due + first - number)
            if late > (self._late if number < first else 0):  # what came before has been played
                self._stamp = first, arrived
                self._stamps.append(self._stamp)
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
            if end == self._ring.total:
                self._stamp = end, 0  # what comes next is played at once

    def read(
        self, n_samples: int, at: int | None = None, dropped: bool = False
    ) -> npt.NDArray[np.int16]:
        """Return int16 samples, shape (n_samples,); silence where nothing was written.

        Args:
            n_samples: how many.
            at: number of the microphone's sample that the first belongs to: what was written later
                is silence there. None: whatever waits is wanted.
            dropped: whether dropped ones are wanted: until it was stopped, an output has played.
        """
        ring = self._ring
        wanted = ring.position if dropped else max(ring.position, self._forgotten)
        ring.discard(wanted - ring.start)
        wanted += self._leave_out(wanted)
        played = np.zeros(n_samples, np.int16)
        done = 0
        while done < n_samples:
            done += self._early(wanted, n_samples - done, None if at is None else at + done)
            taken = ring.consume(self._in_one(wanted, n_samples - done))
            if not len(taken):
                break
            wanted += len(taken)
            if ring.position != wanted:  # the reader was away: what is left was played to nobody
                self._begin_again()
                break
            played[done : done + len(taken)] = taken
            done += len(taken)
        self._missed += 0 if at is None else n_samples - done
        return played

    def miss(self, seconds: float) -> None:
        """Leave out what was played in that time: the microphone brought nothing; by the reader."""
        if seconds < _LONGEST_S:
            self.read(round(seconds * self.sample_rate))
        else:
            self._begin_again()

    def _leave_out(self, number: int) -> int:
        """Pass over what should have been read before; return how many samples that are."""
        if not self._missed or not len(self._ring):
            return 0
        missed, self._missed = self._missed, 0
        is_stamped = bool(self._stamps) and self._stamps[0][0] <= number
        is_rare = number - self._left_out_at >= self._rarely
        if is_stamped or missed > self._late or not is_rare:
            return 0
        self._left_out_at = number
        return self._ring.discard(missed)

    def _begin_again(self) -> None:
        """Forget everything up to here; what comes next is played at once."""
        self._ring.clear()
        with self._writing:
            self._stamp = self._ring.total, 0

    def _early(self, number: int, n_samples: int, at: int | None) -> int:
        """Return how many samples of the microphone, of so many, came before this one was due."""
        stamps = self._stamps
        while len(stamps) > 1 and stamps[1][0] <= number:
            stamps.popleft()  # of what was taken back
        if not stamps or stamps[0][0] > number:
            return 0
        early = 0 if at is None else stamps[0][1] - at
        if early >= n_samples:
            return n_samples
        stamps.popleft()
        return max(0, early)

    def _in_one(self, number: int, n_samples: int) -> int:
        """Return how many samples, of so many, follow this one without a pause between them."""
        stamps = self._stamps
        return min(n_samples, max(0, stamps[0][0] - number)) if stamps else n_samples


class PlayedAnswer:
    """One answer on its way into the line, converted on the way.

    Written by one thread and aborted by any, at any moment; what is written after that was not
    played, and does not get into the line. Where nothing can convert, the nearest samples stand for
    what they would become: the output is not to blame, and what it plays is heard all the same.
    """

    def __init__(self, line: PlayedSound, sample_rate: int) -> None:
        self._line = line
        self._sample_rate = sample_rate
        self._converter: RateConverter | None = None
        with suppress(IreneError):  # who failed has been told of
            self._converter = line.converter(sample_rate)
        self._ending = threading.Lock()
        self._is_over = self._is_converting = False
        self._end = 0

    def write(self, samples: Samples) -> None:
        """Append int16 mono samples at the answer's rate."""
        self._pass_on(self._at_line_rate(samples))

    def finish(self) -> None:
        """Append what the converter holds back."""
        converter, self._converter = self._converter, None
        if converter is not None:
            with suppress(IreneError):
                self._pass_on(self._made(converter, converter.flush))

    def abort(self) -> None:
        """Take back what has not been played; an answer that has begun meanwhile stays."""
        with self._ending:
            is_free = not self._is_over and not self._is_converting
            self._is_over = True
        self._line.drop(self._end)
        if is_free and self._converter is not None:  # else whoever is in it closes it
            self._converter.close()

    def _at_line_rate(self, samples: Samples) -> Samples:
        converter = self._converter
        if converter is not None:
            try:
                return self._made(converter, partial(converter.process, to_steps(samples)))
            except IreneError:
                self._converter = None
        rate, wanted = self._sample_rate, self._line.sample_rate
        if rate == wanted:
            return samples
        nearest: Samples = samples[np.arange(len(samples) * wanted // rate) * rate // wanted]
        return nearest

    def _made(self, converter: RateConverter, convert: Callable[[], Samples]) -> Samples:
        """Return what the converter makes; where somebody aborts meanwhile, it is closed then."""
        with self._ending:
            if self._is_over:
                return _NOTHING
            self._is_converting = True
        try:
            made: Samples = convert() / _FULL_SCALE
            return made
        finally:
            with self._ending:
                self._is_converting, is_over = False, self._is_over
            if is_over:
                converter.close()

    def _pass_on(self, samples: Samples) -> None:
        with self._ending:
            if not self._is_over:
                self._end = self._line.write(samples)

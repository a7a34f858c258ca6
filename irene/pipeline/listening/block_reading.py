"""Reading one opened input, block after block, held to its contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from irene.audio.samples import FLOAT32, clipped
from irene.domain.audio import AudioFormat, LostAudio, Samples
from irene.providers.input import InputStream
from irene.providers.results import frames, losses

_NOTHING: tuple[LostAudio, ...] = ()
"""the same object wherever a tuple is empty"""


class Unusual(NamedTuple):
    """What was read that is not simply the next block."""

    samples: Samples | None = None
    """what came, if anything did"""
    lost: Sequence[LostAudio] = ()
    """what was lost before that"""
    error: BaseException | None = None
    """why nothing more can be read; None with no samples: this is the end"""


class Stop:
    """Whether nothing more is to be read; set once, from any thread."""

    __slots__ = ("is_wanted",)

    def __init__(self) -> None:
        self.is_wanted = False


class BlockReading:
    """Blocks of one stream, short ones joined; whatever else comes is `unusual`.

    Floats beyond full scale are clipped.

    It is done for every block of a microphone, mostly with cold caches: so the way of a block is
    one short function, and everything rare is left to whoever reads. For one thread at a time.
    """

    __slots__ = (
        "_channels",
        "_dtype",
        "_filled",
        "_known",
        "_lost",
        "_memory",
        "_n_dimensions",
        "_now",
        "_read",
        "_room",
        "_stop",
        "_target",
        "enough",
        "is_reading",
        "took_s",
        "unusual",
    )

    def __init__(
        self, stream: InputStream, source: AudioFormat, stop: Stop, now: Callable[[], float]
    ) -> None:
        """`source` is what the stream brings; `now` tells the time in seconds."""
        self._channels, self._dtype = source.channels, np.dtype(source.dtype)
        self._read, self._now = _reader(stream, self._dtype), now
        never = getattr(type(stream), "lost", None) is InputStream.lost
        self._lost = None if never else stream.lost
        self._stop = stop
        self._known: Samples | None = None  # many inputs use the same memory again and again
        self._n_dimensions = 1 if source.channels == 1 else None
        self._memory: Samples
        self._filled = 0
        self._grow(0)
        self.enough = 0
        """frames of a block, at least: shorter ones are joined"""
        self.is_reading = False
        """whether somebody waits for the stream, or joins what came of it; from any thread"""
        self.took_s = 0.0
        """time that the stream took for the last block, seconds"""
        self.unusual = Unusual()
        """what made `read` return None"""

    def read(self) -> Samples | None:
        """Block for the next samples, valid until the next call; None: see `unusual`."""
        began_s, enough = self._now(), self.enough
        if enough > self._room:
            self._grow(enough)
        stop, read, tell_lost = self._stop, self._read, self._lost
        dtype, n_dimensions, known = self._dtype, self._n_dimensions, self._known
        filled, target = self._filled, self._target
        lost: Sequence[LostAudio] = _NOTHING
        self.is_reading = True
        while not stop.is_wanted:
            samples = None
            try:
                found = read()
                if found is not known and not (
                    found.__class__ is ndarray
                    and found.dtype is dtype
                    and found.ndim == n_dimensions
                ):
                    found = None if found is None else frames(found, dtype, self._channels)
                samples = found
                if tell_lost is not None and (lost := tell_lost()) is not _NOTHING:
                    lost = losses(lost)
            except BaseException as error:  # noqa: BLE001 - whoever reads raises it again
                self._stumble(began_s, Unusual(samples, error=error))
                return None
            if samples is None or lost:
                self._stumble(began_s, Unusual(samples, lost))
                return None
            last = filled + len(samples)
            if last < enough:  # as `add` would, but for a call
                target[filled:last] = samples
                self._filled = filled = last
                continue
            self._known = samples
            if filled:  # as `add` and `rest` would
                if last > self._room:
                    self._grow(last + enough)
                self._target[filled:last] = samples
                self._filled = 0
                samples = self._memory[:last]
            self.is_reading = False
            self.took_s = self._now() - began_s
            return samples
        self._stumble(began_s, Unusual())
        return None

    def add(self, samples: Samples) -> Samples | None:
        """Take a block; return all that waits once it is `enough` frames, else None.

        One that is long enough by itself is passed through uncopied.
        """
        first = self._filled
        last = first + len(samples)
        if not first and last >= self.enough:
            return samples
        if last > self._room:
            self._grow(last + self.enough)
        self._target[first:last] = samples
        self._filled = last
        return None if last < self.enough else self.rest()

    @property
    def waiting(self) -> int:
        """Frames that wait to be joined; from any thread."""
        return self._filled

    def rest(self) -> Samples | None:
        """Return what waits to be joined, or None when nothing does."""
        filled, self._filled = self._filled, 0
        return self._memory[:filled] if filled else None

    def _grow(self, n_frames: int) -> None:
        shape = (n_frames,) if self._channels == 1 else (n_frames, self._channels)
        memory = np.zeros(shape, self._dtype)
        if self._filled:
            memory[: self._filled] = self._memory[: self._filled]
        self._memory, self._room = memory, n_frames
        # A memoryview takes samples of its own type in a third of the time, but of one channel.
        self._target: Any = memory.data if self._channels == 1 else memory

    def _stumble(self, began_s: float, unusual: Unusual) -> None:
        self.is_reading, self.unusual = False, unusual
        self.took_s = self._now() - began_s


def _reader(stream: InputStream, dtype: np.dtype[Any]) -> Callable[[], Samples | None]:
    """Return what reads a stream of this sample type; blocks of int16 need nothing more."""
    if dtype is not FLOAT32:
        return stream.read

    def read() -> Samples | None:
        found = stream.read()
        if isinstance(found, ndarray) and found.dtype == FLOAT32:
            return clipped(found)
        return found

    return read

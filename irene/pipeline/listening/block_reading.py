"""Reading one opened input, block after block, held to its contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from irene.audio.block_joiner import BlockJoiner
from irene.domain.audio import AudioFormat, LostAudio, Samples
from irene.providers.input import InputStream
from irene.providers.results import frames, losses


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

    It is done for every block of a microphone, mostly with cold caches: so the way of a block is
    one short function, and everything rare is left to whoever reads. For one thread at a time.
    """

    __slots__ = (
        "_channels",
        "_dtype",
        "_joiner",
        "_known",
        "_lost",
        "_now",
        "_read",
        "_simple",
        "_stop",
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
        self._joiner = BlockJoiner(source)
        self._lost, self._read, self._now = stream.lost, stream.read, now
        self._stop = stop
        self._known: Samples | None = None  # many inputs use the same memory again and again
        self._simple = 1 if source.channels == 1 else None
        self.enough = 0
        """frames of a block, at least: shorter ones are joined"""
        self.is_reading = False
        """whether a call of the stream has not returned; from any thread"""
        self.took_s = 0.0
        """time that the stream took for the last block, seconds"""
        self.unusual = Unusual()
        """what made `read` return None"""

    def read(self) -> Samples | None:
        """Block for the next samples, valid until the next call; None: see `unusual`."""
        began_s, joiner, stop = self._now(), self._joiner, self._stop
        while not stop.is_wanted:
            samples: Samples | None = None
            self.is_reading = True
            try:
                found = self._read()
                if found is not self._known and found is not None:
                    if (
                        found.__class__ is not np.ndarray
                        or found.dtype is not self._dtype
                        or found.ndim != self._simple
                    ):
                        found = frames(found, self._dtype, self._channels)
                    self._known = found
                samples = found
                lost = self._lost()
                if lost.__class__ is not tuple or lost:
                    lost = losses(lost)
            except BaseException as error:  # noqa: BLE001 - whoever reads raises it again
                self._stumble(began_s, Unusual(samples, error=error))
                return None
            self.is_reading = False
            if samples is None or lost:
                self._stumble(began_s, Unusual(samples, lost))
                return None
            if joiner.filled or len(samples) < self.enough:
                samples = joiner.add(samples, self.enough)
                if samples is None:
                    continue
            self.took_s = self._now() - began_s
            return samples
        self._stumble(began_s, Unusual())
        return None

    def add(self, samples: Samples) -> Samples | None:
        """Take a block that was unusual; return what is to be heard, if it is enough."""
        return self._joiner.add(samples, self.enough)

    def rest(self) -> Samples | None:
        """Return what waits to be joined, or None when nothing does."""
        return self._joiner.rest()

    def _stumble(self, began_s: float, unusual: Unusual) -> None:
        self.is_reading, self.unusual = False, unusual
        self.took_s = self._now() - began_s

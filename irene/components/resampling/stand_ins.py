"""What may stand in the place of a resampler's own stream."""

from __future__ import annotations

import numpy as np

from irene.audio.samples import INT16_SCALE
from irene.components.calls.deadline import LateError
from irene.domain.audio import Samples
from irene.errors import ProviderFailedError
from irene.providers.resampling import ResampleStream

_FULL_SCALE = np.float32(INT16_SCALE)


class _Over(ResampleStream):
    """Stands where no stream is open."""

    def process(self, samples: Samples) -> Samples:
        raise ProviderFailedError("this conversion is over: open another one")

    def flush(self) -> Samples:
        raise ProviderFailedError("this conversion is over: open another one")


OVER: ResampleStream = _Over()
"""for whoever asks a conversion that is over"""


class Hung(ResampleStream):
    """Stands where a stream was that hangs: says so when it is asked."""

    def __init__(self, error: LateError) -> None:
        self._error = error

    def process(self, samples: Samples) -> Samples:
        """Raise the error of the call that hangs."""
        raise self._error

    def flush(self) -> Samples:
        """Raise the error of the call that hangs."""
        raise self._error


class Scaled(ResampleStream):
    """Takes and gives steps of int16 around a stream that has to have its full scale at 1."""

    def __init__(self, stream: ResampleStream) -> None:
        self._inner = stream
        self.distance = stream.distance

    def process(self, samples: Samples) -> Samples:
        """Convert steps of int16, and return such steps."""
        ready = self._inner.process(samples / _FULL_SCALE)
        self.wanted = self._inner.wanted
        scaled: Samples = ready * _FULL_SCALE
        return scaled

    def flush(self) -> Samples:
        """Return the rest, in steps of int16."""
        scaled: Samples = self._inner.flush() * _FULL_SCALE
        return scaled

    def close(self) -> None:
        """Free the stream."""
        self._inner.close()

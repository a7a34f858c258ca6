"""Audio of one utterance on its way into PocketSphinx, the same for any chunking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from irene import Samples

RATE = 16000
"""Hz"""
FRAME_S = 0.01
_PIECE = 1600
"""samples per call of the engine: it holds the interpreter lock, so calls must be short"""
_LEAST_FOR_MEAN = 700 * RATE // 1000
"""samples that a short utterance gives to the mean even if they come before its usual start"""


class Hearing:
    """Feeds decoders that hear the same utterance.

    The engine subtracts the mean of the cepstra, and starts with that of its last utterance. Here
    each utterance starts from its own first seconds: they are kept until the mean is known, and
    only then decoded, so an utterance gives the same text whatever was said before. The engine
    gets pieces of one length, so it gives the same text for any chunking, too.
    """

    def __init__(
        self,
        searches: Sequence[tuple[Any, str]],
        mean_of: Callable[[Samples], str],
        mean_ms: tuple[int, int],
        padding: Samples,
    ) -> None:
        """Prepare to feed decoders.

        Args:
            searches: decoders, each with the name of its search.
            mean_of: returns the cepstral mean of samples as the engine writes it.
            mean_ms: from where to where in the utterance the mean is learnt.
            padding: heard before and after the utterance; int16, shape (n,), may be empty.
        """
        self._searches = searches
        self._mean_of = mean_of
        self._from, self._head = (ms * RATE // 1000 for ms in mean_ms)
        self._padding = padding
        self._pending: list[Samples] = []
        self._n_pending = 0
        self._started = False

    def accept(self, samples: Samples) -> bool:
        """Take int16 samples; return whether the decoders have heard more."""
        self._pending.append(samples.copy())
        self._n_pending += len(samples)
        if self._n_pending < (_PIECE if self._started else max(self._head, _PIECE)):
            return False
        self._decode(self._take_pending())
        return True

    def finish(self) -> None:
        """Let the decoders hear what is left, and end the utterance."""
        self._decode(self._take_pending())
        rest = np.concatenate([self._take_pending(), self._padding])
        if len(rest):
            self._feed(rest)
        self.close()

    def close(self) -> None:
        """End the utterance; a second call does nothing."""
        if self._started:
            self._started = False
            for decoder, _ in self._searches:
                decoder.end_utt()

    def _take_pending(self) -> Samples:
        samples = np.concatenate(self._pending) if self._pending else np.zeros(0, dtype=np.int16)
        self._pending, self._n_pending = [], 0
        return samples

    def _decode(self, samples: Samples) -> None:
        """Decode whole pieces; what is left over waits for the next call."""
        if not self._started:
            self._start(samples)
        whole = len(samples) // _PIECE * _PIECE
        for start in range(0, whole, _PIECE):
            self._feed(samples[start : start + _PIECE])
        if whole < len(samples):
            self._pending, self._n_pending = [samples[whole:]], len(samples) - whole

    def _feed(self, piece: Samples) -> None:
        content = np.ascontiguousarray(piece, dtype="<i2").tobytes()
        for decoder, _ in self._searches:
            decoder.process_raw(content)

    def _start(self, samples: Samples) -> None:
        """Begin the utterance with the cepstral mean of its first samples."""
        first = max(0, min(self._from, len(samples) - _LEAST_FOR_MEAN))
        head = samples[first : self._head]
        mean = self._mean_of(head) if len(head) >= _PIECE else None
        for decoder, search in self._searches:
            decoder.activate_search(search)
            decoder.reinit_feat()
            if mean is not None:
                decoder.set_cmn(mean)
            decoder.start_utt()
        self._started = True
        if len(self._padding):
            self._feed(self._padding)

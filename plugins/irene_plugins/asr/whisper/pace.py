"""Whether audio comes as somebody speaks, and nothing waits to be heard."""

from __future__ import annotations

from collections.abc import Callable

from irene_plugins.asr.whisper.passages import RATE

_WAITED_SHARE = 0.25
"""share of a block's duration; a block that was ready comes at once, whatever its length"""


class Pace:
    """Tells blocks that had to be waited for from those that were there already.

    Only while everything has been heard is there time for work in advance. The blocks of a
    recording, of an utterance that is heard again, and those that came while the engine was busy,
    follow each other at once.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns seconds since any moment."""
        self._clock = clock
        self._since_s: float | None = None

    def waited_for(self, n_samples: int) -> bool:
        """Whether a block of so many samples that comes now had to be waited for."""
        if self._since_s is None:
            return False
        return self._clock() - self._since_s >= _WAITED_SHARE * n_samples / RATE

    def done(self) -> None:
        """Note that a block has been heard."""
        self._since_s = self._clock()

"""One input of a hub, as whoever feeds it sees it."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real

from irene.components.clip_checks import check_block
from irene.components.voice_trigger.wake_hub.stream_state import StreamState
from irene.domain.argument_checks import require_type
from irene.domain.audio import Samples

Put = Callable[[StreamState, "Samples | None", "float | None"], None]
"""Takes a block and the clock time of its arrival (None: now); no block is the end."""


class HubStream:
    """One input of a hub: takes its audio. Used by one thread at a time, each by another if wanted.

    The array that `feed` is given belongs to the hub from then on.
    """

    __slots__ = ("_put", "_state")

    def __init__(self, put: Put, state: StreamState) -> None:
        self._put = put
        self._state = state

    @property
    def name(self) -> str:
        """The name that it was opened under."""
        return self._state.name

    @property
    def skipped_s(self) -> float:
        """Audio that no engine heard, although there was sound: an overload; seconds."""
        return self._state.skipped_s

    @property
    def lost_s(self) -> float:
        """Audio that came so late that it was not even judged; seconds."""
        return self._state.lost_s

    def feed(self, samples: Samples, due_s: float | None = None) -> None:
        """Take the next audio, of any length, int16 or float32, shape (n,) or (n, channels).

        Args:
            samples: not copied; do not change it afterwards. Full scale of floats is 1.0; what is
                beyond is clipped.
            due_s: clock time at which the audio arrived, seconds; now unless given.

        Raises:
            AudioFormatError: it is no such array; no other stream suffers from it.
            ProviderFailedError: the hub has ended, because every engine has failed.
            RuntimeError: the stream, or its hub, is closed.
            TypeError: `due_s` is no number; no other stream suffers from it.
            ValueError: `due_s` is infinite, or NaN.
        """
        check_block(samples)
        if due_s is not None:
            _check_time(due_s)
        if self._state.is_over:
            raise RuntimeError(f"the stream {self.name!r} is closed: open another one")
        self._put(self._state, samples, due_s)

    def close(self) -> None:
        """End the stream: what has been fed is still heard, and a pause after it.

        Nothing happens when it is closed already.
        """
        if not self._state.is_over:
            self._state.is_over = True
            self._put(self._state, None, None)


def _check_time(due_s: float) -> None:
    require_type("due_s", due_s, Real, "a clock time in seconds, or None for now,")
    if not math.isfinite(due_s):
        raise ValueError(f"due_s is {due_s}; a clock time in seconds, or None for now, is right")

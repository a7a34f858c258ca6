"""The switch that makes the assistant deaf until somebody wants it to hear again."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from irene.domain.audio import AudioChunk
from irene.domain.clock import Clock
from irene.domain.events import Event, MicrophoneMuted, MicrophoneUnmuted


class MuteSwitch:
    """Says whether the input is ignored; may be used from any thread.

    While it is on, everything that listens gets silence of the same length: audio time goes on,
    what was being said ends there, and nothing of what was spoken meanwhile is kept anywhere, so
    that it cannot come back as pre-roll afterwards.
    """

    def __init__(self, report: Callable[[Event], None], clock: Clock) -> None:
        self._report = report
        self._clock = clock
        self._lock = threading.Lock()
        self._since_s = 0.0
        self.is_on = False
        """whether the input is ignored now"""
        self.is_felt = False
        """whether the next chunk has to go through `silenced`"""

    def turn(self, on: bool) -> bool:
        """Turn it on or off; return whether that changed anything, which an event tells then."""
        with self._lock:
            if self.is_on == on:
                return False
            self.is_on, now_s = on, self._clock.monotonic()
            if on:
                self.is_felt, self._since_s = True, now_s
                self._report(MicrophoneMuted())
            else:
                self._report(MicrophoneUnmuted(seconds=now_s - self._since_s))
        return True

    def silenced(self, chunk: AudioChunk) -> AudioChunk:
        """Return silence of the same format, length and time; called on the capture thread.

        The chunk that comes first after the switch was turned off is silenced, too: its audio may
        be older than that.
        """
        with self._lock:
            self.is_felt = self.is_on
        return AudioChunk(np.zeros_like(chunk.samples), chunk.sample_rate, chunk.start_s)

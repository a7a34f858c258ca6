"""What stands between a writer and a loudspeaker that fetches samples at its own pace."""

from __future__ import annotations

import threading
from collections.abc import Callable

from irene import DeviceError, OutputStream, Samples

BUFFERED_S = 0.2
"""Seconds that may wait for the device: `write` blocks beyond, so the pace is the device's."""


class PulledPlayback(OutputStream):
    """An answer whose samples a device fetches from a thread of its own; every wait is bounded."""

    def __init__(self, rate: int, timeout_s: float) -> None:
        self._limit = max(2, int(BUFFERED_S * rate) * 2)
        self._latency_s = 0.0
        self._timeout_s = timeout_s
        self._data = bytearray()
        self._lost = ""
        self._done = False
        self._stop: Callable[[], None] | None = None
        self._changed = threading.Condition()

    def attach(self, stop: Callable[[], None], latency_s: float) -> None:
        """Name what stops the device, called exactly once, and how long fetched samples take."""
        self._stop = stop
        self._latency_s = latency_s

    def pull(self, n_bytes: int) -> bytes:
        """Hand the device its next samples; fewer when there are no more."""
        with self._changed:
            data = bytes(self._data[:n_bytes])
            del self._data[:n_bytes]
            self._changed.notify_all()
            return data

    def lose(self, reason: str) -> None:
        """Say that the device is gone."""
        with self._changed:
            if not self._done:
                self._lost = self._lost or reason
            self._changed.notify_all()

    def write(self, samples: Samples) -> None:
        """Queue samples; block while more than `BUFFERED_S` seconds wait.

        Raises:
            DeviceError: the device has vanished, or fetches nothing any more.
        """
        data = memoryview(samples.astype("<i2").tobytes())
        with self._changed:
            while data and not self._done:
                self._wait_below(self._limit)
                room = self._limit - len(self._data)
                self._data += data[:room]
                data = data[room:]

    def finish(self) -> None:
        """Block until everything was heard, then stop the device.

        Raises:
            DeviceError: the device vanished before the end.
        """
        try:
            with self._changed:
                self._wait_below(1)
                self._changed.wait_for(lambda: self._done, self._latency_s)
        finally:
            self._close()

    def abort(self) -> None:
        """Drop what was not fetched yet and stop the device; a blocked writer returns."""
        self._close()

    def _wait_below(self, limit: int) -> None:
        while len(self._data) >= limit and not self._done:
            before = len(self._data)
            if not self._lost:
                moved = self._changed.wait(self._timeout_s)
                if not moved and len(self._data) == before:
                    self._lost = f"it took no sound for {self._timeout_s:g} s"
            if self._lost:
                raise DeviceError(f"the loudspeaker is gone or busy: {self._lost}")

    def _close(self) -> None:
        with self._changed:
            stop, self._stop = self._stop, None
            self._done = True
            self._data.clear()
            self._changed.notify_all()
        if stop is not None:
            stop()

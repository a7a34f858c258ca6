"""What stands between a device that delivers at its own pace and the reader that wants blocks."""

from __future__ import annotations

import threading

from irene import DeviceError


class CaptureBuffer:
    """A bounded first-in, first-out store of captured bytes.

    The device puts, one reader takes whole blocks. When the reader is too slow the oldest audio
    goes, and is counted. A device that fails or falls silent becomes a `DeviceError` in the
    reader, after the audio that it delivered before.
    """

    def __init__(self, block_bytes: int, bytes_per_s: int, capacity_s: float = 2.0) -> None:
        self._block_bytes = block_bytes
        self._bytes_per_s = bytes_per_s
        n_blocks = max(2, round(capacity_s * bytes_per_s / block_bytes))
        self._capacity = n_blocks * block_bytes
        self._data = bytearray()
        self._dropped = 0
        self._error: DeviceError | None = None
        self._closed = False
        self._changed = threading.Condition()

    def put(self, data: bytes | bytearray) -> None:
        """Add what the device delivered; never blocks."""
        with self._changed:
            self._data += data
            excess = len(self._data) - self._capacity
            if excess > 0:
                # whole blocks, so that channels and sample bytes stay aligned
                excess += -excess % self._block_bytes
                del self._data[:excess]
                self._dropped += excess
            self._changed.notify_all()

    def fail(self, error: DeviceError) -> None:
        """Say that the device delivers no more; the first reason stays."""
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def close(self) -> None:
        """Wake the reader, which then gets None."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def await_first(self, timeout_s: float) -> None:
        """Block until the device has delivered a block.

        Raises:
            DeviceError: it failed, or delivered nothing for `timeout_s` seconds.
        """
        with self._changed:
            self._await_block(timeout_s)

    def take(self, timeout_s: float) -> bytes | None:
        """Block for the next whole block; None after `close`.

        Raises:
            DeviceError: the device failed, or delivered nothing for `timeout_s` seconds.
        """
        with self._changed:
            self._await_block(timeout_s)
            if self._closed:
                return None
            block = bytes(self._data[: self._block_bytes])
            del self._data[: self._block_bytes]
            return block

    def dropped_s(self) -> float:
        """Return the seconds of audio dropped since the last call."""
        with self._changed:
            dropped, self._dropped = self._dropped, 0
        return dropped / self._bytes_per_s

    def _await_block(self, timeout_s: float) -> None:
        while not self._closed and len(self._data) < self._block_bytes:
            if self._error is not None:
                raise self._error
            before = len(self._data)
            arrived = self._changed.wait(timeout_s)
            if not arrived and len(self._data) == before:
                self._error = DeviceError(
                    f"the microphone delivered nothing for {timeout_s:g} s; "
                    "check that it is connected and not in use"
                )

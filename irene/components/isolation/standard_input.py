"""Standard input for a provider in a process of its own: passed on, and kept until it was heard."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import sys
import termios
import threading
from contextlib import suppress
from typing import Any

from irene.components.threads import start_daemon
from irene.domain.clock import Clock
from irene.errors import ProviderFailedError

_AT_ONCE = 65536
_MOST_KEPT = 64 * 1024 * 1024
"""bytes that are kept for a stream that cannot be gone on with in the middle"""
_NONE = -1


class StandardInput:
    """Passes the assistant's standard input on to one process after another.

    What a process was given is kept until `forget` says that it was heard, so that the next one can
    be given it again. At most a pipe and one block of it are read ahead of the process. Places are
    bytes since the beginning of standard input. Any thread may ask; a thread of its own reads.
    """

    def __init__(self, clock: Clock, most_kept: int = _MOST_KEPT) -> None:
        """`most_kept` limits, in bytes, what is kept of what was given to a process."""
        self._clock = clock
        self._most_kept = most_kept
        self._lock = threading.Lock()
        self._source: Any = None
        self._kept = bytearray()
        self._start = 0
        """place of the first byte that is kept"""
        self._given = 0
        """place of the next byte for the process"""
        self._moved_s = 0.0
        self._is_at_end = False
        self._is_flowing = False
        self._is_fresh = False
        """whether the process has been given nothing yet"""
        self._source_fd = self._read_fd = self._write_fd = _NONE
        self._woken = self._wake = _NONE

    def for_next_process(self) -> int:
        """Return what the next process gets as its standard input: a descriptor, as `Popen` takes.

        It is given nothing before `begin`. A terminal is nothing to be passed on, but is what the
        process gets: so it can say what this one would.
        """
        with self._lock:
            self._part()
            if sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
                return sys.stdin.fileno()
            self._read_fd, self._write_fd = os.pipe()
            os.set_blocking(self._write_fd, False)
            self._is_fresh = True
            return self._read_fd

    def begin(self, place: int | None = None) -> int:
        """Begin to pass on to the process, from a place on; None: from where the last one got to.

        Return the place of the first byte that it reads.

        Raises:
            ProviderFailedError: what lies at that place was not kept.
        """
        with self._lock:
            if self._read_fd == _NONE:
                return self._given  # a terminal, or there is no process any more
            if self._source_fd == _NONE:
                self._take_source()
            if self._is_fresh and place is not None:
                self._given = self._kept_from(place)
            first = self._given - self._n_unread()
            if place not in (None, first):
                raise ProviderFailedError("standard input was read by the process meanwhile")
            if place is None:
                self._forget(first)
            self._is_fresh = False
            self._is_flowing = True
            self._moved()
            if self._wake == _NONE:
                self._woken, self._wake = os.pipe()
                start_daemon("standard-input", self._run)
            self._rouse()
            return first

    def pause(self) -> None:
        """Read no more, and pass nothing on, until the next `begin`."""
        with self._lock:
            self._is_flowing = False
            self._rouse()

    def forget(self, place: int) -> None:
        """Keep nothing of what lies before a place."""
        with self._lock:
            self._forget(min(place, self._given))

    def may_wait(self, since_s: float) -> bool:
        """Whether a process that has not answered since then (of the clock) may wait for input.

        So it is while it has read all that there is, and for a while after it was given more.
        """
        with self._lock:
            if self._moved_s > since_s:
                return True
            has_all = self._is_flowing and self._given == self._end and not self._is_at_end
            return has_all and not self._n_unread()

    def close(self) -> None:
        """End the thread and free the pipes; what is kept stays for a process to come."""
        with self._lock:
            self._part()
            if self._wake != _NONE:
                os.close(self._wake)
                self._wake = _NONE

    @property
    def _end(self) -> int:
        return self._start + len(self._kept)

    def _kept_from(self, place: int) -> int:
        if place < self._start:
            raise ProviderFailedError(
                f"standard input cannot be read again from its beginning: more than "
                f"{self._most_kept / 1e6:.0f} MB of it have been read"
            )
        return min(place, self._end)

    def _take_source(self) -> None:
        self._source = None if sys.stdin is None else getattr(sys.stdin, "buffer", None)
        self._source_fd = _copied(self._source)

    def _part(self) -> None:
        """Part from a process that has ended: what it has not read is for the next one."""
        self._given -= self._n_unread()
        self._is_flowing = False
        for fd in (self._source_fd, self._read_fd, self._write_fd):
            if fd != _NONE:
                os.close(fd)
        self._source_fd = self._read_fd = self._write_fd = _NONE

    def _n_unread(self) -> int:
        """Return how many bytes lie in the pipe."""
        if self._read_fd == _NONE:
            return 0
        answer = fcntl.ioctl(self._read_fd, termios.FIONREAD, bytes(4))
        return int(struct.unpack("i", answer)[0])

    def _forget(self, place: int) -> None:
        if place > self._start:
            del self._kept[: place - self._start]
            self._start = place

    def _rouse(self) -> None:
        if self._wake != _NONE:
            os.write(self._wake, b"w")

    def _run(self) -> None:
        """Pass on until it is closed."""
        woken = self._woken
        while True:
            with self._lock:
                fd, event = self._wanted()
            poll = select.poll()
            poll.register(woken, select.POLLIN)
            if fd != _NONE:
                poll.register(fd, event)
            is_ready = event == select.POLLIN and fd == _NONE
            ready = dict(poll.poll(0 if is_ready else None))
            if woken in ready and not os.read(woken, _AT_ONCE):
                break
            if is_ready or fd in ready:
                with self._lock:
                    if (fd, event) == self._wanted():
                        self._move(event)
        os.close(woken)

    def _wanted(self) -> tuple[int, int]:
        """Return which descriptor is waited for, and for what; no descriptor: it is ready."""
        if not self._is_flowing or (self._given == self._end and self._is_at_end):
            return _NONE, 0
        if self._given < self._end:
            return self._write_fd, select.POLLOUT
        return self._source_fd, select.POLLIN

    def _move(self, event: int) -> None:
        """Take some bytes from standard input, or give some to the process."""
        if event == select.POLLOUT:
            self._give()
        else:
            data = self._taken()
            self._kept += data
            self._is_at_end = not data
        self._moved()

    def _moved(self) -> None:
        """Note the time, and end the pipe when everything went through."""
        self._moved_s = self._clock.monotonic()
        if self._is_at_end and self._given == self._end and self._write_fd != _NONE:
            os.close(self._write_fd)
            self._write_fd = _NONE

    def _give(self) -> None:
        first = self._given - self._start
        with suppress(BlockingIOError):
            self._given += os.write(self._write_fd, bytes(self._kept[first : first + _AT_ONCE]))
        if self._given - self._start > self._most_kept:
            self._forget(self._given - self._n_unread())

    def _taken(self) -> bytes:
        try:
            if self._source_fd != _NONE:
                return os.read(self._source_fd, _AT_ONCE)
            data: bytes = b"" if self._source is None else self._source.read(_AT_ONCE)
            return data
        except (OSError, ValueError):  # it was closed, or what was behind it has gone
            return b""


def _copied(file: Any) -> int:
    """Return a descriptor of our own for a file; none when it is no file of the system."""
    try:
        number = file.fileno()
    except (OSError, ValueError, AttributeError):
        return _NONE
    return os.dup(number)

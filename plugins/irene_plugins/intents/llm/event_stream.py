"""Server-sent events out of the bytes of an answer, wherever these are cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE = re.compile(rb"\r\n|\n|\r(?!\Z)")
"""ends of lines; a carriage return at the end of what is there may be half of one"""

MAX_LINE_BYTES = 1 << 20


class EventDecoder:
    """Collects bytes and returns the data of each event once it is complete.

    After the WHATWG specification: lines end with CR, LF or both, `data` lines of one event are
    joined, comments and other fields are passed over.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []

    def feed(self, more: bytes) -> Iterator[str]:
        """Yield the data of every event that ends in these bytes.

        Raises:
            ValueError: a line has no end.
        """
        *lines, self._rest = _LINE.split(self._rest + more)
        if len(self._rest) > MAX_LINE_BYTES:
            raise ValueError("a line without end")
        for line in lines:
            yield from self._take(line)

    def end(self) -> Iterator[str]:
        """Yield the data of an event that the end of the answer completes."""
        for line in (*self._rest.rstrip(b"\r").split(b"\r"), b""):
            yield from self._take(line)
        self._rest = b""

    def _take(self, line: bytes) -> Iterator[str]:
        if not line:
            if self._data:
                yield "\n".join(self._data)
            self._data = []
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" ").decode("utf-8", "replace"))

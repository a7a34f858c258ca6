"""Freeing what a late call has made: it came back after its caller had given up."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from irene.errors import IreneError
from irene.providers.border import ForeignCode


class Closeable(Protocol):
    """What holds something until it is closed."""

    def close(self) -> None:
        """Free it."""
        ...


def close_late(streams: Iterable[Closeable]) -> None:
    """Close streams that nobody will use; what that raises is dropped: nobody waits for it."""
    for stream in streams:
        with suppress(IreneError), ForeignCode():
            stream.close()

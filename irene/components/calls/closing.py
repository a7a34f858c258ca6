"""Freeing what a call has made that came back after nobody waited for it any more."""

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
    """Close streams that nobody will use; one that cannot be closed is nobody's business."""
    for stream in streams:
        with suppress(IreneError), ForeignCode():
            stream.close()

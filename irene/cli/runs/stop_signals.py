"""The signals by which somebody ends a run: the first one ends it cleanly, the second kills."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_TERMINATED = 128 + signal.SIGTERM


def on_stop_signal(stop: Callable[[int], None]) -> None:
    """Have the running event loop call `stop` with the number of the first stop signal.

    SIGINT (Ctrl-C) and SIGTERM are stop signals; after the first one both kill again.
    """
    loop = asyncio.get_running_loop()

    def first(number: int) -> None:
        for each in _STOP_SIGNALS:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        stop(number)

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, first, number)


@contextmanager
def unwound_by_sigterm() -> Iterator[None]:
    """Let the first SIGTERM end a block as Ctrl-C does, so that nothing of it is left behind.

    What the block does not end by itself becomes the exit status 143; a second SIGTERM kills.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what becomes of signals
        return
    heard: list[int] = []

    def first(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        heard.append(number)
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, first)
    try:
        yield
    except KeyboardInterrupt:
        if heard:
            raise click.exceptions.Exit(_TERMINATED) from None
        raise
    finally:
        signal.signal(signal.SIGTERM, former)

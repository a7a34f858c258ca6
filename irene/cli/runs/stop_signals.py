"""The signals by which somebody ends a run: the first ends it cleanly, the last one kills."""

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


def on_stop_signal(stop: Callable[[int], bool | None]) -> None:
    """Have the running event loop call `stop` with the number of a stop signal.

    SIGINT (Ctrl-C) and SIGTERM are stop signals. After the first one they kill again, unless `stop`
    returns True: then the next one is brought to it, too.
    """
    loop = asyncio.get_running_loop()

    def heard(number: int) -> None:
        try:
            wants_next = stop(number)
        except BaseException:
            kill_again()
            raise
        if not wants_next:
            kill_again()

    def kill_again() -> None:
        for each in _STOP_SIGNALS:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, heard, number)


@contextmanager
def unwound_by_sigterm() -> Iterator[None]:
    """Let the first SIGTERM end a block as Ctrl-C does, so that nothing of it is left behind.

    The exit status is 143 then, whether the block ended by itself or not; a second SIGTERM kills.
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
        if not heard:
            raise
    finally:
        signal.signal(signal.SIGTERM, former)
    if heard:
        raise click.exceptions.Exit(_TERMINATED)

"""The signals by which somebody ends a run: the first one ends it cleanly, the second kills."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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

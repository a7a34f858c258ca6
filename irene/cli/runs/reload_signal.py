"""SIGHUP: the signal by which a service is told to read its configuration again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from functools import partial


def on_hang_up(reload: Callable[[], None], end: Callable[[], None]) -> None:
    """Have the running event loop reload at each SIGHUP; nothing happens where there is none.

    The same signal says that the terminal has been closed. A program that runs in one ends then,
    unless it was started to outlive it (`nohup`).
    """
    if not hasattr(signal, "SIGHUP"):
        return
    outlives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    terminal = _has_terminal()
    react = partial(_react, reload, end, terminal, outlives)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, react)


def _react(
    reload: Callable[[], None], end: Callable[[], None], had_terminal: bool, outlives: bool
) -> None:
    if not had_terminal or _has_terminal():
        reload()
    elif not outlives:
        end()


def _has_terminal() -> bool:
    """Whether this process belongs to a terminal that is still there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK))
    except OSError:
        return False
    return True

"""Ending the process while an engine may still be at work on a thread."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress

from irene.domain.thread_names import PREFIX, TIER

_PATIENCE_S = 0.5
"""longest wait for engines that are about to return"""
_UNASKED = PREFIX + TIER
"""a recogniser that still reads sentences, about which nobody will ask any more; a question that
is answered at once would wait for it in vain"""


def leave_hanging_threads(status: int) -> None:
    """End the process at once if a thread of ours does not return soon; else do nothing.

    The end of the interpreter takes threads down wherever they are, and in the midst of C++ code
    that aborts the process.
    """
    if _are_done():
        return
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status)


def _are_done() -> bool:
    """Wait for the threads; whoever presses Ctrl-C once more does not want to."""
    deadline_s = time.monotonic() + _PATIENCE_S
    threads = _threads()
    if any(thread.name == _UNASKED for thread in threads):
        return False
    try:
        for thread in threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))
    except KeyboardInterrupt:
        return False  # a thread whose `join` was interrupted may no longer count as alive
    return not any(thread.is_alive() for thread in _threads())


def _threads() -> list[threading.Thread]:
    """Return the daemon threads that engines run on (see `irene.components.threads`)."""
    found = threading.enumerate()
    return [one for one in found if one.daemon and one.name.startswith(PREFIX)]

"""Blocking calls on threads of their own: a hung engine blocks neither the loop nor the exit."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from typing import TypeVar

from irene.domain.deadlines import within
from irene.domain.thread_names import PREFIX

_LONGEST_NAME = 15
"""bytes that Linux keeps of the name of a thread"""

T = TypeVar("T")


def start_daemon(name: str, work: Callable[[], T]) -> Future[T]:
    """Run `work` on a new daemon thread and return the future of its result.

    A daemon thread, not an executor: an executor joins its threads at exit, and a thread that hangs
    in a native engine would keep the process alive for ever.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()  # from here on nobody else may finish it

    def run() -> None:
        _show(PREFIX + name)
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the future
            future.set_exception(error)

    threading.Thread(target=run, name=PREFIX + name, daemon=True).start()
    return future


def _show(name: str) -> None:
    """Let the system show this thread by name (`top -H`); Python itself does so from 3.14 on."""
    if sys.platform == "linux":
        _thread_namer()(threading.get_ident(), name.encode()[:_LONGEST_NAME])


@cache
def _thread_namer() -> Callable[[int, bytes], object]:
    """Return the C library's `pthread_setname_np`; where it cannot be had, what does nothing."""
    try:
        import ctypes

        namer = getattr(ctypes.CDLL(None), "pthread_setname_np", None)
    except (ImportError, OSError):  # a Python without libffi, or one that is linked statically
        namer = None
    if namer is None:
        return lambda thread, name: None
    namer.argtypes = (ctypes.c_ulong, ctypes.c_char_p)
    found: Callable[[int, bytes], object] = namer
    return found


async def in_thread(name: str, work: Callable[[], T], timeout_s: float | None = None) -> T:
    """Await blocking `work` on a daemon thread.

    Raises:
        asyncio.TimeoutError: the deadline passed; the thread is abandoned.
        asyncio.CancelledError: nobody waits any more; the thread is abandoned.
    """
    future = asyncio.wrap_future(start_daemon(name, work))
    return await within(timeout_s, future)


def usable_cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

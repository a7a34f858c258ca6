"""Work in processes of its own: what one engine costs must not be hidden by another."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import wait
from types import FrameType
from typing import ParamSpec, TypeVar

from irene.errors import ProviderFailedError

P = ParamSpec("P")
T = TypeVar("T")


def run_isolated(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a module-level function returns in a new interpreter.

    Whatever it raises is raised here. Ctrl-C is for whoever waits: the process does not hear it,
    and is ended.

    Raises:
        ProviderFailedError: the process died.
    """
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        try:
            with deaf_to_ctrl_c():
                answer = pool.submit(_until_told, partial(work, *args, **kwargs))
            return answer.result()
        except BrokenProcessPool as error:
            raise ProviderFailedError(f"{work.__name__}{args}: the process died") from error
        except KeyboardInterrupt:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            raise


def _until_told(work: Callable[[], T]) -> T:
    """Run the work; SIGTERM unwinds it, so that processes that it has started end, too."""
    end_with_parent()
    signal.signal(signal.SIGTERM, _unwind)
    return work()


def _unwind(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def end_with_parent() -> None:
    """Have this process end when the one that started it does, even where that was killed.

    At once: nobody is there any more for what it would bring. Call it in what `multiprocessing`
    has started.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        watch = partial(_end_after, parent.sentinel)
        threading.Thread(target=watch, name="irene-parent", daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """Let a process that is started here ignore Ctrl-C from its first moment on."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what becomes of signals
        return
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def wall_ms(command: Sequence[str]) -> float:
    """Return the milliseconds from starting a program to its end.

    Raises:
        CalledProcessError: it failed.
    """
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return 1000 * (time.perf_counter() - began)


def python_ms(code: str) -> float:
    """Return the milliseconds that a new interpreter takes for a line of Python.

    Raises:
        CalledProcessError: the line failed.
    """
    return wall_ms([sys.executable, "-c", code])

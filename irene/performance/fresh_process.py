"""Work in processes of its own: what one engine costs must not be hidden by another."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from irene.errors import ProviderFailedError

P = ParamSpec("P")
T = TypeVar("T")


def run_isolated(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a module-level function returns in a new interpreter.

    Whatever it raises is raised here.

    Raises:
        ProviderFailedError: the process died.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        try:
            return pool.submit(work, *args, **kwargs).result()
        except BrokenProcessPool as error:
            raise ProviderFailedError(f"{work.__name__}{args}: the process died") from error


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

"""What memory costs that is asked for anew, beside memory that is lent: time, pages, what is left.

::

    python -m irene.studies.memory.memory_pages

Each figure comes from a process of its own: what the C library keeps at hand depends on what was
asked for before. Times are CPU times, the least of all rounds: other programs change them little.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Barrier
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from irene.components.assembly import Assembly
from irene.components.resampling.clip_blocks import converted_in_blocks
from irene.components.resampling.clip_conversion import ClipConversion
from irene.domain.audio import AudioData, ResampleQuality
from irene.domain.kinds import Kind
from irene.memory.pool import AudioBufferPool
from irene.memory.usage import return_free_memory
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.measuring.machine import Machine
from irene.performance.measuring.peak_memory import peak_mb, resident_mb
from irene.performance.measuring.spread import Spread, interleaved
from irene.performance.publishing.markdown import table

Work = Callable[[], object]

SIZES = (320, 4_800, 48_000, 480_000, 4_800_000, 14_400_000)
"""float32 samples: 20 ms at 16 kHz; 0.1, 1, 10, 100 and 300 s at 48 kHz"""
_SECONDS = 0.02
"""time that one sample of a measurement takes at least"""
_THREADS = 4
_SCRATCH = 60 * 48_000
"""samples of what threads work on"""
_RATE = 48_000


@dataclass(frozen=True)
class Loan:
    """What it costs to get memory of one size and to give it back."""

    untouched: Spread
    """CPU time when nothing is done with it, microseconds"""
    written: Spread
    """CPU time when every sample is written, microseconds"""
    faults: float
    """pages that the system had to provide each time it was written"""


@dataclass(frozen=True)
class Kept:
    """Memory of a process whose threads have needed large arrays, 10^6 bytes."""

    busy_mb: float
    """resident memory that came with the work, when it was done"""
    idle_mb: float
    """what was left of it when everything that was idle had been given back"""


@dataclass(frozen=True)
class Conversion:
    """What it costs to convert a clip."""

    milliseconds: Spread
    """CPU time"""
    peak_mb: float
    """most memory that it took beside the clip itself, 10^6 bytes"""
    faults: float
    """pages that the system had to provide each time"""


def untouched(name: str, size: int) -> Work:
    """Return a work that gets float32 memory from `pool` or `np.empty`, and gives it back."""
    pool = AudioBufferPool(max_mb=1000)

    def lent() -> None:
        pool.release(pool.acquire(size))

    return lent if name == "pool" else partial(np.empty, size, np.float32)


def written(name: str, size: int) -> Work:
    """Return a work that gets the same memory and writes all of it."""
    pool = AudioBufferPool(max_mb=1000)

    def lent() -> None:
        with pool.acquire(size) as buffer:
            buffer.data.fill(0.5)

    return lent if name == "pool" else lambda: np.empty(size, np.float32).fill(0.5)


def loan(name: str, size: int, rounds: int) -> Loan:
    """Measure getting memory of a size from `pool` or `np.empty`."""
    return run_isolated(_loan, name, size, rounds)


def kept_by_threads(name: str) -> Kept:
    """Let threads use large scratch memory from `pool` or `np.empty`; return what stays of it."""
    return run_isolated(_kept, name)


def conversion(name: str, seconds: float, rounds: int) -> Conversion:
    """Measure converting a stereo clip from 48 to 16 kHz mono, as a `whole` or in `blocks`."""
    return run_isolated(_conversion, name, seconds, rounds)


def _loan(name: str, size: int, rounds: int) -> Loan:
    idle = _microseconds(untouched(name, size), rounds)
    write = written(name, size)
    busy = _microseconds(write, rounds)
    return Loan(idle, busy, _faults_of(write))


def _kept(name: str) -> Kept:
    values = np.zeros(_SCRATCH, np.int16)
    pool = AudioBufferPool()
    together = Barrier(_THREADS)  # a busy machine would let one thread do the work of all

    def used(_: int) -> float:
        together.wait()
        if name == "pool":
            with pool.acquire(_SCRATCH) as buffer:
                return _as_floats(values, buffer.data)
        return _as_floats(values, np.empty(_SCRATCH, np.float32))

    before_mb = resident_mb()
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(used, range(10 * _THREADS)))
        busy_mb = resident_mb() - before_mb
        pool.clear()
        return_free_memory()
        return Kept(busy_mb, resident_mb() - before_mb)


def _as_floats(values: npt.NDArray[np.int16], scratch: npt.NDArray[np.float32]) -> float:
    np.multiply(values, np.float32(1 / 32768), out=scratch)
    result = scratch[::3].copy()
    return float(result[0])


def _conversion(name: str, seconds: float, rounds: int) -> Conversion:
    resampler: Any = Assembly.default().chain(Kind.RESAMPLING).current.provider
    clip = AudioData(bytes(4 * round(seconds * _RATE)), 0.0, _RATE, 2)
    wanted = ClipConversion.of(clip, 16_000, ResampleQuality.HQ, 1)
    pool = AudioBufferPool()
    works: dict[str, Work] = {
        "whole": partial(wanted.by, resampler),
        "blocks": partial(converted_in_blocks, wanted, resampler, pool),
    }
    work = works[name]
    before_mb = peak_mb()
    work()
    added_mb = peak_mb() - before_mb
    times = _microseconds(work, rounds)
    return Conversion(Spread(tuple(us / 1000 for us in times.values)), added_mb, _faults_of(work))


def _microseconds(work: Work, rounds: int) -> Spread:
    return interleaved(rounds, {"": partial(_microseconds_of_one, work)})[""]


def _microseconds_of_one(work: Work) -> float:
    """Return the CPU time of one call; as many are made as the clock needs."""
    n_calls = 1
    while True:
        began = time.thread_time()
        for _ in range(n_calls):
            work()
        took_s = time.thread_time() - began
        if took_s >= _SECONDS:
            return 1e6 * took_s / n_calls
        n_calls = max(n_calls + 1, round(1.2 * n_calls * _SECONDS / max(took_s, 1e-6)))


def _faults_of(work: Work, n_calls: int = 10) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(n_calls):
        work()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / n_calls


def _loan_table(rounds: int) -> str:
    rows = []
    for size in SIZES:
        for name in ("np.empty", "pool"):
            one = loan(name, size, rounds)
            times = (f"{min(one.untouched.values):.2f}", f"{min(one.written.values):.1f}")
            rows.append((f"{size * 4 / 1000:g}", name, *times, f"{one.faults:.0f}"))
    return table(("kB", "from", "µs, untouched", "µs, written", "page faults, written"), rows)


def _kept_table() -> str:
    rows = []
    for name in ("np.empty", "pool"):
        kept = kept_by_threads(name)
        rows.append((name, f"{kept.busy_mb:.0f}", f"{kept.idle_mb:.0f}"))
    header = (f"{_THREADS} threads, scratch of 12 MB from", "MB after work", "MB when idle")
    return table(header, rows)


def _conversion_table(rounds: int) -> str:
    rows = []
    for seconds in (10.0, 60.0, 300.0):
        for name in ("whole", "blocks"):
            one = conversion(name, seconds, rounds)
            least_ms = min(one.milliseconds.values)
            figures = (f"{least_ms:.1f}", f"{one.peak_mb:.0f}", f"{one.faults:.0f}")
            rows.append((f"{seconds:g}", name, *figures))
    header = ("s of 48 kHz stereo to 16 kHz mono", "converted", "ms", "MB more at most")
    return table((*header, "page faults"), rows)


@click.command()
@click.option("--rounds", default=9, show_default=True, help="Samples of each measurement.")
def main(rounds: int) -> None:
    """Print what new and lent memory cost, as Markdown."""
    machine = Machine.here()
    for part in (_loan_table(rounds), _kept_table(), _conversion_table(rounds)):
        click.echo(f"{part}\n")
    click.echo(f"Measured with `python -m irene.studies.memory.memory_pages` on: {machine}.")


if __name__ == "__main__":
    main()

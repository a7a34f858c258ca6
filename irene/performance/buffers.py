"""What a ring and a pool cost, beside what one would write without them.

::

    python -m irene.performance.buffers
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import click
import numpy as np
import numpy.typing as npt
import psutil

from irene.audio.ring_buffer import RingBuffer
from irene.memory.pool import AudioBufferPool
from irene.memory.usage import return_free_memory
from irene.performance.fresh_process import run_isolated
from irene.performance.machine import Machine
from irene.performance.markdown import table
from irene.performance.spread import Spread, interleaved

Work = Callable[[], object]

BLOCK = 320
"""samples of 20 ms at 16 kHz"""
N_BLOCKS = 1000
SIZES = (320, 4_800, 48_000, 480_000, 14_400_000)
"""float32 samples: 20 ms at 16 kHz; 0.1, 1, 10 and 300 s at 48 kHz"""
_SECONDS = 0.02
"""time that one sample of a measurement takes at least"""
_THREADS = 4
_CLIP = 60 * 48_000
"""samples of the clips that threads copy"""


@dataclass(frozen=True)
class Loan:
    """What it costs to get memory of one size once: where it is looked up, and where it is used."""

    microseconds: Spread
    """time for getting and giving back"""
    written: Spread
    """time for that and writing every sample, microseconds"""
    faults: float
    """pages that the system had to provide each time"""


@dataclass(frozen=True)
class Kept:
    """Memory of a process whose threads have each needed large buffers, 10^6 bytes."""

    busy_mb: float
    """resident memory that came with the work, when it was done"""
    idle_mb: float
    """what was left of it when everything that was idle had been given back"""
    faults: float
    """pages that the system had to provide for each clip"""


def filling(n_blocks: int = N_BLOCKS) -> dict[str, Work]:
    """Return works that collect so many blocks of 20 ms: into a ring, and as one would without."""
    block = np.zeros(BLOCK, np.int16)

    def ring() -> None:
        buffer = RingBuffer(n_blocks * BLOCK)
        append = buffer.append
        for _ in range(n_blocks):
            append(block)

    def concatenated() -> None:
        everything = np.zeros(0, np.int16)
        for _ in range(n_blocks):
            everything = np.concatenate((everything, block))

    return {"RingBuffer.append": ring, "np.concatenate": concatenated}


def lending(size: int) -> dict[str, Work]:
    """Return works that get float32 memory of a size and give it back, without touching it."""
    pool = AudioBufferPool(max_mb=1000)

    def lent() -> None:
        pool.release(pool.acquire(size))

    return {"pool": lent, "np.empty": partial(np.empty, size, np.float32)}


def writing(size: int) -> dict[str, Work]:
    """Return works that get float32 memory of a size, write all of it and give it back."""
    pool = AudioBufferPool(max_mb=1000)

    def lent() -> None:
        with pool.acquire(size) as buffer:
            buffer.data.fill(0.5)

    return {"pool": lent, "np.empty": lambda: np.empty(size, np.float32).fill(0.5)}


def measured(works: dict[str, Work], rounds: int) -> dict[str, Spread]:
    """Return the microseconds of one call of each work, measured in turns."""
    return interleaved(rounds, {name: partial(_microseconds, work) for name, work in works.items()})


def loan(name: str, size: int, rounds: int) -> Loan:
    """Measure getting memory of a size from `pool` or `np.empty`, in a process of its own."""
    return run_isolated(_loan, name, size, rounds)


def kept_by_threads(name: str) -> Kept:
    """Let threads copy clips into scratch memory; return what the process keeps of that."""
    return run_isolated(_kept, name)


def _microseconds(work: Work) -> float:
    """Return the time of one call; as many are made as the clock needs."""
    n_calls = 1
    while True:
        began = time.perf_counter()
        for _ in range(n_calls):
            work()
        took_s = time.perf_counter() - began
        if took_s >= _SECONDS:
            return 1e6 * took_s / n_calls
        n_calls = max(n_calls + 1, round(1.2 * n_calls * _SECONDS / max(took_s, 1e-6)))


def _loan(name: str, size: int, rounds: int) -> Loan:
    idle = measured({name: lending(size)[name]}, rounds)[name]
    write = writing(size)[name]
    written = measured({name: write}, rounds)[name]
    before = _faults()
    for _ in range(10):
        write()
    return Loan(idle, written, (_faults() - before) / 10)


def _kept(name: str) -> Kept:
    clip = np.zeros(_CLIP, np.int16)
    pool = AudioBufferPool()

    def copied(_: int) -> float:
        if name == "pool":
            with pool.acquire(_CLIP) as buffer:
                return _as_float(clip, buffer.data)
        return _as_float(clip, np.empty(_CLIP, np.float32))

    before_mb = _resident_mb()
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(copied, range(2 * _THREADS)))
        faults = _faults()
        n_clips = 10 * _THREADS
        list(threads.map(copied, range(n_clips)))
        faults = _faults() - faults
        busy_mb = _resident_mb() - before_mb
        pool.clear()
        return_free_memory()
        idle_mb = _resident_mb() - before_mb
    return Kept(busy_mb, idle_mb, faults / n_clips)


def _as_float(samples: npt.NDArray[np.int16], scratch: npt.NDArray[np.float32]) -> float:
    np.multiply(samples, np.float32(1 / 32768), out=scratch)
    squared = scratch * scratch  # memory of whatever works on it
    return float(squared[0])


def _faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


def _ring_table(rounds: int) -> str:
    spreads = measured(filling(), rounds)
    ring = spreads["RingBuffer.append"].median
    rows = [
        (name, f"{spread.median / N_BLOCKS:.2f}", f"{spread.median / ring:.0f}", _noise(spread))
        for name, spread in spreads.items()
    ]
    return table(("20 ms appended, 1000 times", "µs each", "ratio", "spread"), rows)


def _pool_table(rounds: int) -> str:
    rows = []
    for size in SIZES:
        for name in ("np.empty", "pool"):
            one = loan(name, size, rounds)
            rows.append(
                (
                    f"{size * 4 / 1000:,.0f}",
                    name,
                    f"{one.microseconds.median:.2f}",
                    f"{one.written.median:.2f}",
                    f"{one.faults:.0f}",
                    _noise(one.written),
                )
            )
    return table(("kB", "from", "µs", "µs written", "page faults", "spread"), rows)


def _kept_table() -> str:
    rows = []
    for name in ("np.empty", "pool"):
        kept = kept_by_threads(name)
        rows.append((name, f"{kept.busy_mb:.0f}", f"{kept.idle_mb:.0f}", f"{kept.faults:.0f}"))
    header = (f"{_THREADS} threads, clips of 60 s", "MB kept", "MB when idle", "page faults")
    return table(header, rows)


def _noise(spread: Spread) -> str:
    return f"{spread.relative:.0%}{', noisy' if spread.is_noisy else ''}"


@click.command()
@click.option("--rounds", default=9, show_default=True, help="Samples of each measurement.")
def main(rounds: int) -> None:
    """Print what a ring and a pool cost as Markdown."""
    machine = Machine.here()
    for part in (_ring_table(rounds), _pool_table(rounds), _kept_table()):
        click.echo(f"{part}\n")
    click.echo(f"Measured with `python -m irene.performance.buffers` on: {machine}.")


if __name__ == "__main__":
    main()

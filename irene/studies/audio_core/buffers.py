"""Keeping samples and lending memory: what a ring and a pool take, and what numpy does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from irene.audio.ring_buffer import RingBuffer
from irene.memory.pool import AudioBufferPool
from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.goal import Goal
from irene.performance.benchmark.probe import Probe, looped
from irene.performance.benchmark.rounds import Pace

BLOCK = 320
"""samples of 20 ms at 16 kHz, int16"""
N_BLOCKS = 1000
LENT = 48_000
"""float32 samples: 1 s at 48 kHz, 192 kB"""
_LAST = 16_000
"""samples that are read back: 1 s"""
_RING = "RingBuffer.append"
_JOINED = "np.concatenate"
_POOL = "AudioBufferPool"
APPEND_GOALS = (
    Goal("an append of 20 ms", _RING, 0.5),
    Goal("against np.concatenate, 1000 appends", _RING, 1 / 20, _JOINED),
)
LOAN_GOALS = (Goal("acquire and release 48000 float32", _POOL, 0.5),)


def append_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure appending 1000 blocks to a ring beside what one would write without it."""
    block = np.arange(BLOCK, dtype=np.int16)
    probes = (
        Probe(_RING, looped(_into_ring(block)), N_BLOCKS),
        Probe("a deque of copies", looped(_into_deque(block)), N_BLOCKS),
        Probe(_JOINED, looped(_into_joined(block)), N_BLOCKS),
    )
    title = "Appending to a ring of 20 s, 1000 times"
    comparison = Comparison("append", title, _RING, "20 ms of audio", goals=APPEND_GOALS)
    return comparison.measured(probes, pace)


def read_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure reading the last second back, as a look back or a replay does."""
    block = np.arange(BLOCK, dtype=np.int16)
    ring, blocks = RingBuffer(N_BLOCKS * BLOCK), deque([block.copy()] * N_BLOCKS)
    for _ in range(N_BLOCKS):
        ring.append(block)
    n_blocks = _LAST // BLOCK
    probes = (
        Probe.of("RingBuffer.read_last", lambda: ring.read_last(_LAST)),
        Probe.of(
            "a deque of blocks, joined",
            lambda: np.concatenate([blocks[index] for index in range(-n_blocks, 0)]),
        ),
    )
    title = "Reading the last second back"
    comparison = Comparison("read", title, "RingBuffer.read_last", "1 s of audio")
    return comparison.measured(probes, pace)


def loan_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure getting memory and giving it back, without touching it."""
    pool = AudioBufferPool()

    def lent() -> None:
        pool.release(pool.acquire(LENT))

    probes = (
        Probe.of(_POOL, lent),
        Probe.of("np.empty", lambda: np.empty(LENT, np.float32)),
        Probe.of("np.zeros", lambda: np.zeros(LENT, np.float32)),
    )
    title = "Memory for 48000 float32, untouched"
    comparison = Comparison("loan", title, _POOL, "acquire and release", goals=LOAN_GOALS)
    return comparison.measured(probes, pace)


def written_loan_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure the same with every sample written: what memory costs that is used."""
    pool = AudioBufferPool()

    def lent() -> None:
        with pool.acquire(LENT) as buffer:
            buffer.data.fill(0.5)

    probes = (
        Probe.of(_POOL, lent),
        Probe.of("np.empty", lambda: np.empty(LENT, np.float32).fill(0.5)),
        Probe.of("np.zeros", lambda: np.zeros(LENT, np.float32).fill(0.5)),
    )
    title = "Memory for 48000 float32, every sample written"
    comparison = Comparison("written", title, _POOL, "acquire, write and release")
    return comparison.measured(probes, pace)


def _into_ring(block: npt.NDArray[np.int16]) -> Callable[[], None]:
    ring = RingBuffer(N_BLOCKS * BLOCK)

    def append_all() -> None:
        append = ring.append
        for _ in range(N_BLOCKS):
            append(block)

    return append_all


def _into_deque(block: npt.NDArray[np.int16]) -> Callable[[], None]:
    blocks: deque[npt.NDArray[np.int16]] = deque(maxlen=N_BLOCKS)

    def append_all() -> None:
        append = blocks.append
        for _ in range(N_BLOCKS):
            append(block.copy())  # the device uses its block again

    return append_all


def _into_joined(block: npt.NDArray[np.int16]) -> Callable[[], None]:
    def append_all() -> None:
        everything = np.zeros(0, np.int16)
        for _ in range(N_BLOCKS):
            everything = np.concatenate((everything, block))

    return append_all

"""A trace played again: by an arena, by the C library, by a pool."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import psutil

from irene.memory.arena.arena import Arena, Block
from irene.memory.arena.spaces import AllocationStrategy
from irene.memory.buffer import AudioBuffer
from irene.memory.pool import AudioBufferPool
from irene.studies.arena.trace import Step

_LOOK_EVERY = 8
"""steps from one look at the fragmentation to the next"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a trace in an arena."""

    failures: int
    """requests for which there was no room"""
    fragmentation: float
    """mean share of what is free that no single request could have, 0 to 1"""
    waste: float
    """mean share of the blocks in use that nobody asked for, 0 to 1"""
    moved_mb: float
    """what was moved to push blocks together, 10^6 bytes"""
    step_us: float
    """time of one step, microseconds"""


@dataclass(frozen=True, slots=True)
class Held:
    """What a trace costs where memory comes from the system."""

    peak_mb: float
    """by how much the process grew at most, 10^6 bytes"""
    step_us: float
    """time of one step, microseconds"""


def replay(
    steps: Sequence[Step],
    size: int,
    strategy: AllocationStrategy,
    compacts: bool,
    threshold: float = 1.0,
) -> Replayed:
    """Play a trace in an arena of this size, whose blocks have bytes: moving them costs time.

    With `compacts`, a request that fails has them pushed together; so has what is given back and
    leaves more than a share `threshold` of the free memory scattered.
    """
    arena = Arena(size, strategy, memory=np.zeros(size, np.uint8))
    live: dict[int, Block] = {}
    fragmentation, waste = [], []
    failures, took_s = 0, 0.0
    for index, step in enumerate(steps):
        began = time.perf_counter()
        if step.n_bytes:
            block = arena.allocate(step.n_bytes)
            if block is None and compacts and arena.stats().free >= step.n_bytes:
                arena.compact()
                block = arena.allocate(step.n_bytes)
            if block is None:
                failures += 1
            else:
                live[step.number] = block
        elif step.number in live:
            arena.free(live.pop(step.number))
            if compacts and threshold < 1.0 and arena.stats().fragmentation > threshold:
                arena.compact()
        took_s += time.perf_counter() - began
        if index % _LOOK_EVERY == 0:
            stats = arena.stats()
            fragmentation.append(stats.fragmentation)
            waste.append(stats.waste)
    return Replayed(
        failures=failures,
        fragmentation=sum(fragmentation) / max(1, len(fragmentation)),
        waste=sum(waste) / max(1, len(waste)),
        moved_mb=arena.stats().moved / 1e6,
        step_us=1e6 * took_s / max(1, len(steps)),
    )


def replay_malloc(steps: Sequence[Step]) -> Held:
    """Play a trace with new arrays, every page of which is written."""
    live: dict[int, object] = {}
    before, peak, took_s = _resident(), 0, 0.0
    for index, step in enumerate(steps):
        began = time.perf_counter()
        if step.n_bytes:
            array = live[step.number] = np.empty(step.n_bytes, np.uint8)
            took_s += time.perf_counter() - began
            array[::4096] = 1
        else:
            del live[step.number]
            took_s += time.perf_counter() - began
        peak = max(peak, _resident()) if index % _LOOK_EVERY == 0 else peak
    return Held((peak - before) / 1e6, 1e6 * took_s / max(1, len(steps)))


def replay_pool(steps: Sequence[Step]) -> Held:
    """Play a trace with loans of a pool without limits, every page of which is written."""
    pool = AudioBufferPool(max_buffers=100_000, max_mb=10_000)
    live: dict[int, AudioBuffer] = {}
    before, peak, took_s = _resident(), 0, 0.0
    for index, step in enumerate(steps):
        began = time.perf_counter()
        if step.n_bytes:
            buffer = live[step.number] = pool.acquire(step.n_bytes, np.uint8)
            took_s += time.perf_counter() - began
            buffer.data[::4096] = 1
        else:
            live.pop(step.number).release()
            took_s += time.perf_counter() - began
        peak = max(peak, _resident()) if index % _LOOK_EVERY == 0 else peak
    return Held((peak - before) / 1e6, 1e6 * took_s / max(1, len(steps)))


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)

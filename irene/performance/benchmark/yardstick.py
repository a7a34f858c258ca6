"""A piece of work that never changes: how fast the machine is just now.

Whatever slows the machine, such as heat or a neighbour on the same processor, slows it as well; a
change of irene or of an engine does not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from irene.performance.benchmark.probe import Clock
from irene.performance.benchmark.timer import SystemTimer, Timer

_LOOPS = 3
"""the least of so many counts: a moment of disturbance is no slow machine"""
_N_STEPS = 4000
_N_SAMPLES = 8192
_N_BYTES = 400_000


class Yardstick:
    """Python, numpy and memory at work, about a millisecond of it; keeps its own material."""

    def __init__(
        self, timer: Timer | None = None, work: Callable[[], object] | None = None
    ) -> None:
        """`work` takes the place of the work, for tests of what measures with it."""
        self._timer = timer or SystemTimer()
        self._work = work or _Work()
        for _ in range(_LOOPS):
            self._work()

    def measured_s(self, clock: Clock) -> float:
        """Return the seconds that it takes just now."""
        return min(self._once_s(clock) for _ in range(_LOOPS))

    def _once_s(self, clock: Clock) -> float:
        now_s = self._timer.wall_s if clock == "wall" else self._timer.cpu_s
        began_s = now_s()
        self._work()
        return now_s() - began_s


class _Work:
    def __init__(self) -> None:
        random = np.random.default_rng(0)
        self._signal = random.standard_normal(_N_SAMPLES)
        self._memory = random.integers(256, size=_N_BYTES, dtype=np.uint8)

    def __call__(self) -> float:
        total = 0
        for step in range(_N_STEPS):
            total += step * step & 255
        spectrum = np.fft.rfft(self._signal)
        return total + float(abs(spectrum[1])) + int(self._memory.copy()[-1])

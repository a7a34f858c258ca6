"""Making caches and pools give memory back when it gets scarce."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from irene.domain.clock import Clock
from irene.domain.events import Event, MemoryPressure
from irene.memory.usage import ReadUsage, return_free_memory

HIGH = 0.85
"""share of the limit above which memory is scarce"""
LOW = 0.75
"""share of the limit below which there is enough again"""
_EVERY_S = 5.0
"""time from one look to the next"""
_SHARES = (1.0, 0.5, 0.25, 0.0)
"""what is left to caches and pools, step by step"""


class Shrinkable(Protocol):
    """A cache or pool that can give memory back."""

    def shrink(self, share: float) -> None:
        """Keep at most this share (0 to 1) of its own limit from now on, and drop the rest now."""
        ...

    def restore(self) -> None:
        """Keep as much as its own limit allows again."""
        ...


class MemoryWatermark:
    """Looks at the memory in use now and then, and holds caches and pools to what there is room.

    Above 85 % of the limit they may keep half of their size, at the next look a quarter, then
    nothing; below 75 % they get it back in the same steps. In between nothing changes, so that
    they are not filled and emptied in turn. There is no thread: somebody calls `check`, from
    whatever thread, as often as it likes.
    """

    def __init__(
        self,
        read: ReadUsage | None,
        holders: Sequence[Shrinkable],
        report: Callable[[Event], None],
        clock: Clock,
        release: Callable[[], None] = return_free_memory,
    ) -> None:
        """With `read` None there is no limit; `release` hands free memory back to the system."""
        self._read = read
        self._holders = tuple(holders)
        self._report = report
        self._clock = clock
        self._release = release
        self._looking = threading.Lock()
        self._next_s = clock.monotonic() + _EVERY_S
        self._step = 0

    def renew(self, read: ReadUsage | None, holders: Sequence[Shrinkable]) -> None:
        """Look at another limit from now on, and have others give memory back.

        Without a limit all may hold as much as they like again: nobody will look at them.
        """
        with self._looking:
            self._read, self._holders = read, tuple(holders)
            if self._step:  # whoever is new has not given anything yet
                self._step = 0 if read is None else self._step
                self._hold(_SHARES[self._step])

    def check(self) -> None:
        """Look, if the last look is some seconds ago; report a `memory_pressure` that changes."""
        if self._read is None or self._clock.monotonic() < self._next_s:
            return
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._next_s = self._clock.monotonic() + _EVERY_S
            self._look(self._read)
        finally:
            self._looking.release()

    def _hold(self, share: float) -> None:
        for holder in self._holders:
            holder.shrink(share) if share < 1.0 else holder.restore()

    def _look(self, read: ReadUsage) -> None:
        usage = read()
        step = self._step + (usage.share > HIGH) - (usage.share < LOW)
        step = min(max(step, 0), len(_SHARES) - 1)
        if step == self._step:
            return
        shrinks, self._step = step > self._step, step
        share = _SHARES[step]
        self._hold(share)
        freed = 0
        if shrinks:
            self._release()
            freed = max(0, usage.used - read().used)
        self._report(
            MemoryPressure(
                used_mb=round(usage.used / 1e6, 1),
                limit_mb=round(usage.limit / 1e6, 1),
                freed_mb=round(freed / 1e6, 1),
                share=share,
            )
        )

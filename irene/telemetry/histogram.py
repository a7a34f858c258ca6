"""Many values of one thing, from any thread, in bounded memory: none of them is lost."""

from __future__ import annotations

import math
import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence

from irene.telemetry.metrics import SECONDS, Distribution

SETTLE_AT = 256
"""values that wait until one of the threads that bring them counts them"""


class Histogram:
    """Takes values and tells how they are distributed.

    A value is appended to an inbox, which is all that it costs: `deque.append` is documented to be
    thread-safe, and is so on builds without a global interpreter lock too. Who fills the inbox, or
    asks, counts what is in it; one thread does that at a time, and no thread that brings a value
    waits for it.
    """

    def __init__(self, max_samples: int = 1000, bounds: Sequence[float] = SECONDS) -> None:
        """Keep the latest `max_samples` values for quantiles; `bounds` of buckets rise."""
        self.inbox: deque[float] = deque()
        """values that were not counted yet; who appends calls `settle` at `SETTLE_AT` of them"""
        self.max_samples = max_samples
        """latest values that are kept for quantiles"""
        self.bounds = tuple(bounds)
        """upper bounds of all buckets but the last"""
        self._counts = [0] * (len(self.bounds) + 1)
        self._window: deque[float] = deque(maxlen=max_samples)
        self._lock = threading.RLock()  # a finaliser may bring a value in the middle of it
        self._count, self._total = 0, 0.0
        self._minimum, self._maximum = math.inf, -math.inf
        self._errors = self._cancelled = 0

    def observe(self, value: float) -> None:
        """Take a value, in the unit of the metric."""
        self.inbox.append(value)
        if len(self.inbox) >= SETTLE_AT:
            self.settle()

    def failed(self) -> None:
        """Count an attempt that failed; it has no value."""
        with self._lock:
            self._errors += 1

    def given_up(self) -> None:
        """Count an attempt that was cancelled; it has no value."""
        with self._lock:
            self._cancelled += 1

    def settle(self) -> None:
        """Count what waits in the inbox, unless another thread is just doing so."""
        if self._lock.acquire(blocking=False):
            try:
                self._count_inbox()
            finally:
                self._lock.release()

    def distribution(self) -> Distribution:
        """Return how the values are distributed; every value that was brought before is in it."""
        with self._lock:
            self._count_inbox()
            return self._distribution()

    def drain(self) -> tuple[list[float], int, int]:
        """Return what came since it was asked last, and forget it: values, errors, cancellations.

        The values are the latest `max_samples`, oldest first.
        """
        with self._lock:
            self._count_inbox()
            drained = list(self._window), self._errors, self._cancelled
            self._window.clear()
            self._counts = [0] * len(self._counts)
            self._count, self._total = 0, 0.0
            self._minimum, self._maximum = math.inf, -math.inf
            self._errors = self._cancelled = 0
            return drained

    @property
    def is_empty(self) -> bool:
        """Whether nothing came at all, or nothing since it was drained."""
        return not (self.inbox or self._count or self._errors or self._cancelled)

    def add_to(self, other: Histogram) -> None:
        """Count everything that is counted here in another histogram of the same bounds, too."""
        with self._lock:
            self._count_inbox()
            other._window.extend(self._window)
            other._count += self._count
            other._total += self._total
            other._minimum = min(other._minimum, self._minimum)
            other._maximum = max(other._maximum, self._maximum)
            other._errors += self._errors
            other._cancelled += self._cancelled
            other._counts = [
                one + more for one, more in zip(other._counts, self._counts, strict=True)
            ]

    def _distribution(self) -> Distribution:
        latest = sorted(self._window)
        below, buckets = 0, []
        for bound, number in zip((*self.bounds, math.inf), self._counts, strict=True):
            below += number
            buckets.append((bound, below))
        return Distribution(
            count=self._count,
            total=self._total,
            buckets=tuple(buckets),
            minimum=self._minimum if self._count else 0.0,
            maximum=self._maximum if self._count else 0.0,
            window=len(latest),
            p50=quantile(latest, 0.5),
            p95=quantile(latest, 0.95),
            p99=quantile(latest, 0.99),
            errors=self._errors,
            cancelled=self._cancelled,
        )

    def _count_inbox(self) -> None:
        """Count what is there now; the lock is held, so nobody else takes anything out."""
        take = self.inbox.popleft
        values = [take() for _ in range(len(self.inbox))]
        if not values:
            return
        self._window.extend(values)
        self._count += len(values)
        self._total += math.fsum(values)
        values.sort()
        self._minimum = min(self._minimum, values[0])
        self._maximum = max(self._maximum, values[-1])
        below = 0
        for place, bound in enumerate(self.bounds):
            reached = bisect_right(values, bound, below)
            self._counts[place] += reached - below
            below = reached
        self._counts[-1] += len(values) - below


def combined(histograms: Sequence[Histogram]) -> Distribution:
    """Return how the values of several histograms of the same bounds are distributed together.

    The quantiles are of the latest values of each of them.
    """
    together = Histogram(sum(one.max_samples for one in histograms), histograms[0].bounds)
    for one in histograms:
        one.add_to(together)
    return together._distribution()


def quantile(rising: Sequence[float], share: float) -> float:
    """Return the value that this share (0 to 1) of sorted values does not exceed; 0.0 without any.

    Between two values it is interpolated, as NumPy's default does (Hyndman and Fan 1996, type 7).
    """
    if not rising:
        return 0.0
    place = share * (len(rising) - 1)
    low = math.floor(place)
    high = min(low + 1, len(rising) - 1)
    return rising[low] + (rising[high] - rising[low]) * (place - low)

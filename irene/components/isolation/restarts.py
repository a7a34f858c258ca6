"""When a worker that died is started again: at once, later, or not for a long while."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class RestartSettings:
    """How patient one is with a provider whose workers die."""

    window_s: float = 300.0
    """time in which deaths are counted"""
    first_delay_s: float = 0.5
    """wait before the second restart within the window; the first one happens at once"""
    longest_delay_s: float = 30.0
    """each wait is twice the one before, up to this"""
    most_deaths: int = 5
    """deaths within the window that lead to quarantine"""
    quarantine_s: float = 60.0
    """length of the first quarantine; each is twice the one before"""
    longest_quarantine_s: float = 3600.0
    """up to this"""


@dataclass(frozen=True)
class Restart:
    """What is decided about a worker that has died."""

    delay_s: float
    """wait before it is started again"""
    deaths: int
    """how often workers of the provider have died within the window"""
    is_quarantine: bool
    """whether the wait is a quarantine"""


class RestartPolicy:
    """Exponential back-off within a sliding window, and quarantine; shared by a provider's workers.

    After a quarantine the count begins anew. When a whole window passes without a death, the next
    quarantine is as short as the first.
    """

    def __init__(self, settings: RestartSettings | None = None) -> None:
        self.settings = settings or RestartSettings()
        self._lock = threading.Lock()
        self._deaths: deque[float] = deque()
        self._n_quarantines = 0
        self._last_s = float("-inf")

    def died(self, now_s: float) -> Restart:
        """Decide about a worker that died now (seconds of any clock that never goes back)."""
        with self._lock:
            return self._decided(now_s)

    def _decided(self, now_s: float) -> Restart:
        settings = self.settings
        while self._deaths and self._deaths[0] <= now_s - settings.window_s:
            self._deaths.popleft()
        if now_s - self._last_s > settings.window_s + self._quarantine_s(self._n_quarantines - 1):
            self._n_quarantines = 0
        self._deaths.append(now_s)
        self._last_s = now_s
        deaths = len(self._deaths)
        if deaths >= settings.most_deaths:
            self._deaths.clear()
            delay_s = self._quarantine_s(self._n_quarantines)
            self._n_quarantines += 1
            return Restart(delay_s, deaths, True)
        delay_s = settings.first_delay_s * 2.0 ** (deaths - 2) if deaths > 1 else 0.0
        return Restart(min(delay_s, settings.longest_delay_s), deaths, False)

    def _quarantine_s(self, number: int) -> float:
        """Return the length of a quarantine, the first one being number 0; 0 before it."""
        if number < 0:
            return 0.0
        longest = self.settings.longest_quarantine_s
        return float(min(self.settings.quarantine_s * 2.0 ** min(number, 32), longest))

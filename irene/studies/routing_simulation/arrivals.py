"""When people speak."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Protocol


class Arrivals(Protocol):
    """A stream of requests that does not wait for answers: nobody speaks later because irene lags.

    (Measuring with a client that does is "co-ordinated omission": it hides the worst times.)
    """

    @property
    def rate_hz(self) -> float:
        """Requests a second in the long run."""
        ...

    def times(self, random: Random) -> Iterator[float]:
        """Yield ascending times in seconds, without end."""
        ...


@dataclass(frozen=True)
class Poisson:
    """Many people who know nothing of each other."""

    rate_hz: float

    def times(self, random: Random) -> Iterator[float]:
        """Yield ascending times in seconds, without end."""
        now_s = 0.0
        while True:
            now_s += random.expovariate(self.rate_hz)
            yield now_s


@dataclass(frozen=True)
class Bursts:
    """A household: silence, then several people, or several commands, within seconds.

    Bursts begin as a Poisson process does; their sizes are geometric, the pauses within them
    exponential.
    """

    rate_hz: float
    size: float
    """mean number of requests in a burst, at least 1"""
    pause_s: float
    """mean time from one request of a burst to its next"""

    def times(self, random: Random) -> Iterator[float]:
        """Yield ascending times in seconds, without end."""
        waiting: list[float] = []
        for begin_s in Poisson(self.rate_hz / self.size).times(random):
            while waiting and waiting[0] <= begin_s:
                yield heapq.heappop(waiting)
            time_s = begin_s
            heapq.heappush(waiting, time_s)
            while random.random() > 1 / self.size:
                time_s += random.expovariate(1 / self.pause_s)
                heapq.heappush(waiting, time_s)


@dataclass(frozen=True)
class Satellites:
    """Rooms that each speak every now and then, never twice within a rest: smoother than chance."""

    n: int
    """rooms"""
    each_s: float
    """mean time from one request of a room to its next"""
    rest_s: float
    """shortest such time"""

    @property
    def rate_hz(self) -> float:
        """Requests a second in the long run."""
        return self.n / self.each_s

    def times(self, random: Random) -> Iterator[float]:
        """Yield ascending times in seconds, without end."""
        rooms = [random.uniform(0.0, self.each_s) for _ in range(self.n)]
        heapq.heapify(rooms)
        chance_hz = 1 / (self.each_s - self.rest_s)
        while True:
            yield rooms[0]
            heapq.heapreplace(rooms, rooms[0] + self.rest_s + random.expovariate(chance_hz))


@dataclass(frozen=True)
class Rush:
    """A Poisson process whose rate rises for a while, again and again."""

    usual_hz: float
    most_hz: float
    """rate during a rush"""
    every_s: float
    """time from one rush to the next"""
    lasts_s: float
    """length of a rush, which comes at the end of each period"""

    @property
    def rate_hz(self) -> float:
        """Requests a second in the long run."""
        share = self.lasts_s / self.every_s
        return share * self.most_hz + (1 - share) * self.usual_hz

    def times(self, random: Random) -> Iterator[float]:
        """Yield ascending times in seconds, without end; by thinning (Lewis and Shedler, 1979)."""
        quiet_s = self.every_s - self.lasts_s
        for time_s in Poisson(self.most_hz).times(random):
            is_rush = time_s % self.every_s >= quiet_s
            if is_rush or random.random() < self.usual_hz / self.most_hz:
                yield time_s

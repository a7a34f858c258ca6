"""Simulated engines, and what goes wrong with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import NamedTuple

from irene.studies.routing_simulation.service_times import Constant, ServiceTime

ALWAYS = float("inf")
"""length of a fault that never ends"""


class Ending(Enum):
    """What an engine does with a request in the end."""

    ANSWER = "answer"
    """gives the text"""
    ERROR = "error"
    """raises"""


@dataclass(frozen=True)
class Fault:
    """What is wrong with an engine, and when; a period without end is one that lasts."""

    begin_s: float = 0.0
    """when it begins for the first time"""
    lasts_s: float = ALWAYS
    """how long it lasts each time"""
    every_s: float = ALWAYS
    """time from one beginning to the next"""
    error_share: float = 0.0
    """of the requests that come while it lasts, those that end in an error, 0 to 1"""
    error_after: ServiceTime | None = None
    """how long the engine works until it raises; as long as it would take to answer unless given"""
    slow_down: float = 1.0
    """factor of the time that it takes"""
    is_hung: bool = False
    """whether requests get no answer, and the engine comes back only when the fault ends"""
    is_loading: bool = False
    """whether the engine begins to work on requests only when the fault ends"""

    def is_active(self, time_s: float) -> bool:
        """Return whether the engine has it at a time."""
        return 0 <= self._phase_s(time_s) < self.lasts_s

    def end_s(self, time_s: float) -> float:
        """Return when it ends that is active at a time."""
        return time_s - self._phase_s(time_s) + self.lasts_s

    def begins(self, until_s: float) -> list[float]:
        """Return when it begins, up to a time."""
        if self.every_s == ALWAYS:
            return [self.begin_s] if self.begin_s <= until_s else []
        n = math.floor((until_s - self.begin_s) / self.every_s) + 1
        return [self.begin_s + number * self.every_s for number in range(n)]

    def _phase_s(self, time_s: float) -> float:
        """Return the time since it began last, negative before it ever began."""
        passed_s = time_s - self.begin_s
        return passed_s % self.every_s if passed_s >= 0 and self.every_s < ALWAYS else passed_s


class Work(NamedTuple):
    """What becomes of a request at an engine."""

    seconds: float
    """how long the engine is busy with it"""
    ending: Ending


@dataclass(frozen=True)
class Engine:
    """A provider of the fleet, as far as a router can tell."""

    name: str
    service: ServiceTime
    places: int = 1
    """requests at the same time: its `max_concurrency`"""
    weight: float = 1.0
    """share of the requests that it is meant to get"""
    faults: Sequence[Fault] = ()

    @property
    def capacity_hz(self) -> float:
        """Requests a second that it can answer while it is healthy."""
        return self.places / self.service.mean_s

    def spells(self, until_s: float) -> list[tuple[float, float]]:
        """Return (begin, end) of everything that was wrong with it and is over at a time."""
        return [
            (begin_s, begin_s + fault.lasts_s)
            for fault in self.faults
            for begin_s in fault.begins(until_s)
            if begin_s + fault.lasts_s < until_s
        ]

    def work(self, time_s: float, random: Random) -> Work:
        """Return what becomes of a request that begins at a time.

        The same number of draws is made in health and in sickness, so that two runs that differ
        in one fault remain comparable.
        """
        seconds, luck = self.service.draw(random), random.random()
        for fault in self.faults:
            if not fault.is_active(time_s):
                continue
            seconds *= fault.slow_down
            if fault.is_hung:
                return Work(fault.end_s(time_s) - time_s, Ending.ERROR)
            if fault.is_loading:
                seconds += fault.end_s(time_s) - time_s
            if luck < fault.error_share:
                after = fault.error_after or Constant(seconds)
                return Work(after.draw(random), Ending.ERROR)
        return Work(seconds, Ending.ANSWER)

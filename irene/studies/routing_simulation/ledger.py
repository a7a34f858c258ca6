"""What becomes of the requests of a simulated run, taken down while it happens."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

import numpy as np

from irene.studies.routing_simulation.engines import Engine


class End(Enum):
    """How a request ends; each does so exactly once."""

    ANSWERED = "answered"
    """with a text, in time"""
    FAILED = "failed"
    """every attempt that was allowed failed"""
    LATE = "late"
    """the deadline passed first"""


@dataclass(frozen=True)
class Figures:
    """A run in numbers."""

    n_requests: int
    ends: Mapping[End, int]
    """requests that ended in each way"""
    p50_s: float
    """median time to the answer; a request without an answer counts as its whole deadline, so
    that nobody looks fast by giving up"""
    p95_s: float
    p99_s: float
    mean_stay_s: float
    """mean time from arrival to the end of a request, whatever the end"""
    mean_present: float
    """mean number of requests that had arrived and not ended, over the whole run"""
    seconds: float
    """virtual time from the first arrival to the last end"""
    n_begun: int
    """requests that some engine began"""
    attempts: Mapping[str, int]
    """requests that each engine began"""
    answers: Mapping[str, int]
    """answers that each engine gave, too late or second ones included"""
    most_at_once: Mapping[str, int]
    """requests that each engine had at the same time at most"""
    busy_s: Mapping[str, float]
    """time that each engine worked, over all its places"""
    sick_attempts: float
    """requests that an engine began during each of its faults; mean over all faults"""
    back_s: float | None
    """median time from the end of a fault to the engine's next answer; None without faults"""
    n_openings: int = 0
    """times that a circuit opened"""

    @property
    def success(self) -> float:
        """Share of the requests that were answered in time."""
        return self.ends[End.ANSWERED] / self.n_requests

    @property
    def extra_work(self) -> float:
        """Attempts beyond the first one, for each request."""
        return (sum(self.attempts.values()) - self.n_begun) / self.n_requests

    def shares(self) -> dict[str, float]:
        """Return each engine's share of all attempts."""
        total = max(1, sum(self.attempts.values()))
        return {name: count / total for name, count in self.attempts.items()}


class Ledger:
    """Takes down arrivals, attempts, answers and ends."""

    def __init__(self, engines: Sequence[Engine], deadline_s: float) -> None:
        self._engines = {engine.name: engine for engine in engines}
        self._deadline_s = deadline_s
        self._ends = dict.fromkeys(End, 0)
        self.answer_s = array("d")
        """time to the answer of each request, the whole deadline where there was none"""
        self.wait_s = array("d")
        """time from the arrival of each request to its first attempt, where there was one"""
        self.arrivals = array("d")
        """when each request came"""
        self._n_present = 0
        self._stay_s = 0.0
        """time from arrival to end, over all requests"""
        self._present_s = 0.0
        """integral of the number of requests that are present"""
        self._first_s: float | None = None
        self._now_s = 0.0
        names = list(self._engines)
        self._at_once = dict.fromkeys(names, 0)
        self._most_at_once = dict.fromkeys(names, 0)
        self._busy_s = dict.fromkeys(names, 0.0)
        self.begins: dict[str, array[float]] = {name: array("d") for name in names}
        """when each engine began a request"""
        self.answers: dict[str, array[float]] = {name: array("d") for name in names}
        """when each engine gave an answer"""

    def arrived(self, now_s: float) -> None:
        """Take down that a request arrived."""
        if self._first_s is None:
            self._first_s = self._now_s = now_s
        self._pass_to(now_s)
        self._n_present += 1
        self.arrivals.append(now_s)

    def ended(self, now_s: float, arrived_s: float, end: End) -> None:
        """Take down how a request ended."""
        self._pass_to(now_s)
        self._n_present -= 1
        self._ends[end] += 1
        self._stay_s += now_s - arrived_s
        is_answered = end is End.ANSWERED
        self.answer_s.append(now_s - arrived_s if is_answered else self._deadline_s)

    def began(self, now_s: float, name: str, waited_s: float | None) -> None:
        """Take down that an engine began a request, which waited for that if it is its first."""
        if waited_s is not None:
            self.wait_s.append(waited_s)
        self.begins[name].append(now_s)
        self._at_once[name] += 1
        self._most_at_once[name] = max(self._most_at_once[name], self._at_once[name])

    def returned(self, now_s: float, name: str, began_s: float, is_answer: bool) -> None:
        """Take down that an engine came back from a request."""
        self._at_once[name] -= 1
        self._busy_s[name] += now_s - began_s
        if is_answer:
            self.answers[name].append(now_s)

    def figures(self) -> Figures:
        """Return the run in numbers."""
        n = sum(self._ends.values())
        seconds = self._now_s - (self._first_s or 0.0)
        p50_s, p95_s, p99_s = np.quantile(self.answer_s, (0.5, 0.95, 0.99))
        n_sick, back_s = self._around_faults()
        return Figures(
            n_requests=n,
            ends=dict(self._ends),
            p50_s=float(p50_s),
            p95_s=float(p95_s),
            p99_s=float(p99_s),
            mean_stay_s=self._stay_s / n,
            mean_present=self._present_s / seconds,
            seconds=seconds,
            n_begun=len(self.wait_s),
            attempts={name: len(times) for name, times in self.begins.items()},
            answers={name: len(times) for name, times in self.answers.items()},
            most_at_once=dict(self._most_at_once),
            busy_s=dict(self._busy_s),
            sick_attempts=float(np.mean(n_sick)) if n_sick else 0.0,
            back_s=median(back_s) if back_s else None,
        )

    def _pass_to(self, now_s: float) -> None:
        self._present_s += self._n_present * (now_s - self._now_s)
        self._now_s = now_s

    def _around_faults(self) -> tuple[list[int], list[float]]:
        """Return, for each fault that is over, attempts in it and the time to the next answer."""
        n_sick, back_s = [], []
        for name, engine in self._engines.items():
            begins, answers = np.array(self.begins[name]), np.array(self.answers[name])
            for begin_s, end_s in engine.spells(self._now_s):
                first, last = np.searchsorted(begins, (begin_s, end_s))
                n_sick.append(int(last - first))
                later = answers[np.searchsorted(answers, end_s) :]
                back_s.append(float(later[0]) - end_s if len(later) else float("inf"))
        return n_sick, back_s

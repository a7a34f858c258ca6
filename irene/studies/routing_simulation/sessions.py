"""Sessions, such as those of a VAD: who gets the next one, when single windows are timed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

import numpy as np

from irene.components.chain.failover import TIMED_EVERY_S
from irene.components.routing.lease import UNTIMED, Lease
from irene.components.routing.outcome import Outcome
from irene.components.routing.router import Router
from irene.components.routing.settings import Member
from irene.components.routing.strategies import StrategyName
from irene.performance.publishing.markdown import table
from irene.studies.routing_simulation.agenda import Agenda
from irene.studies.routing_simulation.simulation import SETTINGS

STRATEGIES: tuple[StrategyName, ...] = (
    *("primary_fallback", "round_robin", "least_loaded", "latency_weighted"),
)
"""those that make a difference: nobody asks a second engine for a session"""
N_SESSIONS = 5000
_LASTS_S = 60.0
"""mean length of a session"""
_RATE_HZ = 0.2
"""sessions a second: twelve at a time"""
_SCATTER = 0.3
"""sigma of the logarithm of a window's time"""


@dataclass(frozen=True)
class Listener:
    """An engine that hears windows, on a machine of its own."""

    name: str
    window_s: float
    """time for a window, alone"""
    n_cores: int = 4
    """sessions that it hears at a time without being slowed down by any other"""
    slow_down: float = 1.0
    """factor while it is busy with something else, for one minute of five"""

    def cost_s(self, time_s: float, n_sessions: int, chance: Random) -> float:
        """Return how long a window takes now."""
        crowd = max(1.0, n_sessions / self.n_cores)
        slow = self.slow_down if self.is_slow(time_s) else 1.0
        return self.window_s * crowd * slow * chance.lognormvariate(0.0, _SCATTER)

    def is_slow(self, time_s: float) -> bool:
        """Whether it is busy with something else."""
        return self.slow_down > 1.0 and time_s % 300.0 >= 240.0


LISTENERS = (
    Listener("a", 0.004, slow_down=8.0),
    Listener("b", 0.004),
    Listener("c", 0.010),
)
"""two that are equal, one of which is slow at times, and one that takes 2.5 times as long"""


@dataclass
class Sessions:
    """What became of sessions that a strategy has given to the engines."""

    strategy: StrategyName
    windows_s: list[float] = field(default_factory=list)
    """times of the windows that were timed"""
    taken: Counter[str] = field(default_factory=Counter)
    """sessions of each engine"""
    n_into_slow: int = 0
    """sessions that an engine got while it was slow"""

    def run(self, listeners: Sequence[Listener] = LISTENERS, n: int = N_SESSIONS) -> Sessions:
        """Let so many sessions begin and end."""
        agenda, chance = Agenda(), Random(f"sessions {self.strategy}")
        settings = replace(SETTINGS, strategy=self.strategy, deadline_s=None, seed=1)
        members = [Member(one.name, one) for one in listeners]
        router: Router[Listener] = Router("vad", members, settings, agenda)
        arrivals, begins_s = Random("arrivals"), 0.0
        for _ in range(n):
            begins_s += arrivals.expovariate(_RATE_HZ)
            lasts_s = arrivals.expovariate(1 / _LASTS_S)
            agenda.at(begins_s, _Session(self, router, agenda, chance, lasts_s).begin)
        agenda.run()
        return self

    def note(self, name: str, is_slow: bool) -> None:
        """Count a session that has begun."""
        self.taken[name] += 1
        self.n_into_slow += is_slow

    def row(self, listeners: Sequence[Listener] = LISTENERS) -> tuple[str, ...]:
        """Return the figures as a row of the table."""
        n_sessions = sum(self.taken.values())
        shares = (f"{100 * self.taken[one.name] / n_sessions:.0f}" for one in listeners)
        into_slow = f"{100 * self.n_into_slow / n_sessions:.1f}"
        p50_s, p99_s = np.quantile(self.windows_s, [0.5, 0.99])
        return self.strategy, f"{1e3 * p50_s:.1f}", f"{1e3 * p99_s:.0f}", *shares, into_slow


class _Session:
    """Somebody who talks for a while to the engine that the router has chosen at the start."""

    def __init__(
        self,
        sessions: Sessions,
        router: Router[Listener],
        agenda: Agenda,
        chance: Random,
        lasts_s: float,
    ) -> None:
        self._sessions = sessions
        self._router = router
        self._agenda = agenda
        self._chance = chance
        self._lasts_s = lasts_s
        self._ends_s = 0.0

    def begin(self) -> None:
        now_s = self._agenda.monotonic()
        lease = self._router.lease()
        lease.proven()
        self._ends_s = now_s + self._lasts_s
        self._sessions.note(lease.name, lease.candidate.is_slow(now_s))
        self._hear(lease)

    def _hear(self, lease: Lease[Listener]) -> None:
        """Time a window, and the next one after 63 more, as long as there are any."""
        now_s = self._agenda.monotonic()
        if now_s >= self._ends_s:
            lease.end(Outcome.TORN_DOWN, UNTIMED)
            return
        seconds = lease.candidate.cost_s(now_s, lease.record.in_flight, self._chance)
        self._sessions.windows_s.append(seconds)
        lease.took(seconds)
        self._agenda.after(TIMED_EVERY_S, lambda: self._hear(lease))


def sessions_report() -> str:
    """Return the table of strategies."""
    shares = (f"of {one.name}, %" for one in LISTENERS)
    header = ("strategy", "window, median, ms", "p99, ms", *shares, "begun with a slow one, %")
    return table(header, [Sessions(strategy).run().row() for strategy in STRATEGIES])

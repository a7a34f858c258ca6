"""Many assistants that lose one server at the same moment, and when each of them tries it again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from statistics import mean, median

from irene.components.routing.breaker import Transition
from irene.components.routing.router import Router
from irene.components.routing.settings import Member
from irene.components.routing.snapshot import Circuit
from irene.performance.publishing.markdown import table
from irene.studies.routing_simulation.agenda import Agenda
from irene.studies.routing_simulation.engines import Engine, Fault
from irene.studies.routing_simulation.service_times import Constant
from irene.studies.routing_simulation.simulation import SETTINGS
from irene.studies.routing_simulation.trials import SimulatedProber

JITTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""from none to what is called full jitter"""
N_ASSISTANTS = 200
OUTAGES_S = (40.0, 55.0, 70.0, 85.0, 100.0)
"""times for which the server is away"""
_STEP_S = 0.1


@dataclass
class Herd:
    """What a server sees of assistants that have lost it, each with a router of its own."""

    jitter: float
    out_s: float
    """time for which the server is away, from 0 on"""
    tried_s: list[float] = field(default_factory=list)
    """when it was tried"""
    back_s: list[float] = field(default_factory=list)
    """when each assistant found it well again"""

    def run(self, n_assistants: int = N_ASSISTANTS, seed: int = 1) -> Herd:
        """Let all of them lose it at once, and go on until each has it back."""
        agenda = Agenda()
        fault = Fault(0.0, self.out_s, error_share=1.0, error_after=Constant(0.01))
        server = Engine("server", Constant(0.3), faults=(fault,))
        for number in range(n_assistants):
            self._add(agenda, server, seed * n_assistants + number)
        agenda.run()
        return self

    def most_at_once(self) -> int:
        """Return the trials within a tenth of a second, at most."""
        return max(Counter(int(time_s / _STEP_S) for time_s in self.tried_s).values())

    def _add(self, agenda: Agenda, server: Engine, seed: int) -> None:
        """Add an assistant that has just lost the server."""
        settings = replace(SETTINGS, breaker=replace(SETTINGS.breaker, jitter=self.jitter))
        local = Engine("local", Constant(0.3))

        def changed(name: str, change: Transition) -> None:
            if change.after is Circuit.HALF_OPEN:
                self.tried_s.append(agenda.monotonic())
            elif change.after is Circuit.CLOSED:
                self.back_s.append(agenda.monotonic())
            agenda.after(0.0, prober.look)

        router: Router[Engine] = Router(
            "asr",
            [Member("server", server), Member("local", local)],
            replace(settings, seed=seed),
            agenda,
            changed,
        )
        prober = SimulatedProber(router, agenda, Random(seed))
        router.failed("server")


def herd_report() -> str:
    """Return the table of jitters."""
    rows = []
    for jitter in JITTERS:
        herds = [Herd(jitter, out_s).run() for out_s in OUTAGES_S]
        rows.append(
            (
                f"{jitter:g}",
                max(one.most_at_once() for one in herds),
                f"{mean(len(one.tried_s) / N_ASSISTANTS for one in herds):.1f}",
                f"{median(one_s - herd.out_s for herd in herds for one_s in herd.back_s):.1f}",
            )
        )
    header = ("jitter", "most trials in 0.1 s", "trials of each", "back after, median, s")
    return table(header, rows)

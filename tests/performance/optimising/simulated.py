"""An assistant whose delay, cost and errors are known, and noise that is drawn."""

import random
from dataclasses import dataclass, field

from irene.config.toml_text import parse_value
from irene.performance.optimising.arms import Arm, Change
from irene.performance.optimising.rounds import Budget, Rounds
from irene.performance.optimising.trial import Heard, TrialResult
from irene.testing import VirtualClock


def change(key, after, before=None):
    """Return a change of one key."""
    return Change(key, before, after)


def arm(**values):
    """Return an arm; underscores in names are dots."""
    return Arm(tuple(change(key.replace("__", "."), value) for key, value in values.items()))


def heard(latency_ms=500.0, cpu_s=0.2, understood=True, errors=0, words=4):
    """Return what became of one recording."""
    return Heard("", latency_ms, cpu_s, True, understood, True, errors, words)


def result(*each, rss_mb=200.0):
    """Return a result of one round."""
    return TrialResult(tuple(each), rss_mb, 1.0)


@dataclass
class Simulation:
    """Measures an arm: effects of its changes are factors of the delay; `noise` is a share."""

    effects: dict = field(default_factory=dict)
    """`KEY=VALUE` to (factor of latency, of CPU, of memory, further word errors in each recording)
    or to a text: why it fails"""
    noise: float = 0.1
    drift: float = 0.0
    """by how much the machine becomes slower with each trial"""
    seed: int = 0
    n_recordings: int = 4
    seconds: float = 10.0
    """virtual time of a trial"""

    def __post_init__(self):
        self.clock = VirtualClock()
        self.random = random.Random(self.seed)
        self.n = 0

    def rounds(self, blocks=None, **budget):
        """Return rounds of this machine."""
        groups = blocks or (tuple(range(self.n_recordings)),)
        wanted = Budget(**{"minutes": 1e9, **budget})
        return Rounds(self.measure, groups, wanted, self.clock, seed=self.seed)

    def measure(self, tried, indices):
        """Return what a trial of an arm would have measured."""
        return self.of(tuple(one.override for one in tried.changes), len(indices))

    def __call__(self, request):
        """Run a trial request."""
        return self.of(request.overrides, len(request.questions))

    def of(self, overrides, n):
        self.n += 1
        self.clock.sleep(self.seconds)
        latency, cpu, rss, errors = 500.0, 0.2, 200.0, 0
        for override in overrides:
            effect = self.effects.get(_plain(override), (1, 1, 1, 0))
            if isinstance(effect, str):
                return TrialResult(failure=effect)
            latency, cpu, rss = latency * effect[0], cpu * effect[1], rss * effect[2]
            errors += effect[3]
        slow = (1 + self.drift) ** self.n
        busy = slow * self.random.lognormvariate(0, self.noise)
        each = [
            heard(
                latency * busy * self.random.lognormvariate(0, self.noise / 2),
                cpu * busy,
                errors == 0,
                min(errors, 4),
            )
            for _ in range(n)
        ]
        return result(*each, rss_mb=rss * self.random.lognormvariate(0, self.noise / 10))


def _plain(override):
    key, _, value = override.partition("=")
    return f"{key}={parse_value(value)}"

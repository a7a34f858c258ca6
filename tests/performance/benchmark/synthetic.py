"""Subjects whose time is made up, so that what is measured is known beforehand."""

import random

from irene.performance.benchmark.probe import Probe
from irene.performance.measuring.spread import Spread


class VirtualTimer:
    """Clocks that only move when somebody works."""

    def __init__(self):
        self.passed_s = self.worked_s = 0.0

    def wall_s(self):
        return self.passed_s

    def cpu_s(self):
        return self.worked_s

    def work(self, seconds, share=1.0):
        self.passed_s += seconds
        self.worked_s += seconds * share


def noisy(middle_s, scatter, seed):
    """Return a function that gives times: never much faster, now and then much slower."""
    source = random.Random(seed)
    return lambda: middle_s * (1.0 + source.expovariate(1.0) * scatter)


def probe(name, one_s, timer, share=1.0):
    """Return a probe of which one loop takes what `one_s()` says."""
    return Probe(name, lambda n: timer.work(n * one_s(), share), timer=timer)


def spread(middle_s, scatter, seed, rounds=25):
    """Return what `rounds` samples of such a probe would have shown."""
    one_s = noisy(middle_s, scatter, seed)
    return Spread(tuple(one_s() for _ in range(rounds)))

"""A bench for workers: providers in workers, their events, and patience."""

import threading
from pathlib import Path

import psutil

from irene.components.isolation.isolating import isolated
from irene.components.isolation.reports import WorkerReports
from irene.components.isolation.restarts import RestartSettings
from irene.components.isolation.settings import WorkerSettings

PATIENCE_S = 60.0
"""longest wait for anything; far more than it takes"""


def wait_until(condition):
    """Wait until a condition is true."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never came true")


def is_gone(pid):
    """Whether a process has ended and was reaped."""
    return not psutil.pid_exists(pid)


def descriptors():
    """Return how many descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


class Bench:
    """Makes isolated providers and keeps what is reported about them."""

    def __init__(self):
        self.events = []
        self.made = []

    def isolated(self, provider, *, settings=None, recorder=None, **limits):
        """Return a provider in workers; limits are fields of `WorkerSettings`."""
        reports = WorkerReports(provider.kind, "NAME", self.events.append, recorder)
        made = isolated(provider, settings or WorkerSettings(**limits), reports)
        self.made.append(made)
        return made

    def names(self):
        """Return the names of the events so far."""
        return [event.event for event in self.events]

    def first(self, name):
        """Wait for an event of this name."""
        wait_until(lambda: name in self.names())
        return next(event for event in self.events if event.event == name)


SOON = RestartSettings(first_delay_s=0.01, longest_delay_s=0.01, most_deaths=1000)
"""restarts without a wait that is worth mentioning, and no quarantine"""

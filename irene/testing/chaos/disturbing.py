"""What happens to an assistant from outside: killed workers, reloads, a run that is ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from random import Random

import psutil

from irene.testing.chaos.configuration import ISOLATED
from irene.testing.faults.fault import Fault
from irene.testing.faults.injector import Injected

_SHARE = 0.2
"""share of the commands in which something happens"""
_LONGEST_BLOCKS = 300
"""blocks of the microphone within which it does"""


class Disturbance(str, Enum):
    """Something that happens while a command is heard and answered."""

    KILL = "kill"
    """one of the processes that providers run in is killed"""
    CRASH = "crash"
    """one of them has a segmentation fault"""
    FREEZE = "freeze"
    """one of them is stopped, and never goes on"""
    RELOAD = "reload"
    """the assistant is given another configuration"""
    BAD_RELOAD = "bad reload"
    """it is given one that cannot be read"""
    END_RUN = "end run"
    """its run is ended, and another one begun"""

    def __str__(self) -> str:
        return self.value


_WEIGHTS = {
    Disturbance.KILL: 4,
    Disturbance.CRASH: 2,
    Disturbance.FREEZE: 1,
    Disturbance.RELOAD: 6,
    Disturbance.BAD_RELOAD: 1,
    Disturbance.END_RUN: 1,
}
_SIGNALS = {
    Disturbance.KILL: signal.SIGKILL,
    Disturbance.CRASH: signal.SIGSEGV,
    Disturbance.FREEZE: signal.SIGSTOP,
}


def disturbances(seed: int, command: int) -> Mapping[int, Disturbance]:
    """Return what happens while a command is heard, by the block of the microphone."""
    random = Random(f"{seed} disturbance {command}")
    if random.random() >= _SHARE:
        return {}
    (one,) = random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
    return {random.randint(1, _LONGEST_BLOCKS): one}


def strike(disturbance: Disturbance, random: Random) -> Injected | None:
    """Send a signal to one of the processes below this one; None when there are none."""
    below = psutil.Process().children(recursive=True)
    if not below:
        return None
    with suppress(ProcessLookupError):
        os.kill(random.choice(below).pid, _SIGNALS[disturbance])
    fault = Fault.HANG if disturbance is Disturbance.FREEZE else Fault.EXIT
    return Injected(f"asr.{ISOLATED}.process", fault, 0)

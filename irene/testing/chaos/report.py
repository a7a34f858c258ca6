"""What became of a trial's commands, and of the process that heard them."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from irene.providers.border import one_line
from irene.testing.chaos.resources import Holding


@dataclass(frozen=True)
class ChaosSettings:
    """How long, and how bad."""

    seed: int = 0
    """what chance begins with"""
    commands: int = 100
    """how many are given"""
    first: int = 0
    """number of the first one"""
    shift: int = 100
    """commands after which a new assistant takes over"""
    deadline_ms: int = 1000
    """time limit of recognisers, handlers, voices and outputs"""
    hangs: float = 1.0
    """how often calls hang, relative to what is usual; each takes a time limit"""
    isolates: bool = True
    """whether a recogniser runs in a process of its own, in some configurations"""


@dataclass(frozen=True)
class Violation:
    """A command that did not get what it was promised."""

    command: int
    what: tuple[str, ...]
    """what is wrong, one line each"""
    faults: tuple[str, ...]
    """what had gone wrong"""
    errors: tuple[str, ...]
    """what had been told to have failed"""
    before: tuple[str, ...] = ()
    """what had gone wrong while the command before was heard and answered"""

    def __str__(self) -> str:
        lines = [f"command {self.command}: {'; '.join(self.what)}"]
        lines += [f"    fault before: {fault}" for fault in self.before]
        lines += [f"    fault: {fault}" for fault in self.faults]
        return "\n".join([*lines, *(f"    told: {error}" for error in self.errors)])


@dataclass
class ChaosReport:
    """What became of all commands."""

    settings: ChaosSettings
    n_commands: int = 0
    audio_s: float = 0.0
    """sound that was heard, seconds"""
    real_s: float = 0.0
    """time that it took, seconds"""
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    """how often each fault came, by kind of provider and fault"""
    disturbances: Counter[str] = field(default_factory=Counter)
    """how often each thing happened from outside"""
    reached: Counter[str] = field(default_factory=Counter)
    """how many commands had to get, and got, how far"""
    n_run_failures: int = 0
    """runs that ended because nothing could be heard any more"""
    n_excused: int = 0
    """commands that missed a time limit without a fault: the machine was too slow"""
    hung: Counter[str] = field(default_factory=Counter)
    """the calls that hung: threads that were abandoned, until they were let go"""
    n_violations: int = 0
    """commands that did not get what they were promised"""
    violations: list[Violation] = field(default_factory=list)
    """the first of them"""
    breaches: list[str] = field(default_factory=list)
    """what events and streams were promised, and did not get"""
    holdings: list[Holding] = field(default_factory=list)
    """what the process held after each assistant"""


def crash_of(error: BaseException) -> str:
    """Return an error that nobody expected, with where it came from, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = (f" < {Path(one.filename).name}:{one.lineno}" for one in reversed(frames))
    return one_line(error) + "".join(places)

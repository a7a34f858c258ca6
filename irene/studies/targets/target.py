"""A target, and the measurement that tells whether it is met."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from irene.performance.benchmark.rounds import Pace
from irene.studies.targets.finding import Absent, Finding
from irene.studies.targets.limit import Limit


class Source(str, Enum):
    """Who set a goal."""

    IRENE = "irene's own"
    TUNING = "audio tuning guide"
    DRIVER = "audio driver and application"
    LANGUAGE = "speech service with language identification"
    VOICE = "voice system with caches and a memory arena"


@dataclass(frozen=True)
class Effort:
    """How hard a measurement tries; is handed to its process."""

    pace: Pace = field(default_factory=lambda: Pace(rounds=15, clock="cpu"))
    """of what is compared in turns; processor time, as other programs lengthen it little"""
    rounds: int = 5
    """times that anything else is measured"""
    peers: Path | None = None
    """interpreter of packages that are compared with"""


Found = Mapping[str, "Finding | Absent"]
"""by the names of targets"""
Work = Callable[[Effort], Found]


@dataclass(frozen=True)
class Measurement:
    """Work that settles one or several targets, in a process of its own."""

    name: str
    how: str
    """what is done, for people; with the command that measures it at length, where there is one"""
    work: Work
    """a function of a module"""
    seconds: float
    """about as long as it takes on a machine of two cores"""
    is_quick: bool = False
    """whether `--quick` does it"""


@dataclass(frozen=True)
class Target:
    """A figure that irene is held to."""

    name: str
    """for `--only`"""
    what: str
    """what is measured"""
    limit: Limit
    source: Source
    measurement: str
    """name of what measures it; empty where irene has nothing of the kind"""
    inapplicable: str = ""
    """why it can be measured nowhere, for a target whose subject irene does not have"""

"""A profile: what was measured, as data that can be kept, shown and written in other formats."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from enum import Enum
from typing import Any, TypeVar

import irene
from irene.errors import ConfigurationError

FORMAT = "irene-profile"
VERSION = 1
"""number of the format; another one is refused"""

T = TypeVar("T")


class Level(str, Enum):
    """How closely somebody looks; a closer look costs more."""

    BASIC = "basic"
    """a sample every 10 ms"""
    DETAILED = "detailed"
    """a sample every 2 ms, and what tasks wait for"""
    COMPREHENSIVE = "comprehensive"
    """a sample every 1 ms, what tasks wait for, and every allocation"""

    def __str__(self) -> str:
        return self.value

    @property
    def interval_s(self) -> float:
        """Time between two samples, seconds."""
        return {Level.BASIC: 0.01, Level.DETAILED: 0.002, Level.COMPREHENSIVE: 0.001}[self]

    @property
    def has_tasks(self) -> bool:
        """Whether tasks that wait are looked at."""
        return self is not Level.BASIC

    @property
    def has_memory(self) -> bool:
        """Whether allocations are traced, also when nobody asks for that."""
        return self is Level.COMPREHENSIVE


@dataclass(frozen=True, slots=True)
class Function:
    """A function that was seen."""

    name: str
    """with its class, as in `Router.call` (Python 3.10 does not tell the class)"""
    module: str
    file: str
    line: int
    """where it begins"""
    component: str = ""
    """the component that it is a part of; empty for one that serves whoever calls it"""
    provider: str = ""
    """the provider that it is a part of"""


@dataclass(frozen=True, slots=True)
class StackTime:
    """One stack of one thread."""

    functions: tuple[int, ...]
    """places in `Profile.functions`, the outermost first"""
    wall_s: float
    """how long the thread was there, seconds"""
    cpu_s: float
    """processor time of that, seconds; more than `wall_s` where native threads worked for it"""
    samples: int
    component: str
    """whose time it is"""
    provider: str = ""
    waits: bool = False
    """whether it waits, rather than works"""
    lines: Mapping[str, float] = field(default_factory=dict)
    """seconds by line of the innermost function"""


@dataclass(frozen=True, slots=True)
class ThreadTime:
    """One thread."""

    name: str
    stacks: tuple[StackTime, ...] = ()
    order: tuple[tuple[int, float], ...] = ()
    """places in `stacks` in the order of time, each with its seconds"""
    is_whole: bool = True
    """whether `order` covers the whole time"""

    @property
    def wall_s(self) -> float:
        """How long it was seen, seconds."""
        return sum(one.wall_s for one in self.stacks)

    @property
    def cpu_s(self) -> float:
        """Its processor time, seconds."""
        return sum(one.cpu_s for one in self.stacks)


@dataclass(frozen=True, slots=True)
class TaskTime:
    """How tasks of one coroutine function waited."""

    name: str
    """the coroutine function"""
    functions: tuple[int, ...]
    """the coroutines that waited for each other, the outermost first"""
    awaited: str
    """what the innermost waited for: `future`, a task; empty where that is not known"""
    wall_s: float
    """how long, seconds; summed over the tasks"""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How it was looked at, and what that took."""

    samples: int
    interval_s: float
    """time between samples that was asked for"""
    longest_gap_s: float
    """the longest that there was"""
    own_cpu_s: float
    """processor time of looking, seconds"""
    has_cpu_clocks: bool
    """whether processor time was read, or guessed from the functions (where the system does not
    tell it)"""
    unseen_cpu_s: float = 0.0
    """processor time that no stack took: native threads, threads that lived between two samples"""


@dataclass(frozen=True, slots=True)
class Site:
    """A line that allocates."""

    file: str
    line: int
    function: str
    """the nearest caller that belongs to a component, else empty"""
    component: str
    bytes: int
    """allocated there and not freed, since the first lap began"""
    blocks: int
    """how many allocations that is"""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A line whose memory grew in every lap."""

    site: Site
    growth: tuple[int, ...]
    """bytes of each lap"""

    @property
    def per_lap(self) -> float:
        """Bytes of a lap, on average."""
        return sum(self.growth) / len(self.growth)


@dataclass(frozen=True, slots=True)
class Memory:
    """Allocations of Python, and the memory of the process."""

    laps: tuple[tuple[int, int], ...] = ()
    """traced and resident bytes after each lap that counts"""
    lap: str = "lap"
    """what a lap is"""
    warm_up_laps: int = 0
    """laps before those; what they allocate is not counted"""
    peak: int = 0
    """most traced bytes at a time"""
    sites: tuple[Site, ...] = ()
    """the lines with the most that was not freed"""
    suspects: tuple[Suspect, ...] = ()
    """lines that may leak"""


@dataclass(frozen=True, slots=True)
class Worker:
    """A process of an isolated provider, which cannot be looked into."""

    pid: int
    name: str
    cpu_s: float
    """processor time that it took meanwhile, seconds"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What was profiled."""

    kind: str
    """`recording`, `live` or `block`"""
    name: str
    """files, assistant, or operation"""
    config: str = ""
    component: str = ""
    """of a block"""
    pid: int = 0
    version: str = ""
    """of irene"""
    python: str = ""

    def here(self) -> Subject:
        """Return it as one of this process."""
        python = platform.python_version()
        return replace(self, pid=os.getpid(), version=irene.__version__, python=python)


@dataclass(frozen=True, slots=True)
class Profile:
    """All of it; `to_dict` and `from_dict` are each other's inverse."""

    subject: Subject
    level: Level
    began: float
    """seconds since 1970 (UTC)"""
    seconds: float
    """how long it was looked at"""
    sampling: Sampling
    functions: tuple[Function, ...] = ()
    threads: tuple[ThreadTime, ...] = ()
    tasks: tuple[TaskTime, ...] = ()
    utterances: tuple[Mapping[str, Any], ...] = ()
    """span tree of each command, as `session_ended` tells it"""
    laps: int = 0
    """how often the recordings were heard"""
    is_partial: bool = False
    """whether somebody ended it early"""
    memory: Memory | None = None
    workers: tuple[Worker, ...] = ()

    @property
    def cpu_s(self) -> float:
        """Processor time of all threads, seconds; without that of looking."""
        return sum(one.cpu_s for one in self.threads) + self.sampling.unseen_cpu_s

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {"format": FORMAT, "version": VERSION, **asdict(self), "level": str(self.level)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Profile:
        """Return what `to_dict` gave.

        Raises:
            ConfigurationError: it is no profile, or one of another version.
        """
        if data.get("format") != FORMAT or data.get("version") != VERSION:
            raise ConfigurationError(
                f"this is no profile of version {VERSION}, but {data.get('format')!r} "
                f"of version {data.get('version')!r}"
            )
        try:
            return _profile(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigurationError(f"the profile is damaged: {error!r}") from None


def _profile(data: Mapping[str, Any]) -> Profile:
    memory = data["memory"]
    return Profile(
        subject=_made(Subject, data["subject"]),
        level=Level(data["level"]),
        began=float(data["began"]),
        seconds=float(data["seconds"]),
        sampling=_made(Sampling, data["sampling"]),
        functions=_all(Function, data["functions"]),
        threads=tuple(_thread(one) for one in data["threads"]),
        tasks=_all(TaskTime, data["tasks"]),
        utterances=tuple(data["utterances"]),
        laps=int(data["laps"]),
        is_partial=bool(data["is_partial"]),
        memory=None if memory is None else _memory(memory),
        workers=_all(Worker, data["workers"]),
    )


def _thread(data: Mapping[str, Any]) -> ThreadTime:
    order = tuple((int(place), float(seconds)) for place, seconds in data["order"])
    stacks = _all(StackTime, data["stacks"])
    return ThreadTime(data["name"], stacks, order, bool(data["is_whole"]))


def _memory(data: Mapping[str, Any]) -> Memory:
    suspects = tuple(
        Suspect(_made(Site, one["site"]), tuple(one["growth"])) for one in data["suspects"]
    )
    laps = tuple((int(traced), int(resident)) for traced, resident in data["laps"])
    sites = _all(Site, data["sites"])
    return _made(Memory, {**data, "laps": laps, "sites": sites, "suspects": suspects})


def _made(cls: type[T], data: Mapping[str, Any]) -> T:
    """Return an object of a dataclass; lists become tuples, unknown keys are left out."""
    names = [one.name for one in fields(cls)]  # type: ignore[arg-type]  # T is a dataclass
    given = {name: data[name] for name in names if name in data}
    return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})


def _all(cls: type[T], data: Sequence[Mapping[str, Any]]) -> tuple[T, ...]:
    return tuple(_made(cls, one) for one in data)

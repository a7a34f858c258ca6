"""Under what conditions a run was made: what else the machine did, and how steadily it ran."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from irene.performance.benchmark.timer import SystemTimer, resolution_s
from irene.performance.measuring.machine import Machine
from irene.telemetry.process import own_cpu_s

_STAT = Path("/proc/stat")
_CGROUP = Path("/sys/fs/cgroup/cpu.stat")
_THERMAL = "devices/system/cpu/cpu*/thermal_throttle/core_throttle_count"
_N_TICKS = 8
"""columns of a processor's line that do not overlap: user to steal; guests are counted in user"""
_STEAL = 7
_IDLE = slice(3, 5)
"""idle, and idle while a disk is waited for"""
_MOST_STOLEN = 0.01
_MOST_FREQUENCY_CHANGE = 0.1
_MOST_OTHERS = 0.1
_SHORTEST_S = 1.0
"""time below which the ticks of the processors, a hundred a second, say too little"""


@dataclass(frozen=True)
class Ticks:
    """What the processors have done since the machine started, in ticks."""

    total: int
    stolen: int
    """taken by other virtual machines"""
    idle: int = 0
    """nobody worked"""

    @classmethod
    def read(cls, text: str) -> Ticks:
        """Return the sums of the first line of `/proc/stat`; zeros where there is none."""
        words = text.partition("\n")[0].split()
        if len(words) <= _STEAL + 1 or words[0] != "cpu":
            return cls(0, 0)
        columns = [int(word) for word in words[1 : 1 + _N_TICKS]]
        return cls(sum(columns), columns[_STEAL], sum(columns[_IDLE]))

    def stolen_since(self, before: Ticks) -> float:
        """Return the share of all ticks since then that was taken, 0 to 1."""
        return (self.stolen - before.stolen) / max(1, self.total - before.total)

    def worked_since(self, before: Ticks) -> float:
        """Return the share of all ticks since then in which somebody worked here, 0 to 1."""
        not_here = self.idle - before.idle + self.stolen - before.stolen
        n_ticks = self.total - before.total
        return max(0.0, 1.0 - not_here / n_ticks) if n_ticks > 0 else 0.0


@dataclass(frozen=True)
class Conditions:
    """The machine and what happened to it during a run."""

    machine: Machine
    """as it was before the run"""
    clock_s: float
    """smallest step of the clock, seconds"""
    is_collecting: bool
    """whether Python's garbage collector was on"""
    stolen: float
    """share of the processors' time that other virtual machines took, 0 to 1"""
    throttled: int
    """times that the processors were slowed down for heat, or for the quota of a container"""
    frequency_change: float
    """of the processors, as a share of what it was before; 0.0 where it cannot be read"""
    others: float = 0.0
    """share of the processors' time that other programs took, 0 to 1; 0.0 where it is not known"""
    on_battery: bool = False
    """whether the machine ran on its battery, which slows many of them down"""

    def doubts(self) -> Iterator[str]:
        """Yield reasons not to trust a run; none on a quiet machine."""
        if self.machine.is_busy:
            yield f"load {self.machine.load:g} before the run"
        yield from self.disturbances()

    def disturbances(self) -> Iterator[str]:
        """Yield what happened to the processors during the run.

        The load of the minute before is not among it: after long measuring it is our own.
        """
        if self.stolen > _MOST_STOLEN:
            yield f"other virtual machines took {100 * self.stolen:.0f} % of the processors"
        if self.throttled > 0:
            yield f"the processors were slowed down {self.throttled} times"
        if abs(self.frequency_change) > _MOST_FREQUENCY_CHANGE:
            yield f"the processors' frequency changed by {100 * self.frequency_change:+.0f} %"
        if self.others > _MOST_OTHERS:
            yield f"other programs took {100 * self.others:.0f} % of the processors"
        if self.on_battery:
            yield "the machine ran on its battery"


class Watch:
    """Looks at the machine now, and again at the end of a run."""

    def __init__(self) -> None:
        self._machine = Machine.here()
        self.clock_s = resolution_s(SystemTimer())
        """smallest step of the clock, seconds"""
        self._ticks = _ticks()
        self._throttled = _n_throttled()
        self._mhz = _frequency_mhz()
        self._own_s, self._began_s = own_cpu_s(), SystemTimer.wall_s()
        self._on_battery = _is_on_battery()

    def conditions(self) -> Conditions:
        """Return what has happened since."""
        return Conditions(
            machine=self._machine,
            clock_s=self.clock_s,
            is_collecting=gc.isenabled(),
            stolen=_ticks().stolen_since(self._ticks),
            throttled=_n_throttled() - self._throttled,
            frequency_change=_frequency_mhz() / self._mhz - 1.0 if self._mhz else 0.0,
            others=self._others(),
            on_battery=self._on_battery or _is_on_battery(),
        )

    def _others(self) -> float:
        """Return the share of the processors that neither this process nor its children took."""
        passed_s = SystemTimer.wall_s() - self._began_s
        if passed_s < _SHORTEST_S:
            return 0.0
        own = (own_cpu_s() - self._own_s) / (passed_s * self._machine.cores)
        return max(0.0, _ticks().worked_since(self._ticks) - own)


def throttled_in(cgroup_stat: str) -> int:
    """Return how often a container's quota held its processes up, from its `cpu.stat`."""
    lines = (line.partition(" ") for line in cgroup_stat.splitlines())
    return sum(int(value) for key, _, value in lines if key == "nr_throttled")


def _ticks() -> Ticks:
    return Ticks.read(_text(_STAT))


def _n_throttled() -> int:
    heat = sum(int(_text(path) or 0) for path in Path("/sys").glob(_THERMAL))
    return heat + throttled_in(_text(_CGROUP))


def _is_on_battery() -> bool:
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return battery is not None and battery.power_plugged is False


def _frequency_mhz() -> float:
    frequency = psutil.cpu_freq() if hasattr(psutil, "cpu_freq") else None
    return float(frequency.current) if frequency else 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""

"""What each thread of a process takes, and how often it wakes up, as Linux counts it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from irene.performance.publishing.markdown import table

_SWITCHES = "voluntary_ctxt_switches:"


@dataclass(frozen=True)
class ThreadTime:
    """One thread since it began."""

    name: str
    """as the system shows it"""
    cpu_s: float
    """user and system, seconds"""
    wakes: int
    """how often it has waited for something"""


@dataclass(frozen=True)
class ThreadShare:
    """One thread for a while."""

    name: str
    """as the system shows it"""
    cpu_s: float
    """user and system, seconds"""
    wakes: int
    """how often it waited for something"""
    passed_s: float
    """wall time, seconds"""

    def row(self) -> tuple[str, str, str, str]:
        """Return name, percent of a core, wake-ups in a second and microseconds of each."""
        return (
            self.name,
            f"{100 * self.cpu_s / self.passed_s:.3f}",
            f"{self.wakes / self.passed_s:.1f}",
            f"{1e6 * self.cpu_s / max(self.wakes, 1):.0f}",
        )


def thread_times(pid: int) -> dict[str, ThreadTime]:
    """Return the threads of a process by their numbers; none where the system does not tell."""
    found = {}
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError, ValueError, IndexError):  # it ends just now, or is not counted
                found[task.name] = ThreadTime(
                    name=(task / "comm").read_text().strip(),
                    cpu_s=int((task / "schedstat").read_text().split()[0]) / 1e9,
                    wakes=int((task / "status").read_text().split(_SWITCHES)[1].split()[0]),
                )
    return found


def shares(
    before: dict[str, ThreadTime], after: dict[str, ThreadTime], passed_s: float
) -> tuple[ThreadShare, ...]:
    """Return the threads that did anything between two looks, the dearest first."""
    none = ThreadTime("", 0.0, 0)
    found = []
    for number, one in after.items():
        earlier = before.get(number, none)
        spent_s, wakes = one.cpu_s - earlier.cpu_s, one.wakes - earlier.wakes
        if spent_s > 0:
            found.append(ThreadShare(one.name, spent_s, wakes, passed_s))
    return tuple(sorted(found, key=lambda share: -share.cpu_s))


def by_threads(threads: tuple[ThreadShare, ...]) -> str:
    """Return a table."""
    header = ("thread", "% of a core", "wake-ups a second", "us each")
    return table(header, [thread.row() for thread in threads])

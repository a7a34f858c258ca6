"""What became of one profiled block of code."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from irene.performance.profiling.analysis import Analysis, FunctionTime, by_wall
from irene.performance.profiling.profile import Memory, Profile, Site
from irene.performance.profiling.sentences import bottleneck_sentences, short_path

_MOST_FUNCTIONS = 50


@dataclass(frozen=True, slots=True)
class TopFunction:
    """A function in which the block spent time; waiting counts like work."""

    name: str
    file: str
    line: int
    """the line of it that was seen most"""
    component: str
    """the component that it works for"""
    exclusive_ms: float
    """time of its own"""
    inclusive_ms: float
    """with that of every function that it called"""
    share: float
    """`exclusive_ms` of the whole block, 0 to 1"""

    def __str__(self) -> str:
        place = f"{short_path(self.file)}:{self.line}"
        return f"{self.name} {self.exclusive_ms:.1f} ms ({self.share:.0%}) {place}"


@dataclass(frozen=True, slots=True)
class MemoryResult:
    """Allocations of Python while a block ran, of all threads."""

    growth_bytes: int
    """what was allocated and not freed, less what was freed from before"""
    peak_bytes: int
    """most that was traced at a time"""
    resident_growth_bytes: int
    """growth of the process"""
    sites: tuple[Site, ...]
    """lines that allocated most of what was not freed"""


@dataclass(frozen=True, slots=True)
class ProfileResult:
    """One block."""

    component: str
    operation: str
    began: float
    """seconds since 1970 (UTC)"""
    duration_ms: float
    """time from its beginning to its end, by the clock"""
    cpu_ms: float
    """processor time of its thread meanwhile; of a task, an estimate from samples"""
    waiting_ms: float
    """the rest: it waited, or others had the processor"""
    top_functions: tuple[TopFunction, ...]
    """those with the most time of their own first; in all they make up the duration"""
    bottlenecks: tuple[str, ...]
    """functions above a fifth of the duration, in sentences"""
    memory: MemoryResult | None
    """None unless it was asked for"""
    failed: bool
    """whether the block raised"""
    profile: Profile
    """everything that is known"""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            **{key: value for key, value in asdict(self).items() if key != "profile"},
            "profile": self.profile.to_dict(),
        }


def result_of(profile: Profile, cpu_s: float, failed: bool) -> ProfileResult:
    """Return what a profile of one block says."""
    analysis = Analysis(profile, by_wall)
    scale = profile.seconds / analysis.total_s if analysis.total_s > 0 else 0.0
    functions = [one for one in analysis.functions() if one.inclusive_s > 0][:_MOST_FUNCTIONS]
    duration_ms, cpu_ms = 1e3 * profile.seconds, 1e3 * cpu_s
    return ProfileResult(
        component=profile.subject.component,
        operation=profile.subject.name,
        began=profile.began,
        duration_ms=duration_ms,
        cpu_ms=cpu_ms,
        waiting_ms=max(0.0, duration_ms - cpu_ms),
        top_functions=tuple(_top(analysis, one, scale) for one in functions),
        bottlenecks=tuple(bottleneck_sentences(analysis, "time")),
        memory=_memory(profile.memory),
        failed=failed,
        profile=profile,
    )


def _top(analysis: Analysis, one: FunctionTime, scale: float) -> TopFunction:
    function = one.function
    return TopFunction(
        function.name,
        function.file,
        one.hottest_line,
        one.owner[0] or function.component,
        1e3 * scale * one.exclusive_s,
        1e3 * scale * one.inclusive_s,
        analysis.share(one.exclusive_s),
    )


def _memory(memory: Memory | None) -> MemoryResult | None:
    if memory is None or len(memory.laps) < 2:
        return None
    (traced, resident), (traced_at_end, resident_at_end) = memory.laps[0], memory.laps[-1]
    return MemoryResult(
        traced_at_end - traced, memory.peak, resident_at_end - resident, memory.sites
    )

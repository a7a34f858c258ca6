"""Profiling blocks of code by hand, under the names of its documentation."""

from irene.performance.profiling.contexts import ProfilerContext, ProfilerManager
from irene.performance.profiling.performance_profiler import (
    PerformanceProfiler,
    get_performance_profiler,
)
from irene.performance.profiling.profile import Level as ProfilerLevel
from irene.performance.profiling.profile import Profile
from irene.performance.profiling.results import MemoryResult, ProfileResult, TopFunction

__all__ = [
    "MemoryResult",
    "PerformanceProfiler",
    "Profile",
    "ProfileResult",
    "ProfilerContext",
    "ProfilerLevel",
    "ProfilerManager",
    "TopFunction",
    "get_performance_profiler",
]

"""The profiler of operations, and what it says of the process."""

import asyncio
import stat
import sys
import threading
from contextlib import suppress

import pytest
from planted import doze, grind, sleep_while, until_seen

from irene.performance.profiler import (
    PerformanceProfiler,
    ProfilerLevel,
    get_performance_profiler,
)
from irene.performance.profiling.gpu import read_gpus


@pytest.fixture
def profiler():
    """A profiler whose threads are gone afterwards."""
    made = PerformanceProfiler(level=ProfilerLevel.DETAILED, max_history=50_000)
    yield made
    made.close()


def test_the_documented_snippet(profiler):
    """Each operation has a name of its own; the summary is of one component."""
    with profiler.profile_operation("moshi", "inference") as first:
        grind(0.02)
    with profiler.profile_operation("moshi", "inference") as second:
        pass
    with profiler.profile_operation("other", "work"):
        pass
    assert first != second
    summary = profiler.get_performance_summary(component="moshi", last_n_minutes=5)
    assert summary["total_operations"] == 2
    times = summary["operations"]["moshi.inference"]
    assert times["operation_count"] == 2
    assert times["min_time_ms"] <= times["p50_time_ms"] <= times["max_time_ms"]
    assert times["cpu_time_ms"] >= 20
    assert profiler.get_performance_summary()["total_operations"] == 3


def test_what_takes_most_of_the_time_is_named_with_its_function(profiler):
    """What takes little is not."""
    with profiler.profile_operation("moshi", "inference"):
        grind(0.05)
    with profiler.profile_operation("moshi", "tokens"):
        pass
    assert profiler.get_performance_summary()["bottlenecks"] == ["moshi.inference"]
    (told,) = profiler.get_optimization_recommendations()
    assert "moshi.inference" in told
    assert "grind" in told


def test_an_operation_that_raises_is_counted_as_an_error(profiler):
    """Its time counts all the same."""
    with suppress(ValueError), profiler.profile_operation("moshi", "inference"):
        raise ValueError
    summary = profiler.get_performance_summary()
    assert (summary["total_errors"], summary["error_rate"]) == (1, 1.0)
    assert summary["total_time_ms"] > 0


def test_without_operations_there_is_nothing_to_tell(profiler):
    """No figure is invented."""
    summary = profiler.get_performance_summary()
    assert summary["operations"] == {}
    assert (summary["error_rate"], summary["process"]) == (0.0, None)
    assert profiler.get_optimization_recommendations() == []


def test_operations_from_long_ago_are_left_out(profiler):
    """Those that began before the last so many minutes."""
    with profiler.profile_operation("moshi", "inference"):
        pass
    assert profiler.get_performance_summary(last_n_minutes=0)["total_operations"] == 0


def test_in_a_coroutine(profiler):
    """A `with` block, and `await` inside."""

    async def main():
        with profiler.profile_operation("moshi", "inference"):
            await sleep_while(until_seen(profiler._manager._sampler))

    asyncio.run(main())
    (result,) = profiler.get_profile_results("moshi")
    assert result.top_functions[0].name == "sleep"


def test_the_process_is_looked_at_until_somebody_stops_it(profiler):
    """Its memory, processor time and threads; a second call changes nothing."""
    profiler.start_monitoring(interval=0.001)
    profiler.start_monitoring(interval=0.001)
    for _ in range(10_000):
        if profiler.get_performance_summary()["n_looks"] > 2:
            break
        doze(0.001)
    profiler.stop_monitoring()
    profiler.stop_monitoring()
    summary = profiler.get_performance_summary()
    assert summary["n_looks"] > 2
    assert summary["process"]["memory_mb"] > 1
    assert summary["process"]["threads"] >= 1
    assert summary["process"]["gpus"] == []
    assert not [one for one in threading.enumerate() if one.name == "irene-profiler-looks"]


def test_one_for_the_whole_process():
    """The accessor returns the same one again."""
    assert get_performance_profiler() is get_performance_profiler()


@pytest.mark.skipif(sys.platform == "win32", reason="the tool is a shell script")
def test_graphics_processors_are_read_from_their_tool(tmp_path, monkeypatch):
    """Two boards, one of which does not tell how busy it is."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text('#!/bin/sh\necho "Board A, 37, 1024, 8192"\necho "Board B, [N/A], 1, 2"\n')
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    (gpu,) = read_gpus()
    assert (gpu.name, gpu.utilization, gpu.used_bytes) == ("Board A", 0.37, 1024**3)
    tool.write_text("#!/bin/sh\nexit 9\n")
    assert read_gpus() == []
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert read_gpus() == []

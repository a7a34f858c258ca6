"""`BenchmarkSuite`: functions of a program, measured, kept, and compared with before."""

import asyncio
import json
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest

import irene.performance.benchmark.suite as benchmarks
from irene.config.sections.performance import PerformanceSection
from irene.errors import ConfigurationError, ProviderFailedError
from irene.performance.benchmark.conditions import Watch
from irene.performance.benchmarks import BenchmarkResult, BenchmarkSuite
from irene.performance.monitor import ComponentType
from irene.performance.store import layout


@pytest.fixture
def suite(tmp_path):
    return BenchmarkSuite(tmp_path / "data")


def run(suite, function, iterations=5, name="mine", component=ComponentType.STT):
    return asyncio.run(suite.run_benchmark(name, component, function, iterations))


def test_it_works_as_the_guide_shows_it(tmp_path):
    """With the names of the guide: mean and 95th percentile, and a history of days."""
    suite = BenchmarkSuite(str(tmp_path / "data"))
    calls = []

    async def stt_benchmark():
        calls.append(1)
        await asyncio.sleep(0.001)

    async def main():
        return await suite.run_benchmark(
            name="stt_performance",
            component=ComponentType.STT,
            benchmark_func=stt_benchmark,
            iterations=20,
        )

    result = asyncio.run(main())
    assert len(calls) == 21
    assert 1.0 <= result.min_time_ms <= result.avg_time_ms <= result.max_time_ms
    assert result.min_time_ms <= result.median_time_ms == result.p50_time_ms <= result.p95_time_ms
    assert result.p95_time_ms <= result.p99_time_ms <= result.max_time_ms
    assert (result.iterations, result.successes, result.failures) == (20, 20, 0)
    assert result.ops_per_second == pytest.approx(1000 / result.avg_time_ms)
    low, high = result.interval_ms
    assert low <= high
    (kept,) = suite.get_benchmark_history(days=7)
    assert kept == replace(result, change=None)


def test_a_function_that_blocks_does_not_hold_up_the_loop(suite):
    """It is called on a thread; the loop goes on meanwhile."""
    threads, ticks = set(), []

    def block():
        threads.add(threading.current_thread())
        time.sleep(0.005)

    async def main():
        async def tick():
            while True:
                ticks.append(1)
                await asyncio.sleep(0.001)

        ticking = asyncio.ensure_future(tick())
        result = await suite.run_benchmark("mine", "tts", block, 5)
        ticking.cancel()
        return result

    assert asyncio.run(main()).successes == 5
    assert threading.main_thread() not in threads
    assert len(ticks) > 5


def test_a_function_that_returns_what_has_to_be_awaited_is_awaited(suite):
    """A lambda around a coroutine function is no coroutine function itself."""
    done = []

    assert run(suite, lambda: asyncio.sleep(0, done.append(1)), 3).successes == 3
    assert len(done) == 4


@pytest.mark.parametrize("is_async", [False, True])
def test_failures_are_counted_and_not_timed(suite, is_async):
    """Every second call raises after a while; its reason is told once."""
    turns = iter(range(100))

    def work():
        if next(turns) % 2:
            time.sleep(0.002)
            raise ValueError("not today")

    async def awaited():
        work()

    result = run(suite, awaited if is_async else work, 10)
    assert (result.successes, result.failures) == (5, 5)
    assert result.errors == ("ValueError: not today",)
    assert "5 of 10 calls failed" in result.doubts


def test_what_always_fails_is_an_error_and_keeps_nothing(suite):
    """With the reason."""

    def work():
        raise ValueError("never")

    with pytest.raises(ProviderFailedError, match=r"'mine'.*every time: ValueError: never"):
        run(suite, work, 3)
    assert suite.get_benchmark_history() == []


@pytest.mark.parametrize(("iterations", "name"), [(0, "mine"), (-1, "mine"), (3, "")])
def test_a_benchmark_needs_a_name_and_a_call(suite, iterations, name):
    """One line says so."""
    with pytest.raises(ConfigurationError, match="needs a name"):
        run(suite, lambda: None, iterations, name)


def test_iterations_come_from_the_settings_unless_given(tmp_path):
    """`performance.default_benchmark_iterations`."""
    suite = BenchmarkSuite(tmp_path, PerformanceSection(default_benchmark_iterations=7))
    assert asyncio.run(suite.run_benchmark("mine", "asr", lambda: None)).iterations == 7


@pytest.mark.parametrize("is_async", [False, True])
def test_it_ends_after_the_time_of_the_settings(tmp_path, is_async):
    """`performance.benchmark_timeout`: a call that hangs is left, what was measured is kept."""
    suite = BenchmarkSuite(tmp_path, PerformanceSection(benchmark_timeout=0.2))
    turns, release = iter(range(100)), threading.Event()

    def work():
        if next(turns) == 5:
            release.wait(20)

    async def awaited():
        if next(turns) == 5:
            await asyncio.sleep(20)

    result = run(suite, awaited if is_async else work, 10)
    release.set()
    assert 1 <= result.successes < 10
    assert "it took longer than 0.2 s" in result.doubts


def test_what_never_ends_in_time_is_an_error(tmp_path):
    """Nothing is known of it."""
    suite = BenchmarkSuite(tmp_path, PerformanceSection(benchmark_timeout=0.2))

    async def hang():
        await asyncio.sleep(20)

    with pytest.raises(ProviderFailedError, match=r"no call ended in 0\.2 s"):
        run(suite, hang, 3)


def test_cancelling_it_cancels_the_call(suite):
    """Nobody waits for the rest."""
    cancelled = []

    async def work():
        try:
            await asyncio.sleep(20)
        except asyncio.CancelledError:
            cancelled.append(1)
            raise

    async def main():
        task = asyncio.ensure_future(suite.run_benchmark("mine", "asr", work, 3))
        await asyncio.sleep(0.01)
        while not task.done():
            task.cancel()
            await asyncio.sleep(0.001)
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)

    asyncio.run(main())
    assert cancelled in ([], [1])
    assert suite.get_benchmark_history() == []


def test_the_history_can_be_narrowed(suite):
    """By name, by component, by days; the latest first."""
    run(suite, lambda: None, name="a", component="asr")
    run(suite, lambda: None, name="b", component="stt")
    run(suite, lambda: None, name="b", component="tts")
    assert [one.name for one in suite.get_benchmark_history()] == ["b", "b", "a"]
    assert [one.component for one in suite.get_benchmark_history(name="b")] == ["tts", "asr"]
    assert [one.name for one in suite.get_benchmark_history(component="stt")] == ["b", "a"]
    assert suite.get_benchmark_history(days=1e-9) == []


class QuietWatch(Watch):
    """A machine that nothing speaks against."""

    def conditions(self):
        found = super().conditions()
        machine = replace(found.machine, load=0.0)
        return replace(
            found,
            machine=machine,
            stolen=0.0,
            throttled=0,
            frequency_change=0.0,
            others=0.0,
            on_battery=False,
        )


def test_a_regression_against_the_last_one_that_can_be_trusted(suite, monkeypatch):
    """One that cannot be is passed over; the times are made up, so that they are steady."""
    monkeypatch.setattr(benchmarks, "Watch", QuietWatch)

    class Made:
        middle_s = 0.5

        def __init__(self, function, iterations, limit_s):
            self._n = iterations

        async def run(self):
            from irene.performance.benchmark.measurement import Round
            from irene.performance.benchmark.repeating import Repeated

            times = [self.middle_s * (1 + 0.001 * at) for at in range(self._n)]
            return Repeated([Round(one, one, 0.001) for one in times], times, times[0])

    monkeypatch.setattr(benchmarks, "Repeater", Made)
    first = run(suite, None, 20)
    assert (first.doubts, first.change, first.is_regression) == ((), None, False)
    Made.middle_s = 5.0
    weak = run(suite, None, 4)
    assert weak.change.is_slower
    assert not weak.is_regression
    Made.middle_s = 0.6
    found = run(suite, None, 20)
    assert found.is_regression
    assert found.change.ratio == pytest.approx(1.2, rel=0.01)
    Made.middle_s = 0.61
    assert not run(suite, None, 20).is_regression


def test_a_result_comes_back_from_plain_data(suite):
    """All of it, but for what it was compared with."""
    result = run(suite, lambda: None)
    content = json.loads(json.dumps(result.to_dict()))
    assert BenchmarkResult.from_dict(content) == replace(result, change=None)


def test_a_file_of_an_earlier_irene_is_renewed(suite):
    """It holds no benchmarks yet."""
    suite.path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(suite.path)) as connection:
        connection.executescript(layout._FIRST)
        connection.execute("PRAGMA user_version = 1")
    assert suite.get_benchmark_history() == []
    run(suite, lambda: None)
    assert len(suite.get_benchmark_history()) == 1


def test_a_damaged_file_is_one_line(suite):
    """What, where, and what would be right."""
    suite.path.parent.mkdir()
    suite.path.write_bytes(b"no database at all, and long enough to look like one" * 30)
    with pytest.raises(ConfigurationError, match="is damaged"):
        suite.get_benchmark_history()


def test_a_benchmark_can_be_read_from_the_file_by_others(suite):
    """Every round of it: later comparisons are possible."""
    run(suite, lambda: None, 30)
    with sqlite3.connect(suite.path) as connection:
        ((name, content),) = connection.execute("SELECT name, content FROM benchmarks").fetchall()
    assert name == "mine"
    rounds = json.loads(content)["measurement"]["rounds"]
    assert len(rounds) == 25
    assert sum(one[3] for one in rounds) == 30

"""Benchmarks of whatever a program can call: `BenchmarkSuite`, with a history in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from irene.components.threads import in_thread
from irene.config.sections.performance import PerformanceSection
from irene.domain.clock import Clock, SystemClock
from irene.errors import ConfigurationError, ProviderFailedError
from irene.performance.benchmark.conditions import Watch
from irene.performance.benchmark.measurement import Calls, Cold, Measurement
from irene.performance.benchmark.regression import Compared, set_side_by_side
from irene.performance.benchmark.repeating import Function, Repeated, Repeater
from irene.performance.benchmark.trust import judged
from irene.performance.store.benchmarks import KeptBenchmark, Which, found_in, keep
from irene.performance.store.place import store_in
from irene.performance.store.retention import Retention
from irene.performance.watching.performance_monitor import ComponentType

_DAY_S = 86_400.0


@dataclass(frozen=True)
class BenchmarkResult:
    """What one benchmark found; times in milliseconds."""

    name: str
    component: str
    """as `ComponentType` has it"""
    timestamp: datetime
    """when it began, with its zone"""
    measurement: Measurement
    """all of it, in seconds"""
    doubts: tuple[str, ...] = ()
    """reasons not to trust it; none on a quiet machine"""
    fingerprint: str = ""
    """of the machine"""
    change: Compared | None = None
    """what has become of it since the last one that could be trusted, of the same name, on this
    machine; None when there is none"""

    @property
    def iterations(self) -> int:
        """Calls that were timed, and calls that failed."""
        return self.successes + self.failures

    @property
    def successes(self) -> int:
        """Calls that were timed."""
        return self.measurement.calls.n

    @property
    def failures(self) -> int:
        """Calls that raised; they are in no time."""
        return self.measurement.n_failed

    @property
    def errors(self) -> tuple[str, ...]:
        """Why calls failed, each reason once."""
        return self.measurement.failures

    @property
    def avg_time_ms(self) -> float:
        """Mean of all calls."""
        return 1000 * self.measurement.calls.mean_s

    @property
    def median_time_ms(self) -> float:
        """Median of all calls; the same as `p50_time_ms`."""
        return 1000 * self.measurement.calls.p50_s

    p50_time_ms = median_time_ms

    @property
    def p95_time_ms(self) -> float:
        """What 95 of 100 calls do not exceed."""
        return 1000 * self.measurement.calls.p95_s

    @property
    def p99_time_ms(self) -> float:
        """What 99 of 100 calls do not exceed."""
        return 1000 * self.measurement.calls.p99_s

    @property
    def min_time_ms(self) -> float:
        """The shortest call."""
        return 1000 * self.measurement.calls.least_s

    @property
    def max_time_ms(self) -> float:
        """The longest call."""
        return 1000 * self.measurement.calls.most_s

    @property
    def std_dev_ms(self) -> float:
        """Standard deviation of all calls."""
        return 1000 * self.measurement.calls.deviation_s

    @property
    def first_time_ms(self) -> float | None:
        """The first call, which is in none of the others; None where it failed."""
        first_s = self.measurement.cold.first_call_s
        return None if first_s is None else 1000 * first_s

    @property
    def interval_ms(self) -> tuple[float, float]:
        """Where the true median of the rounds lies, 19 times of 20."""
        interval = self.measurement.interval
        return 1000 * interval.low, 1000 * interval.high

    @property
    def ops_per_second(self) -> float:
        """Calls one after another in a second."""
        mean_s = self.measurement.calls.mean_s
        return 1.0 / mean_s if mean_s else 0.0

    @property
    def is_trusted(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.doubts

    @property
    def is_regression(self) -> bool:
        """Whether it has surely become slower; only where both can be trusted."""
        return self.is_trusted and self.change is not None and self.change.is_slower

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; times of the measurement in seconds."""
        return {
            "name": self.name,
            "component": self.component,
            "timestamp": self.timestamp.isoformat(),
            "doubts": list(self.doubts),
            "fingerprint": self.fingerprint,
            "measurement": self.measurement.to_dict(),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> BenchmarkResult:
        """Return what `to_dict` has written; what it was compared with is left out."""
        return cls(
            name=content["name"],
            component=content["component"],
            timestamp=datetime.fromisoformat(content["timestamp"]),
            measurement=Measurement.from_dict(content["measurement"]),
            doubts=tuple(content["doubts"]),
            fingerprint=content["fingerprint"],
        )


class BenchmarkSuite:
    """Measures functions, keeps what it found, and compares with what it found before.

    ::

        benchmarks = BenchmarkSuite("./data")
        result = await benchmarks.run_benchmark(
            name="stt_performance",
            component=ComponentType.STT,
            benchmark_func=transcribe_it,
            iterations=100,
        )
        print(result.avg_time_ms, result.p95_time_ms, result.doubts)
        history = benchmarks.get_benchmark_history(days=7)
    """

    def __init__(
        self,
        data_dir: str | Path | None = "data",
        settings: PerformanceSection | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Keep what is found in a folder, which is made when something is.

        Args:
            data_dir: the folder of the file, `performance.db`; None keeps nothing, so that nothing
                is compared with what was before.
            settings: `[performance]` of a configuration; None takes the defaults.
            clock: what tells the time of day; None takes the machine's.
        """
        self.path = None if data_dir is None else store_in(data_dir)
        """the file; None where nothing is kept"""
        self._settings = settings or PerformanceSection()
        self._clock = clock or SystemClock()

    async def run_benchmark(
        self,
        name: str,
        component: ComponentType | str,
        benchmark_func: Function,
        iterations: int | None = None,
    ) -> BenchmarkResult:
        """Call a function again and again, and keep how long that took.

        A function that blocks is called on a thread, a coroutine function on this loop. Its first
        call stands apart. It ends after `benchmark_timeout` seconds, with the calls until then.

        Args:
            name: what later ones are compared with.
            component: what it is about.
            benchmark_func: what is called, without arguments.
            iterations: calls; None: `default_benchmark_iterations` of the settings.

        Raises:
            ProviderFailedError: every call failed, or none ended in time.
            ConfigurationError: there is to be no call; the file cannot be written.
        """
        calls = self._settings.default_benchmark_iterations if iterations is None else iterations
        if calls < 1 or not name:
            raise ConfigurationError("a benchmark needs a name, and iterations of 1 or more")
        at, watch = self._clock.now(), await in_thread("benchmark", Watch)
        limit_s = self._settings.benchmark_timeout
        repeated = await Repeater(benchmark_func, calls, limit_s).run()
        kind = ComponentType(component).value
        measurement = _measurement(name, kind, repeated, limit_s)
        conditions = await in_thread("benchmark", watch.conditions)
        broke_off = f"it took longer than {limit_s:g} s" if repeated.is_late else ""
        measurement = judged(measurement, watch.clock_s, waits=True, broke_off=broke_off)
        result = BenchmarkResult(
            name=name,
            component=kind,
            timestamp=at,
            measurement=measurement,
            doubts=(*conditions.doubts(), *measurement.doubts),
            fingerprint=conditions.machine.fingerprint,
        )
        return await in_thread("benchmark", partial(self._kept, result))

    def get_benchmark_history(
        self,
        days: float = 7,
        name: str | None = None,
        component: ComponentType | str | None = None,
    ) -> list[BenchmarkResult]:
        """Return what was found in the last days, the latest first; nothing where nothing was.

        Args:
            days: how far back.
            name: only the benchmarks of this name.
            component: only those about this component.

        Raises:
            ConfigurationError: the file cannot be read.
        """
        since = self._clock.now().timestamp() - days * _DAY_S
        kind = "" if component is None else ComponentType(component).value
        return self._found(Which(since=since, name=name, component=kind))

    def _kept(self, result: BenchmarkResult) -> BenchmarkResult:
        """Compare with the last one that could be trusted, and keep it."""
        which = Which(name=result.name, component=result.component, fingerprint=result.fingerprint)
        earlier = next((one for one in self._found(which) if one.is_trusted), None)
        if earlier is not None:
            change = set_side_by_side([earlier.measurement], result.measurement)
            result = replace(result, change=change)
        row = KeptBenchmark(
            at=result.timestamp.timestamp(),
            content=result.to_dict(),
            fingerprint=result.fingerprint,
            name=result.name,
            component=result.component,
            is_trusted=result.is_trusted,
        )
        if self.path is not None:
            now = self._clock.now().timestamp()
            keep(self.path, row, Retention.of(self._settings), now)
        return result

    def _found(self, which: Which) -> list[BenchmarkResult]:
        kept = [] if self.path is None else found_in(self.path, which)
        return [BenchmarkResult.from_dict(one.content) for one in kept if one.name]


def _measurement(name: str, component: str, repeated: Repeated, limit_s: float) -> Measurement:
    """Return the measurement of calls.

    Raises:
        ProviderFailedError: none succeeded.
    """
    if not repeated.rounds:
        reason = next(iter(repeated.failures), "")
        told = f"it failed every time: {reason}" if reason else f"no call ended in {limit_s:g} s"
        raise ProviderFailedError(f"benchmark {name!r}: {told}")
    return Measurement(
        component=component,
        provider="",
        what=name,
        rounds=tuple(repeated.rounds),
        calls=Calls.of(repeated.times_s),
        cold=Cold(first_call_s=repeated.first_s),
        n_failed=repeated.failures.total(),
        failures=tuple(repeated.failures),
    )

"""Performance monitoring in one object, and a decorator for methods of whoever owns one."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from irene.components.threads import in_thread
from irene.config.sections.performance import PerformanceSection
from irene.domain.clock import Clock
from irene.performance.watching.performance_monitor import ComponentType, PerformanceMonitor
from irene.telemetry.recorder import Recorder

if TYPE_CHECKING:
    from irene.performance.benchmark.repeating import Function
    from irene.performance.benchmark.suite import BenchmarkResult, BenchmarkSuite
    from irene.performance.optimising.resource_optimizer import ResourceOptimizer
    from irene.performance.profiling.contexts import ProfilerContext, ProfilerManager

F = TypeVar("F", bound=Callable[..., Any])


class PerformanceIntegration:
    """Monitors, profiles, benchmarks and tunes the components of a program, as settings want it.

    ::

        performance = PerformanceIntegration()
        await performance.initialize()
        with performance.time_operation(ComponentType.STT, "transcribe"):
            ...
        performance.get_performance_summary()["avg_response_time"]  # milliseconds
        await performance.cleanup()
    """

    def __init__(
        self,
        settings: PerformanceSection | None = None,
        *,
        enable_all: bool = False,
        data_dir: str | Path | None = None,
        recorder: Recorder | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Get ready.

        Args:
            settings: `[performance]` of a configuration; None takes the defaults.
            enable_all: monitor, and profile every operation that asks for it, whatever
                `enable_monitoring`, `enable_profiling` and `profiling_sample_rate` say.
            data_dir: folder in which figures are kept from `initialize` on, and profiles and
                benchmarks beside them; None keeps none.
            recorder: takes the times, such as `Assistant.recorder`; None makes one.
            clock: what time is measured by; None takes the machine's.
        """
        wanted = settings or PerformanceSection()
        self._settings, self._data_dir, self._clock = wanted, data_dir, clock
        self.is_enabled = enable_all or wanted.enable_monitoring
        """whether operations are timed"""
        self.is_profiling = enable_all or wanted.enable_profiling
        """whether operations that ask for it are profiled"""
        self._sample_rate = 1.0 if enable_all else wanted.profiling_sample_rate
        self._due = 1.0 - self._sample_rate
        self._lock = threading.Lock()
        self.monitor = PerformanceMonitor(
            data_dir,
            recorder=recorder or Recorder(clock, max_samples=wanted.max_metrics_history),
            interval_s=wanted.monitoring_interval,
            clock=clock,
        )
        """what times them"""

    @functools.cached_property
    def profiler(self) -> ProfilerManager:
        """What profiles them."""
        from irene.performance.profiling.contexts import ProfilerManager

        return ProfilerManager(self._data_dir)

    @functools.cached_property
    def benchmarks(self) -> BenchmarkSuite:
        """What benchmarks functions."""
        from irene.performance.benchmark.suite import BenchmarkSuite

        return BenchmarkSuite(self._data_dir, self._settings, self._clock)

    @functools.cached_property
    def optimizer(self) -> ResourceOptimizer:
        """What finds better settings, by trials."""
        from irene.performance.optimising.resource_optimizer import ResourceOptimizer

        return ResourceOptimizer("data" if self._data_dir is None else self._data_dir)

    async def initialize(self) -> None:
        """Begin to monitor."""
        if self.is_enabled:
            await self.monitor.start_monitoring()

    async def cleanup(self) -> None:
        """Finish the file of the figures; what was timed can still be asked for."""
        await self.monitor.stop_monitoring()
        if "profiler" in self.__dict__:
            await in_thread("profiler", self.profiler.close)

    def time_operation(
        self, component: ComponentType | str, name: str = ""
    ) -> AbstractContextManager[object]:
        """Return what times a `with` block."""
        if not self.is_enabled:
            return nullcontext()
        return self.monitor.time_operation(component, name)

    def profile_operation(
        self, component: ComponentType | str, name: str = ""
    ) -> ProfilerContext | None:
        """Return what profiles a `with` block; None when this one is not to be profiled.

        That is so without `enable_profiling`, and then for all but a share of the calls,
        `profiling_sample_rate`, which lie evenly apart; the first one is profiled. With
        `enable_memory_profiling` the profile has allocations, too. The results are those of
        `profiler.get_profile_results()`.
        """
        if not self._is_due():
            return None
        return self.profiler.profile(
            component, name, enable_memory=self._settings.enable_memory_profiling
        )

    async def run_component_benchmark(
        self,
        component: ComponentType | str,
        benchmark_func: Function,
        iterations: int | None = None,
        name: str = "",
    ) -> BenchmarkResult:
        """Call a function again and again, and return how long that took.

        Args:
            component: what it is about.
            benchmark_func: what is called, without arguments; a function or a coroutine function.
            iterations: calls; None: `default_benchmark_iterations` of the settings.
            name: what later benchmarks are compared with; `COMPONENT_benchmark` unless given.

        Raises:
            ProviderFailedError: every call failed, or none ended within `benchmark_timeout`.
            ConfigurationError: there is to be no call; the file cannot be written.
        """
        found = ComponentType(component)
        wanted = name or f"{found}_benchmark"
        return await self.benchmarks.run_benchmark(wanted, found, benchmark_func, iterations)

    async def optimize_component(
        self, component: ComponentType | str, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return settings of a component, changed only where trials prove that others are better.

        That takes minutes: assistants with other settings are started and measured.

        Raises:
            IreneError: no trial was possible; the message says why.
        """
        return await self.optimizer.optimize_component(component, settings)

    def get_performance_summary(self) -> dict[str, Any]:
        """Return what `PerformanceMonitor.get_performance_summary` does."""
        return self.monitor.get_performance_summary()

    def _is_due(self) -> bool:
        """Whether the next operation that asks for it is profiled."""
        if not self.is_profiling:
            return False
        with self._lock:
            self._due += self._sample_rate
            if self._due < 1.0:
                return False
            self._due -= 1.0
            return True


def monitor_component_performance(
    component: ComponentType | str, name: str = "", *, enable_profiling: bool = False
) -> Callable[[F], F]:
    """Return a decorator that times a method by the `performance_integration` of its object.

    Each object's own is looked up at every call; without one, or with None, the method runs
    untimed. Coroutine functions are timed to their end. The name is that of the method unless
    given. With `enable_profiling` the method asks to be profiled, too, as
    `PerformanceIntegration.profile_operation` does.

    Raises:
        TypeError: the method is a generator: its caller decides how long it takes.
    """

    def decorate(method: F) -> F:
        operation = name or method.__name__

        def profiling(owner: Any) -> AbstractContextManager[object]:
            integration = getattr(owner, "performance_integration", None)
            if integration is None or not enable_profiling:
                return nullcontext()
            return integration.profile_operation(component, operation) or nullcontext()

        def timing(owner: Any) -> AbstractContextManager[object]:
            integration = getattr(owner, "performance_integration", None)
            if integration is None:
                return nullcontext()
            return cast(
                "AbstractContextManager[object]", integration.time_operation(component, operation)
            )

        if inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method):
            raise TypeError(f"{method.__qualname__} is a generator: time what is inside of it")
        if inspect.iscoroutinefunction(method):

            @functools.wraps(method)
            async def awaited(self: Any, *args: Any, **keywords: Any) -> Any:
                with profiling(self), timing(self):
                    return await method(self, *args, **keywords)

            return cast("F", awaited)

        @functools.wraps(method)
        def called(self: Any, *args: Any, **keywords: Any) -> Any:
            with profiling(self), timing(self):
                return method(self, *args, **keywords)

        return cast("F", called)

    return decorate

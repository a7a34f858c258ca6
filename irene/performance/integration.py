"""Performance monitoring in one object, and a decorator for methods of whoever owns one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeVar, cast

from irene.config.sections.performance import PerformanceSection
from irene.domain.clock import Clock
from irene.performance.monitor import ComponentType, PerformanceMonitor
from irene.telemetry.recorder import Recorder

F = TypeVar("F", bound=Callable[..., Any])


class PerformanceIntegration:
    """Monitors the components of a program, if its settings want that.

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
            enable_all: monitor whatever `enable_monitoring` of the settings says.
            data_dir: folder in which figures are kept from `initialize` on; None keeps none.
            recorder: takes the times, such as `Assistant.recorder`; None makes one.
            clock: what time is measured by; None takes the machine's.
        """
        wanted = settings or PerformanceSection()
        self.is_enabled = enable_all or wanted.enable_monitoring
        """whether operations are timed"""
        history = wanted.max_metrics_history
        self.monitor = PerformanceMonitor(
            data_dir,
            recorder=recorder or Recorder(clock, max_samples=history),
            clock=clock,
        )
        """what times them"""

    async def initialize(self) -> None:
        """Begin to monitor."""
        if self.is_enabled:
            await self.monitor.start_monitoring()

    async def cleanup(self) -> None:
        """Finish the file of the figures; what was timed can still be asked for."""
        await self.monitor.stop_monitoring()

    def time_operation(
        self, component: ComponentType | str, name: str = ""
    ) -> AbstractContextManager[object]:
        """Return what times a `with` block."""
        if not self.is_enabled:
            return nullcontext()
        return self.monitor.time_operation(component, name)

    def get_performance_summary(self) -> dict[str, Any]:
        """Return what `PerformanceMonitor.get_performance_summary` does."""
        return self.monitor.get_performance_summary()


def monitor_component_performance(
    component: ComponentType | str, name: str = ""
) -> Callable[[F], F]:
    """Return a decorator that times a method by the `performance_integration` of its object.

    Each object's own is looked up at every call; without one, or with None, the method runs
    untimed. Coroutine functions are timed to their end. The name is that of the method unless
    given.

    Raises:
        TypeError: the method is a generator: its caller decides how long it takes.
    """

    def decorate(method: F) -> F:
        operation = name or method.__name__

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
                with timing(self):
                    return await method(self, *args, **keywords)

            return cast("F", awaited)

        @functools.wraps(method)
        def called(self: Any, *args: Any, **keywords: Any) -> Any:
            with timing(self):
                return method(self, *args, **keywords)

        return cast("F", called)

    return decorate

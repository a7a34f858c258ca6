"""Measuring components by hand: `PerformanceMonitor`, for programs around irene and for plugins."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import irene
from irene.components.threads import in_thread, start_daemon
from irene.config.sections.performance import PerformanceSection
from irene.domain.clock import Clock, SystemClock
from irene.performance.store.place import store_in
from irene.performance.store.retention import Retention
from irene.performance.store.rows import RunFacts, SampleRow
from irene.performance.store.writer import StoreWriter
from irene.performance.view.components import COMPONENTS, component_named, of_stage
from irene.performance.watching.observer import SeriesKeys, sampled
from irene.telemetry import catalogue
from irene.telemetry.metrics import Distribution, Reading
from irene.telemetry.process import ProcessReader
from irene.telemetry.recorder import Recorder
from irene.telemetry.timers import Timer

_RETENTION = Retention.of(PerformanceSection())


class ComponentType(str, Enum):
    """A component of the assistant; names of the same value mean the same one."""

    PIPELINE = "pipeline"
    """a whole question, or more than one component of it"""
    INPUT = "inputs"
    AUDIO_CAPTURE = "inputs"
    VOICE_TRIGGER = "voice_trigger"
    WAKE_WORD = "voice_trigger"
    ECHO_CANCELLATION = "echo_cancellation"
    RESAMPLING = "resampling"
    VAD = "vad"
    ASR = "asr"
    STT = "asr"
    LANGUAGE = "language"
    INTENT_RECOGNITION = "intent_recognition"
    INTENTS = "intents"
    LLM = "intents"
    TTS = "tts"
    OUTPUT = "outputs"
    AUDIO_PLAYBACK = "outputs"
    MEMORY = "memory"

    def __str__(self) -> str:
        return self.value

    @classmethod
    def _missing_(cls, value: object) -> ComponentType | None:
        """Take the other names, too: `ComponentType("stt")`."""
        found = component_named(str(value))
        return None if found == value else cls(found)


class PerformanceMonitor:
    """Times operations of components and tells how they do; any thread and task may time.

    ::

        monitor = PerformanceMonitor("data")
        await monitor.start_monitoring()
        with monitor.time_operation(ComponentType.ASR, "transcribe"):
            ...
        monitor.get_performance_summary()["components"]["asr"]["p95_time_ms"]

    An operation that raises is an error and has no time. While it monitors, every figure is kept in
    a file of the folder each second, as `irene performance` reads it.
    """

    def __init__(
        self,
        data_dir: str | Path | None = None,
        *,
        recorder: Recorder | None = None,
        interval_s: float = 1.0,
        clock: Clock | None = None,
    ) -> None:
        """Take figures, into the recorder of an assistant or into one of its own.

        Args:
            data_dir: folder of the file that figures are kept in; None keeps none.
            recorder: where operations are timed; `Assistant.recorder` adds them to those figures.
            interval_s: how often figures are kept, seconds.
            clock: what time is measured by; None takes the machine's.
        """
        self._clock = clock or SystemClock()
        self.recorder = recorder or Recorder(self._clock)
        """takes the times"""
        self._interval_s = interval_s
        self._path = None if data_dir is None else store_in(data_dir)
        self._changed = threading.Condition()
        self._is_over = True
        self._thread: Future[None] | None = None
        self._looked_s, self._worked_s = self._clock.monotonic(), 0.0
        self._lock = threading.Lock()
        self._reader = ProcessReader(self._clock)

    async def start_monitoring(self) -> None:
        """Begin to keep figures; a second call does nothing."""
        if self._path is not None and self._is_over:
            await in_thread("monitor", partial(self._begin, self._path))

    async def stop_monitoring(self) -> None:
        """Keep a last look, and finish the file; a second call does nothing."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        thread, self._thread = self._thread, None
        if thread is not None:
            await in_thread("monitor", thread.result)

    def time_operation(self, component: ComponentType | str, name: str = "") -> Timer:
        """Return what times a `with` block, or every call of the function that it decorates.

        The stage is called `component.name`, or `component` without a name.
        """
        stage = ComponentType(component).value
        return self.recorder.stages.measure(f"{stage}.{name}" if name else stage)

    def get_current_metrics(self) -> dict[str, Any]:
        """Return the time, what the process takes, and the components as in the summary.

        `cpu_percent` is that of one core, since it was asked before.
        """
        return {
            "time": self._clock.now().isoformat(),
            "process": self._process(),
            "components": self._components(),
        }

    def get_performance_summary(self) -> dict[str, Any]:
        """Return the times of all components, in milliseconds.

        `avg_response_time` is the mean time from the end of speech to the first audio, where there
        is an assistant; else of the operations of `PIPELINE`; else of all operations. Of each
        component there are `operation_count`, `error_count`, `avg_time_ms`, `p50_time_ms`,
        `p95_time_ms`, `p99_time_ms`, `min_time_ms`, `max_time_ms`, and `operations`, by name the
        same.
        """
        components = self._components()
        done = sum(one["operation_count"] for one in components.values())
        failed = sum(one["error_count"] for one in components.values())
        return {
            "uptime_s": self.recorder.uptime_s,
            "avg_response_time": self._mean_response_ms(components),
            "total_operations": done,
            "total_errors": failed,
            "error_rate": failed / (done + failed) if done + failed else 0.0,
            "components": components,
        }

    def _mean_response_ms(self, components: Mapping[str, Mapping[str, Any]]) -> float:
        heard = self.recorder.histogram(catalogue.RESPONSE_SECONDS).distribution()
        if heard.count:
            return heard.mean * 1e3
        whole = components.get(ComponentType.PIPELINE)
        counted = [whole] if whole else list(components.values())
        done = sum(one["operation_count"] for one in counted)
        spent_ms = sum(one["operation_count"] * one["avg_time_ms"] for one in counted)
        return spent_ms / done if done else 0.0

    def _components(self) -> dict[str, dict[str, Any]]:
        known = self.recorder.stages.distributions()
        stages: dict[str, list[str]] = defaultdict(list)
        for name in known:
            stages[_component_of(name)].append(name)
        return {
            component: {
                **_times(self.recorder.stages.combined(names)),
                "operations": {name: _times(known[name]) for name in names},
            }
            for component, names in sorted(stages.items())
        }

    def _process(self) -> dict[str, float]:
        found = {reading.metric: _number(reading) for reading in self._reader.readings()}
        worked_s, now_s = found[catalogue.PROCESS_CPU], self._clock.monotonic()
        with self._lock:
            spent_s, passed_s = worked_s - self._worked_s, now_s - self._looked_s
            self._worked_s, self._looked_s = worked_s, now_s
        return {
            "memory_mb": found[catalogue.PROCESS_RESIDENT] / 1e6,
            "workers_memory_mb": found[catalogue.PROCESS_WORKERS] / 1e6,
            "cpu_percent": 100 * spent_s / passed_s if passed_s > 0 else 0.0,
            "threads": found[catalogue.PROCESS_THREADS],
        }

    def _begin(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        began = self._clock.now().timestamp()
        facts = RunFacts("monitor", os.getpid(), irene.__version__, "python", began)
        writer = StoreWriter(path, facts, _RETENTION, self._clock)
        writer.start()
        self._is_over = False
        self._thread = start_daemon("monitor", lambda: self._keep(writer, SeriesKeys()))

    def _keep(self, writer: StoreWriter, keys: SeriesKeys) -> None:
        """Look again and again, until it is over, and once more then."""
        is_over = False
        while not is_over:
            with self._changed:
                if not self._is_over:
                    self._clock.wait(self._changed, self._interval_s)
                is_over = self._is_over
            snapshot = self.recorder.snapshot()
            readings = [*snapshot.readings, *self._unless_read(snapshot.readings)]
            writer.put(SampleRow(snapshot.at.timestamp(), sampled(readings, keys)))
        writer.close()

    def _unless_read(self, readings: Sequence[Reading]) -> list[Reading]:
        """Return the figures of the process, unless the recorder's owner reads them already."""
        is_read = any(reading.metric == catalogue.PROCESS_RESIDENT for reading in readings)
        return [] if is_read else self._reader.readings()


def _component_of(stage: str) -> str:
    word = stage.split(".", maxsplit=1)[0]
    return word if word in COMPONENTS else of_stage(stage)


def _number(reading: Reading) -> float:
    value = reading.value
    return value.mean if isinstance(value, Distribution) else value


def _times(of: Distribution) -> dict[str, Any]:
    return {
        "operation_count": of.count,
        "error_count": of.errors,
        "avg_time_ms": of.mean * 1e3,
        "p50_time_ms": of.p50 * 1e3,
        "p95_time_ms": of.p95 * 1e3,
        "p99_time_ms": of.p99 * 1e3,
        "min_time_ms": of.minimum * 1e3,
        "max_time_ms": of.maximum * 1e3,
    }

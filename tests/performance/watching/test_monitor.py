"""Timing components by hand, as the reference documents show it."""

import asyncio
import threading

import pytest

from irene import RequestError
from irene.performance.monitor import ComponentType, PerformanceMonitor
from irene.performance.store.reading import Extent, reading
from irene.telemetry import catalogue
from irene.telemetry.recorder import Recorder
from irene.testing import VirtualClock


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def monitor(clock):
    return PerformanceMonitor(clock=clock)


def spend(monitor, clock, seconds, component=ComponentType.ASR, name=""):
    with monitor.time_operation(component, name):
        clock.advance(seconds)


def test_the_names_of_other_systems_mean_the_same_components():
    """STT is ASR, and so on; also as text."""
    assert ComponentType.STT is ComponentType.ASR
    assert ComponentType.LLM is ComponentType.INTENTS
    assert ComponentType("stt") is ComponentType.ASR
    assert ComponentType("memory") is ComponentType.MEMORY
    assert str(ComponentType.AUDIO_CAPTURE) == "inputs"


def test_a_component_that_does_not_exist_is_named(monitor):
    """With the nearest one."""
    with pytest.raises(RequestError, match="sst"):
        monitor.time_operation("sst")


def test_an_operation_is_timed_in_milliseconds(monitor, clock):
    """By component, and by its own name inside of that."""
    spend(monitor, clock, 0.25, ComponentType.STT, "transcribe")
    spend(monitor, clock, 0.75, ComponentType.STT, "load")
    asr = monitor.get_performance_summary()["components"]["asr"]
    assert asr["avg_time_ms"] == pytest.approx(500)
    assert asr["operation_count"] == 2
    assert asr["operations"]["asr.load"]["avg_time_ms"] == pytest.approx(750)


def test_the_quantiles_of_a_component_are_of_all_its_operations(monitor, clock):
    """Not means of means."""
    for number in range(1, 101):
        spend(monitor, clock, number / 1000, name="even" if number % 2 == 0 else "odd")
    asr = monitor.get_performance_summary()["components"][ComponentType.ASR]
    assert asr["p50_time_ms"] == pytest.approx(50.5)
    assert asr["p95_time_ms"] == pytest.approx(95.05)
    assert (asr["min_time_ms"], asr["max_time_ms"]) == (pytest.approx(1), pytest.approx(100))


def test_a_component_of_two_words_is_no_other_one(monitor, clock):
    """`voice_trigger.detect` belongs to the voice trigger."""
    spend(monitor, clock, 1, ComponentType.VOICE_TRIGGER, "detect")
    assert list(monitor.get_performance_summary()["components"]) == ["voice_trigger"]


def test_errors_are_counted_apart(monitor, clock):
    """They have no time."""
    spend(monitor, clock, 1)
    failing = monitor.time_operation(ComponentType.ASR)(lambda: {}["missing"])
    with pytest.raises(KeyError):
        failing()
    summary = monitor.get_performance_summary()
    assert (summary["total_operations"], summary["total_errors"]) == (1, 1)
    assert summary["error_rate"] == 0.5
    assert summary["components"]["asr"]["avg_time_ms"] == pytest.approx(1000)


def test_the_response_time_is_that_of_whole_questions(monitor, clock):
    """Where a program times them; else that of all operations."""
    spend(monitor, clock, 0.1)
    spend(monitor, clock, 0.3, ComponentType.TTS)
    assert monitor.get_performance_summary()["avg_response_time"] == pytest.approx(200)
    spend(monitor, clock, 2, ComponentType.PIPELINE, "full_cycle")
    assert monitor.get_performance_summary()["avg_response_time"] == pytest.approx(2000)


def test_the_response_time_of_an_assistant_is_what_a_person_waited(clock):
    """Its recorder knows it."""
    recorder = Recorder(clock)
    recorder.histogram(catalogue.RESPONSE_SECONDS).observe(0.6)
    monitor = PerformanceMonitor(recorder=recorder, clock=clock)
    spend(monitor, clock, 5, ComponentType.PIPELINE)
    assert monitor.get_performance_summary()["avg_response_time"] == pytest.approx(600)


def test_without_operations_everything_is_zero(monitor):
    """A summary can always be asked for."""
    summary = monitor.get_performance_summary()
    assert (summary["avg_response_time"], summary["error_rate"]) == (0, 0)
    assert summary["components"] == {}


def test_current_metrics_are_those_of_this_process(monitor, clock):
    """Not those of the machine."""
    clock.advance(1)
    now = monitor.get_current_metrics()
    assert now["time"] == clock.now().isoformat()
    assert 10 < now["process"]["memory_mb"] < 100_000
    assert now["process"]["threads"] >= threading.active_count()
    assert now["process"]["cpu_percent"] > 0


def test_a_task_and_a_thread_do_not_disturb_each_other(monitor, clock):
    """Both are inside of the same component at the same time."""

    async def awaiting():
        with monitor.time_operation(ComponentType.ASR):
            thread = threading.Thread(target=spend, args=(monitor, clock, 1))
            thread.start()
            await asyncio.to_thread(thread.join)

    asyncio.run(awaiting())
    assert monitor.get_performance_summary()["components"]["asr"]["operation_count"] == 2


def test_figures_are_kept_in_the_folder(tmp_path):
    """In the file that `irene performance` reads; the last look is never missing."""

    async def run():
        monitor = PerformanceMonitor(tmp_path / "data", interval_s=0.01)
        await monitor.start_monitoring()
        await monitor.start_monitoring()
        with monitor.time_operation(ComponentType.STT, "transcribe"):
            pass
        await monitor.stop_monitoring()
        await monitor.stop_monitoring()

    asyncio.run(run())
    with reading(tmp_path / "data" / "performance.db") as kept:
        (run,) = kept.runs()
        series = kept.samples(Extent((run.number,), 0.0))
    names = {(key.name, dict(key.labels).get("stage"), key.statistic) for key in series}
    assert ("irene_stage_duration_seconds", "asr.transcribe", "p95") in names
    assert ("irene_process_resident_bytes", None, "value") in names


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    """Monitoring needs no disk."""
    monkeypatch.chdir(tmp_path)

    async def run():
        monitor = PerformanceMonitor()
        await monitor.start_monitoring()
        await monitor.stop_monitoring()

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []

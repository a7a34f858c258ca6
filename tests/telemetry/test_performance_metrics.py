"""Measuring stages by name."""

import asyncio
import gc
import inspect
import logging
import threading
import tracemalloc

import pytest
from prometheus_client.parser import text_string_to_metric_families

from irene.telemetry.performance_metrics import OTHER, Drained, PerformanceMetrics
from irene.testing import VirtualClock


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def metrics(clock):
    return PerformanceMetrics(clock=clock)


def test_a_block_is_measured_in_milliseconds(metrics, clock):
    """Statistics are what the reference documents show: milliseconds by name."""
    with metrics.measure("vad_processing"):
        clock.advance(0.25)
    assert metrics.get_statistics()["vad_processing"]["p95"] == pytest.approx(250)


def test_the_three_quantiles_are_of_one_window(clock):
    """Only the latest times count, the same ones for each quantile."""
    metrics = PerformanceMetrics(max_samples=100, clock=clock)
    for number in range(1, 301):
        metrics.observe("asr", number / 1000)
    found = metrics.get_statistics()["asr"]
    assert found["p50"] == pytest.approx(250.5)
    assert found["p95"] == pytest.approx(295.05)
    assert found["p99"] == pytest.approx(299.01)
    assert (found["count"], found["min"], found["max"]) == (300, 1, 300)


def test_nested_blocks_do_not_disturb_each_other(metrics, clock):
    """Blocks of one name inside each other have a beginning of their own."""
    with metrics.measure("a"):
        clock.advance(1)
        with metrics.measure("a"):
            clock.advance(2)
    found = metrics.distributions()["a"]
    assert (found.count, found.minimum, found.maximum) == (2, 2, 3)


def test_a_block_that_raises_is_an_error_without_a_time(metrics):
    """The error goes on to whoever called."""
    measured = metrics.measure("asr")(lambda: {}["missing"])
    with pytest.raises(KeyError):
        measured()
    found = metrics.distributions()["asr"]
    assert (found.count, found.errors, found.cancelled) == (0, 1, 0)


async def _cancelled(metrics):
    async def work():
        with metrics.measure("asr"):
            await asyncio.Event().wait()

    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})


def test_what_is_cancelled_is_no_error(metrics):
    """Somebody who interrupts the assistant does not make its recogniser look ill."""
    asyncio.run(_cancelled(metrics))
    found = metrics.distributions()["asr"]
    assert (found.count, found.errors, found.cancelled) == (0, 0, 1)


def test_a_decorated_function_is_measured_at_every_call(metrics, clock):
    """It keeps its name, arguments and result."""

    @metrics.measure("sum")
    def add(one: int, other: int) -> int:
        """Add."""
        clock.advance(1)
        return one + other

    assert add(1, other=2) == 3
    assert (add.__name__, add.__doc__) == ("add", "Add.")
    assert list(inspect.signature(add).parameters) == ["one", "other"]
    assert metrics.distributions()["sum"].count == 1


def test_a_decorated_function_may_call_itself(metrics, clock):
    """Each call is a block of its own."""

    @metrics.measure("down")
    def down(number):
        clock.advance(1)
        if number:
            down(number - 1)

    down(2)
    found = metrics.distributions()["down"]
    assert (found.count, found.minimum, found.maximum) == (3, 1, 3)


def test_a_decorated_coroutine_function_is_measured_to_its_end(metrics, clock):
    """Not only until it returns something that can be awaited."""

    @metrics.measure("answer")
    async def answer():
        await asyncio.sleep(0)
        clock.advance(3)
        return "yes"

    assert inspect.iscoroutinefunction(answer)
    assert asyncio.run(answer()) == "yes"
    assert metrics.distributions()["answer"].maximum == 3


def _pieces():
    yield 1


async def _async_pieces():
    yield 1


@pytest.mark.parametrize("function", [_pieces, _async_pieces], ids=lambda one: one.__name__)
def test_a_generator_is_not_measured_by_its_first_moment(metrics, function):
    """Its call returns at once, and its caller decides how long the rest takes."""
    with pytest.raises(TypeError, match="measure inside of it"):
        metrics.measure("pieces")(function)


def test_no_time_of_many_tasks_is_lost_or_mixed_up(metrics):
    """A hundred tasks are inside of the same name at the same time."""

    async def work(number):
        with metrics.measure("task"):
            await asyncio.sleep(0)
            if number % 10 == 0:
                with metrics.measure("inner"):
                    await asyncio.sleep(0)

    async def all_of_them():
        await asyncio.gather(*(work(number) for number in range(100)))

    asyncio.run(all_of_them())
    found = metrics.get_statistics()
    assert (found["task"]["count"], found["inner"]["count"]) == (100, 10)


def test_no_time_of_many_threads_is_lost(metrics):
    """Also where the name is new to all of them at the same moment."""
    together = threading.Barrier(8)

    def work():
        together.wait()
        for _ in range(2000):
            with metrics.measure("outer"), metrics.measure("inner"):
                pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = metrics.get_statistics()
    assert (found["outer"]["count"], found["inner"]["count"]) == (16000, 16000)


def test_a_timer_by_hand_tells_how_long_it_took(metrics, clock):
    """It is for code whose beginning and end are in two places."""
    metrics.start_timer("lid")
    clock.advance(0.5)
    assert metrics.stop_timer("lid") == 0.5
    assert metrics.distributions()["lid"].count == 1


def test_timers_of_one_name_by_hand_end_in_the_order_of_brackets(metrics, clock):
    """The latest ends first."""
    metrics.start_timer("a")
    clock.advance(1)
    metrics.start_timer("a")
    clock.advance(2)
    assert (metrics.stop_timer("a"), metrics.stop_timer("a")) == (2, 3)


def test_tasks_have_timers_of_their_own(metrics, clock):
    """Two tasks that use one name in turns do not stop each other's."""

    async def both():
        second_began, first_ended = asyncio.Event(), asyncio.Event()

        async def first():
            metrics.start_timer("a")
            clock.advance(1)
            await second_began.wait()
            took_s = metrics.stop_timer("a")
            first_ended.set()
            return took_s

        async def second():
            metrics.start_timer("a")
            clock.advance(2)
            second_began.set()
            await first_ended.wait()
            return metrics.stop_timer("a")

        return await asyncio.gather(first(), second())

    assert asyncio.run(both()) == [3, 2]


def test_threads_have_timers_of_their_own(metrics):
    """What one thread has started, another one cannot stop."""
    metrics.start_timer("a")
    raised = []

    def stop():
        try:
            metrics.stop_timer("a")
        except LookupError as error:
            raised.append(str(error))

    thread = threading.Thread(target=stop)
    thread.start()
    thread.join()
    assert raised == ["timer 'a' was not started in this thread or task"]
    metrics.stop_timer("a")


def test_a_timer_belongs_to_the_metrics_that_started_it(metrics, clock):
    """Two assistants in one process do not stop each other's."""
    metrics.start_timer("a")
    with pytest.raises(LookupError):
        PerformanceMetrics(clock=clock).stop_timer("a")
    metrics.stop_timer("a")


def test_names_are_bounded(clock):
    """Who makes names up at every call fills no memory; no time is lost."""
    metrics = PerformanceMetrics(clock=clock, max_names=3)
    for number in range(100):
        with metrics.measure(f"stage {number}"):
            pass
    found = metrics.get_statistics()
    assert set(found) == {"stage 0", "stage 1", "stage 2", OTHER}
    assert sum(of["count"] for of in found.values()) == 100


def test_memory_stays_bounded():
    """A hundred thousand times take no more memory than ten thousand."""
    metrics = PerformanceMetrics(max_samples=1000)

    def measure(number):
        for _ in range(number):
            with metrics.measure("a"):
                pass
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = measure(10_000)
        assert measure(100_000) < before + 20_000
    finally:
        tracemalloc.stop()


def test_the_summary_is_one_line_for_each_stage(metrics, clock):
    """People read it in a terminal."""
    with metrics.measure("asr.infer"):
        clock.advance(0.1234)
    head, line = metrics.get_summary().splitlines()
    assert head.split() == ["stage", "count", "errors", "mean", "p50", "p95", "p99", "max"]
    assert line.split() == ["asr.infer", "1", "0", *["123.400"] * 5]


def test_the_summary_is_logged_once_in_each_interval(clock, caplog):
    """Nobody has to ask, and nobody is flooded."""
    caplog.set_level(logging.INFO)
    metrics = PerformanceMetrics(enable_logging=True, log_interval_seconds=60, clock=clock)
    for _ in range(5):
        clock.advance(25)
        with metrics.measure("asr"):
            pass
    assert len(caplog.records) == 2
    assert "asr" in caplog.text


def test_nothing_is_logged_unless_wanted(metrics, clock, caplog):
    """Metrics are quiet."""
    caplog.set_level(logging.INFO)
    clock.advance(1000)
    with metrics.measure("asr"):
        pass
    assert caplog.records == []


def test_prometheus_can_read_the_export(metrics, clock):
    """Its own parser finds the histogram and the errors, in seconds."""
    with metrics.measure("lid.encoder_forward"):
        clock.advance(0.003)
    families = {
        one.name: one for one in text_string_to_metric_families(metrics.export_prometheus())
    }
    histogram = families["irene_stage_duration_seconds"]
    assert histogram.type == "histogram"
    samples = {
        (sample.name.rsplit("_", 1)[1], sample.labels.get("le")): sample.value
        for sample in histogram.samples
        if sample.labels["stage"] == "lid.encoder_forward"
    }
    assert samples["bucket", "0.0025"] == 0
    assert samples["bucket", "0.005"] == samples["bucket", "+Inf"] == samples["count", None] == 1
    assert samples["sum", None] == pytest.approx(0.003)
    assert families["irene_stage_errors"].type == "counter"


@pytest.mark.parametrize(
    "wrong", [{"max_samples": 0}, {"log_interval_seconds": 0}, {"max_names": 0}], ids=str
)
def test_limits_are_above_zero(wrong):
    """A window of nothing has no quantiles."""
    with pytest.raises(ValueError, match="above 0"):
        PerformanceMetrics(**wrong)


def test_times_can_be_carried_elsewhere(metrics, clock):
    """As from a process of a provider to the assistant: they are counted there, and not here."""
    with metrics.measure("asr.infer"):
        clock.advance(0.25)
    with pytest.raises(ZeroDivisionError), metrics.measure("asr.decode"):
        raise ZeroDivisionError
    with pytest.raises(GeneratorExit), metrics.measure("asr.decode"):
        raise GeneratorExit
    drained = metrics.drain()
    assert drained == (Drained("asr.infer", [0.25]), Drained("asr.decode", [], 1, 1))
    assert metrics.drain() == ()
    elsewhere = PerformanceMetrics(clock=clock)
    for stage in drained:
        elsewhere.add(stage)
    found = elsewhere.get_statistics()
    assert (found["asr.infer"]["count"], found["asr.infer"]["p95"]) == (1, 250.0)
    assert (found["asr.decode"]["errors"], found["asr.decode"]["cancelled"]) == (1, 1)

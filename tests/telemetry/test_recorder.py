"""Every figure of one assistant."""

import threading

import pytest

from irene.telemetry.catalogue import METRICS, REFUSED_SERIES
from irene.telemetry.metrics import Metric, MetricKind, Reading
from irene.telemetry.recorder import Recorder
from irene.testing import VirtualClock

CALLS = Metric("irene_asr_calls_total", MetricKind.COUNTER, "Calls", ("provider",))
QUEUE = Metric("irene_asr_queue_calls", MetricKind.GAUGE, "Calls that wait")
TIME = Metric("irene_asr_time_seconds", MetricKind.HISTOGRAM, "Time", ("provider",), (1.0,))


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def recorder(clock):
    return Recorder(clock)


def test_a_counter_is_the_same_wherever_it_is_asked_for(recorder):
    """Two parts that count the same thing add to one sum."""
    recorder.counter(CALLS, "vosk").add()
    recorder.counter(CALLS, "vosk").add(2)
    assert recorder.snapshot().values()['irene_asr_calls_total{provider="vosk"}'] == 3


def test_a_counter_never_goes_back(recorder):
    """Prometheus would take that for a restart."""
    with pytest.raises(ValueError, match="cannot go back by 1"):
        recorder.counter(CALLS, "vosk").add(-1)


def test_nothing_that_threads_count_is_lost(recorder):
    """Eight threads add to the same counter."""

    def count():
        for _ in range(5000):
            recorder.counter(CALLS, "vosk").add()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recorder.counter(CALLS, "vosk").value == 40_000


def test_a_gauge_is_what_was_set_last(recorder):
    """It goes up and down."""
    gauge = recorder.gauge(QUEUE)
    gauge.set(4)
    gauge.set(1)
    assert recorder.snapshot().values()["irene_asr_queue_calls"] == 1


def test_a_histogram_has_the_bounds_of_its_metric(recorder):
    """The metric says once how it is divided."""
    recorder.histogram(TIME, "vosk").observe(0.5)
    found = recorder.snapshot().values()['irene_asr_time_seconds{provider="vosk"}']
    assert found.buckets[0] == (1.0, 1)


def test_label_values_are_bounded(clock):
    """What somebody says cannot become a million series; nothing of it is lost."""
    recorder = Recorder(clock, max_series=3)
    for number in range(10):
        recorder.counter(CALLS, f"provider {number}").add()
    values = recorder.snapshot().values()
    calls = {key: value for key, value in values.items() if key.startswith(CALLS.name)}
    assert len(calls) == 4
    assert calls['irene_asr_calls_total{provider="other"}'] == 7
    assert values[REFUSED_SERIES.name] == 7


def test_what_counts_for_itself_is_read_when_somebody_asks(recorder):
    """A cache pays nothing for being watched."""
    size = [1.0]

    def read():
        return [Reading(QUEUE, (), size[0])]

    recorder.watch(read)
    size[0] = 5.0
    assert recorder.snapshot().values()[QUEUE.name] == 5.0


def test_a_snapshot_says_when_it_was_taken(recorder, clock):
    """Date and time for people, uptime for sums."""
    clock.advance(12)
    snapshot = recorder.snapshot()
    assert snapshot.at == clock.now()
    assert snapshot.uptime_s == 12


def test_readings_come_in_order(recorder):
    """Two snapshots can be laid beside each other."""
    recorder.counter(CALLS, "b").add()
    recorder.counter(CALLS, "a").add()
    recorder.gauge(QUEUE).set(1)
    keys = [(one.metric.name, one.values) for one in recorder.snapshot().readings]
    assert keys == sorted(keys)


def test_stages_are_metrics_too(recorder, clock):
    """What `measure` measures is in the snapshot."""
    with recorder.stages.measure("asr.infer"):
        clock.advance(2)
    found = recorder.snapshot().values()['irene_stage_duration_seconds{stage="asr.infer"}']
    assert (found.count, found.total) == (1, 2)


@pytest.mark.parametrize(
    "ask",
    [
        lambda recorder: recorder.counter(QUEUE),
        lambda recorder: recorder.counter(CALLS),
        lambda recorder: recorder.gauge(CALLS, "vosk"),
        lambda recorder: recorder.histogram(QUEUE),
        lambda recorder: recorder.gauge(QUEUE, "vosk"),
    ],
    ids=["gauge as counter", "no label", "counter as gauge", "gauge as histogram", "a label"],
)
def test_a_metric_is_used_as_what_it_is(recorder, ask):
    """A mix-up is a bug of whoever records."""
    with pytest.raises(ValueError, match="with labels"):
        ask(recorder)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("asr_calls_total", MetricKind.COUNTER),
        ("irene_asr_calls", MetricKind.COUNTER),
        ("irene_asr_calls_total", MetricKind.GAUGE),
        ("irene_asr_latency_ms", MetricKind.GAUGE),
        ("irene_calls", MetricKind.GAUGE),
        ("irene_Asr_calls", MetricKind.GAUGE),
    ],
    ids=str,
)
def test_a_name_keeps_the_rules(name, kind):
    """Component, what, base unit; counters end in `_total`, and nothing else does."""
    with pytest.raises(ValueError, match=name):
        Metric(name, kind, "text")


def test_labels_and_bounds_are_checked():
    """A label is a word, and only a histogram has bounds."""
    with pytest.raises(ValueError, match="labels"):
        Metric("irene_asr_calls_total", MetricKind.COUNTER, "text", ("Not a word",))
    with pytest.raises(ValueError, match="bounds"):
        Metric("irene_asr_time_seconds", MetricKind.HISTOGRAM, "text")


def test_the_unit_is_in_the_name():
    """What is counted has none."""
    assert (TIME.unit, CALLS.unit, QUEUE.unit) == ("seconds", "", "")


def test_every_metric_of_the_catalogue_has_a_name_of_its_own():
    """A name means one thing."""
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)

"""Figures and span trees as OpenTelemetry sends them, by its own exporters into memory."""

import logging
import threading

import pytest

from irene import ConfigurationError
from irene.config.sections import PerformanceSection
from irene.domain.events import SessionEnded
from irene.pipeline.figures.of_events import EventFigures
from irene.servers.opentelemetry.exporting import OpenTelemetryExport
from irene.servers.opentelemetry.outage import Outage
from irene.telemetry import catalogue
from irene.telemetry.recorder import Recorder
from irene.telemetry.trace import Trace
from irene.testing import VirtualClock

REASON = "sending needs opentelemetry-sdk"
export = pytest.importorskip("opentelemetry.sdk.metrics.export", reason=REASON)
memory = pytest.importorskip(
    "opentelemetry.sdk.trace.export.in_memory_span_exporter", reason=REASON
)


class KeptFigures(export.MetricExporter):
    """Keeps what it was to send; raises the first so many times."""

    def __init__(self, n_failures=0):
        super().__init__()
        self.sent = []
        self.left = n_failures
        self.came = threading.Event()

    def export(self, metrics_data, timeout_millis=10_000, **kwargs):
        if self.left:
            self.left -= 1
            raise OSError("no collector")
        self.sent.append(metrics_data)
        self.came.set()
        return export.MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis=10_000):
        return True

    def shutdown(self, timeout_millis=30_000, **kwargs):
        """There is nothing to close."""


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def recorder(clock):
    return Recorder(clock)


def sent(recorder, clock, *events, figures=None):
    """Return the metrics by name and the finished spans, of a run with these events."""
    figures, spans = figures or KeptFigures(), memory.InMemorySpanExporter()
    with OpenTelemetryExport(recorder, figures, spans, service="kitchen", clock=clock):
        noting = EventFigures(recorder)
        for event in events:
            noting.note(event)
    (resource,) = figures.sent[-1].resource_metrics
    (scope,) = resource.scope_metrics
    return resource, {one.name: one for one in scope.metrics}, spans.get_finished_spans()


def session(clock):
    """Return a session of 3.5 s, of which 0.5 s are an answer in two stages."""
    trace = Trace("session", clock)
    with trace.span("listening") as listening:
        clock.advance(3)
    trace.add("vad", 0.25, listening, 40)
    with trace.span("response") as response:
        for name in ("asr", "tts"):
            with trace.span(name, response):
                clock.advance(0.25)
    return SessionEnded(reason="answered", spans=trace.to_dict())


def test_a_session_becomes_a_tree_of_spans(recorder, clock):
    """Every stage below its parent, with the name, the time and the length it had."""
    _, _, spans = sent(recorder, clock, session(clock))
    by_name = {span.name: span for span in spans}
    names = {span.context.span_id: span.name for span in spans}
    parents = {span.name: names.get(span.parent.span_id) for span in spans if span.parent}
    assert parents == {
        "listening": "session",
        "vad": "listening",
        "response": "session",
        "asr": "response",
        "tts": "response",
    }
    lengths = {name: (span.end_time - span.start_time) / 1e9 for name, span in by_name.items()}
    assert lengths == pytest.approx(
        {"session": 3.5, "listening": 3, "vad": 0.25, "response": 0.5, "asr": 0.25, "tts": 0.25}
    )
    assert by_name["session"].end_time / 1e9 == pytest.approx(clock.now().timestamp())
    assert by_name["session"].attributes["irene.outcome"] == "answered"
    assert by_name["vad"].attributes["irene.calls"] == 40
    assert len({span.context.trace_id for span in spans}) == 1


def test_the_resource_is_the_assistant(recorder, clock):
    """Its name and the version of irene."""
    resource, _, spans = sent(recorder, clock, session(clock))
    assert resource.resource.attributes["service.name"] == "kitchen"
    assert spans[0].resource.attributes["service.name"] == "kitchen"


def test_counters_are_sums_since_the_beginning(recorder, clock):
    """They say from when on, and that they only grow."""
    began_ns = int(clock.now().timestamp() * 1e9)
    clock.advance(5)
    recorder.counter(catalogue.AUDIO_LOST, "overflow").add(1.5)
    _, metrics, _ = sent(recorder, clock)
    lost = metrics["irene_audio_lost_seconds_total"]
    assert (lost.unit, lost.data.is_monotonic) == ("s", True)
    assert lost.data.aggregation_temporality == export.AggregationTemporality.CUMULATIVE
    (point,) = lost.data.data_points
    assert (point.value, dict(point.attributes)) == (1.5, {"reason": "overflow"})
    assert point.start_time_unix_nano == began_ns
    assert point.time_unix_nano == began_ns + 5 * 10**9


def test_histograms_keep_their_buckets(recorder, clock):
    """Each bucket with its own number, unlike Prometheus's sums."""
    for seconds in (0.2, 0.3, 0.4, 100):
        recorder.histogram(catalogue.RESPONSE_SECONDS).observe(seconds)
    _, metrics, _ = sent(recorder, clock)
    (point,) = metrics["irene_response_latency_seconds"].data.data_points
    counts = dict(zip([*point.explicit_bounds, "more"], point.bucket_counts, strict=True))
    full = {bound: count for bound, count in counts.items() if count}
    assert full == {0.25: 1, 0.5: 2, "more": 1}
    assert (point.count, point.min, point.max) == (4, 0.2, 100)


def test_gauges_are_what_is_now(recorder, clock):
    """Neither a sum nor a distribution."""
    recorder.gauge(catalogue.BUILD_INFO, "1.0").set(1)
    _, metrics, _ = sent(recorder, clock)
    assert isinstance(metrics["irene_build_info"].data, export.Gauge)


def test_figures_are_sent_again_and_again(recorder, clock):
    """Whenever the interval is over."""
    figures = KeptFigures()
    with OpenTelemetryExport(
        recorder, figures, memory.InMemorySpanExporter(), interval_s=10, clock=clock
    ):
        while not figures.came.wait(0.01):
            clock.advance(10)
    assert len(figures.sent) >= 2


def test_a_collector_that_fails_costs_nothing(recorder, clock):
    """The next figures hold what was missed, and nothing is raised."""
    recorder.counter(catalogue.WARNINGS).add()
    figures = KeptFigures(n_failures=3)
    with OpenTelemetryExport(
        recorder, figures, memory.InMemorySpanExporter(), interval_s=10, clock=clock
    ):
        while not figures.came.wait(0.01):
            clock.advance(10)
    _, metrics, _ = sent(recorder, clock, figures=figures)
    assert metrics["irene_pipeline_warnings_total"].data.data_points[0].value == 1


ENDPOINT = "http://127.0.0.1:4318"
AWAY = (
    f"performance.otel_endpoint = {ENDPOINT!r}: the collector does not answer; figures are kept, "
    "and sent again until it does"
)


@pytest.fixture
def outage():
    """Return what tells of a collector, and what it has told."""
    told = []
    found = Outage(ENDPOINT, told.append)
    found.begin()
    yield found, told
    found.end()


def logged(kind, level, *message):
    """Log as an exporter of the SDK does."""
    logger = logging.getLogger(f"opentelemetry.exporter.otlp.proto.http.{kind}_exporter")
    logger.log(level, *message)


def test_a_collector_that_is_away_is_told_in_one_line(outage, caplog):
    """However often the exporters try, and log that they did; again when it is away again."""
    found, told = outage
    for kind in ("metric", "trace", "metric"):
        logged(kind, logging.WARNING, "Transient error %s encountered, retrying in 1s.", "refused")
        logged(
            kind, logging.ERROR, "Failed to export batch due to timeout, max retries or shutdown."
        )
    assert (told, caplog.records) == ([AWAY], [])
    found.is_over()
    logged("metric", logging.ERROR, "Failed to export batch code: %s, reason: %s", None, "reset")
    assert told == [AWAY, AWAY]


def test_a_collector_that_refuses_is_told_with_its_answer(outage):
    """For each signal: some take figures and no span trees."""
    _, told = outage
    for kind in ("metric", "trace", "trace"):
        logged(kind, logging.ERROR, "Failed to export batch code: %s, reason: %s", 404, "Not Found")
    assert [line.partition("the collector ")[2] for line in told] == [
        "answers 404 to /v1/metrics: Not Found",
        "answers 404 to /v1/traces: Not Found",
    ]


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        ("localhost:4318", "is no web address: begin it with http:// or https://"),
        ("http://", "is no web address"),
        ("http://host:x", "is no address"),
        (f"{ENDPOINT}/v1/traces", "leave /v1 and the rest out"),
    ],
)
def test_what_is_no_address_of_a_collector_is_refused(endpoint, why):
    """Before the run: nothing would ever be sent."""
    with pytest.raises(ValueError, match=why):
        PerformanceSection(otel_endpoint=endpoint)
    PerformanceSection(otel_endpoint=f"{ENDPOINT}/otlp")


def test_after_closing_nothing_is_kept_for_it(recorder, clock):
    """The recorder forgets it."""
    sent(recorder, clock)
    assert recorder._followers == []


def test_without_the_exporter_the_message_names_the_extra(recorder, monkeypatch):
    """One line."""
    module = "opentelemetry.exporter.otlp.proto.http.metric_exporter"
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(ConfigurationError, match=r'pip install "irene-voice\[otel\]"'):
        OpenTelemetryExport.to(recorder, "http://127.0.0.1:4318")

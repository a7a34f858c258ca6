"""Figures over HTTP, as Prometheus reads them."""

import socket
import urllib.error
import urllib.request

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from irene import ConfigurationError
from irene.servers.metrics.server import MetricsServer
from irene.telemetry.catalogue import METRICS, WARNINGS
from irene.telemetry.metrics import MetricKind
from irene.telemetry.recorder import Recorder
from irene.testing import VirtualClock

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
def recorder():
    """A recorder with a value for every metric that there is."""
    recorder = Recorder(VirtualClock())
    making = {
        MetricKind.COUNTER: lambda metric, values: recorder.counter(metric, *values).add(3),
        MetricKind.GAUGE: lambda metric, values: recorder.gauge(metric, *values).set(2.5),
        MetricKind.HISTOGRAM: lambda metric, values: recorder.histogram(metric, *values).observe(
            0.3
        ),
    }
    for metric in METRICS:
        if metric.name != "irene_telemetry_refused_total":
            making[metric.kind](metric, [f"one {label}" for label in metric.labels])
    return recorder


def read(url, accept="text/plain"):
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


@pytest.mark.parametrize(
    ("accept", "parse"), [("text/plain", plain), (OPENMETRICS, openmetrics)], ids=["text", "open"]
)
def test_prometheus_reads_every_metric_with_type_help_and_unit(recorder, accept, parse):
    """Its own two parsers accept the whole page, the strict one of OpenMetrics too."""
    with MetricsServer(recorder, 0) as server:
        text = read(server.url, accept)
    families = {family.name: family for family in parse(text)}
    for metric in METRICS:
        family = families[metric.name.removesuffix("_total")]
        assert family.type == metric.kind.value
        assert family.documentation == metric.text
        if accept == OPENMETRICS:
            assert family.unit == metric.unit


def test_values_arrive_as_they_are(recorder):
    """With their labels, and histograms with all their buckets."""
    with MetricsServer(recorder, 0) as server:
        families = {family.name: family for family in plain(read(server.url))}
    (lost,) = families["irene_audio_lost_seconds"].samples
    assert (lost.labels, lost.value) == ({"reason": "one reason"}, 3)
    samples = families["irene_response_latency_seconds"].samples
    buckets = {one.labels["le"]: one.value for one in samples if one.name.endswith("_bucket")}
    assert (buckets["0.25"], buckets["0.5"], buckets["+Inf"]) == (0, 1, 1)
    assert [float(bound) for bound in buckets] == sorted(float(bound) for bound in buckets)


def test_every_reading_is_of_its_moment(recorder):
    """A counter that grew between two requests has grown."""
    counter = recorder.counter(WARNINGS)
    with MetricsServer(recorder, 0) as server:
        assert "irene_pipeline_warnings_total 3.0" in read(server.url)
        counter.add()
        assert "irene_pipeline_warnings_total 4.0" in read(server.url)


def test_only_this_machine_can_reach_it(recorder):
    """Unless another address is given."""
    with MetricsServer(recorder, 0) as server:
        assert server.url == f"http://127.0.0.1:{server.port}/metrics"
        assert server._server.server_address[0] == "127.0.0.1"


def test_a_port_in_use_is_one_line(recorder):
    """It names the key and the port."""
    with MetricsServer(recorder, 0) as server, pytest.raises(ConfigurationError) as caught:
        MetricsServer(recorder, server.port)
    message = str(caught.value)
    assert message.startswith(f"performance.metrics_port = {server.port} is in use on 127.0.0.1")
    assert "\n" not in message


def test_an_address_of_another_machine_is_one_line(recorder):
    """TEST-NET-1 is nobody's."""
    with pytest.raises(ConfigurationError, match=r"performance\.metrics_host = '192\.0\.2\.1'"):
        MetricsServer(recorder, 0, "192.0.2.1")


def test_after_closing_the_port_is_free(recorder):
    """Whoever starts the assistant again gets it."""
    with MetricsServer(recorder, 0) as server:
        port = server.port
    with pytest.raises(urllib.error.URLError):
        read(f"http://127.0.0.1:{port}/metrics")
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


def test_without_the_client_the_message_names_the_extra(recorder, monkeypatch):
    """Prometheus's client is optional."""
    monkeypatch.setitem(__import__("sys").modules, "prometheus_client", None)
    with pytest.raises(ConfigurationError, match=r'pip install "irene-voice\[metrics\]"'):
        MetricsServer(recorder, 0)

"""Sending what a recorder holds, again and again, on a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from typing import TYPE_CHECKING

import irene
from irene.components.threads import start_daemon
from irene.domain.clock import Clock, SystemClock
from irene.errors import ConfigurationError, IreneError
from irene.providers.border import ForeignCode
from irene.servers.opentelemetry.figures import SCOPE, metrics_data
from irene.servers.opentelemetry.outage import Outage
from irene.servers.opentelemetry.spans import send_spans
from irene.telemetry.recorder import Recorder, SessionTrace

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.trace.export import SpanExporter

_MOST_TRACES = 256
"""sessions that wait to be sent; of more, the oldest are left out"""
_LAST_WORDS_S = 5.0
"""longest wait at the end for the collector"""
_CURE = 'install it with pip install "irene-voice[otel]"'


class OpenTelemetryExport:
    """Sends all figures and the span tree of every session, until it is closed.

    Neither holds what was said. A collector that does not answer is tried again with the next
    figures, which are sums and so lose nothing; the assistant never waits for it.
    """

    def __init__(
        self,
        recorder: Recorder,
        figures: MetricExporter,
        spans: SpanExporter,
        *,
        service: str = "irene",
        interval_s: float = 10.0,
        clock: Clock | None = None,
        outage: Outage | None = None,
    ) -> None:
        """Begin to send.

        Args:
            recorder: what is sent.
            figures: an exporter of the SDK for metrics.
            spans: one for traces.
            service: name of the assistant, as `service.name`.
            interval_s: time between two sets of figures, seconds.
            clock: what times that; None takes the machine's.
            outage: tells when the collector takes nothing; None leaves that to the exporters' log.
        """
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._resource = Resource.create(
            {"service.name": service, "service.version": irene.__version__}
        )
        self._tracers = TracerProvider(resource=self._resource, shutdown_on_exit=False)
        self._tracers.add_span_processor(BatchSpanProcessor(spans))
        self._tracer = self._tracers.get_tracer(SCOPE)
        self._figures, self._spans = figures, spans
        self._recorder = recorder
        self._interval_s = interval_s
        self._clock = clock or SystemClock()
        self._traces: deque[SessionTrace] = deque(maxlen=_MOST_TRACES)
        self._outage = outage
        if outage is not None:
            outage.begin()
        self._changed = threading.Condition()
        self._is_over = False
        recorder.follow(self._take)
        self._thread: Future[None] = start_daemon("opentelemetry", self._work)

    @classmethod
    def to(
        cls,
        recorder: Recorder,
        endpoint: str,
        service: str = "irene",
        report: Callable[[str], None] = lambda line: None,
    ) -> OpenTelemetryExport:
        """Send to a collector by OTLP over HTTP; the address is without a path.

        `report` gets a line when the collector takes nothing, once until it does; any thread.

        Raises:
            ConfigurationError: the SDK or its OTLP exporter is not installed.
        """
        try:
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        except ImportError as error:
            raise ConfigurationError(
                f"performance.otel_endpoint needs OpenTelemetry's SDK: {_CURE}"
            ) from error
        base = endpoint.rstrip("/")
        figures = OTLPMetricExporter(endpoint=f"{base}/v1/metrics")
        spans = OTLPSpanExporter(f"{base}/v1/traces")
        return cls(recorder, figures, spans, service=service, outage=Outage(endpoint, report))

    def close(self) -> None:
        """Send once more, and no more then; a second call does nothing."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._recorder.unfollow(self._take)
        try:
            self._thread.result(_LAST_WORDS_S)
        except NotInTime:  # whatever hangs in the exporters ends with the process
            self._give_up()
        else:
            if self._outage is not None:
                self._outage.end()

    def _give_up(self) -> None:
        """Have the exporters try no more: they would hold up the end of the process."""
        if self._outage is not None:
            self._outage.is_final()
        for exporter in (self._spans, self._figures):
            with suppress(IreneError), ForeignCode():
                exporter.shutdown()

    def __enter__(self) -> OpenTelemetryExport:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _take(self, trace: SessionTrace) -> None:
        self._traces.append(trace)

    def _work(self) -> None:
        is_over = False
        while not is_over:
            with self._changed:
                if not self._is_over:
                    self._clock.wait(self._changed, self._interval_s)
                is_over = self._is_over
            self._send()
        with suppress(IreneError), ForeignCode():  # the next figures are sent anyway
            self._tracers.shutdown()
            self._figures.shutdown()

    def _send(self) -> None:
        """Send the sessions that are over, and the figures as they are now."""
        with suppress(IreneError), ForeignCode():  # the next figures are sent anyway
            while self._traces:
                send_spans(self._traces.popleft(), self._tracer)
            self._tracers.force_flush()
        with suppress(IreneError), ForeignCode():  # the next figures are sent anyway
            sent = self._figures.export(metrics_data(self._recorder.snapshot(), self._resource))
            if self._outage is not None and sent.name == "SUCCESS":
                self._outage.is_over()

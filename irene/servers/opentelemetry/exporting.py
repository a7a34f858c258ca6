"""Sending what a recorder holds, again and again, on a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
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
    ) -> None:
        """Begin to send.

        Args:
            recorder: what is sent.
            figures: an exporter of the SDK for metrics.
            spans: one for traces.
            service: name of the assistant, as `service.name`.
            interval_s: time between two sets of figures, seconds.
            clock: what times that; None takes the machine's.
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
        self._figures = figures
        self._recorder = recorder
        self._interval_s = interval_s
        self._clock = clock or SystemClock()
        self._traces: deque[SessionTrace] = deque(maxlen=_MOST_TRACES)
        self._changed = threading.Condition()
        self._is_over = False
        recorder.follow(self._take)
        self._thread: Future[None] = start_daemon("opentelemetry", self._work)

    @classmethod
    def to(cls, recorder: Recorder, endpoint: str, service: str = "irene") -> OpenTelemetryExport:
        """Send to a collector by OTLP over HTTP; the address is without a path.

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
        return cls(recorder, figures, OTLPSpanExporter(f"{base}/v1/traces"), service=service)

    def close(self) -> None:
        """Send once more, and no more then; a second call does nothing."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._recorder.unfollow(self._take)
        with suppress(NotInTime):  # whatever hangs in the exporter ends with the process
            self._thread.result(_LAST_WORDS_S)

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
            self._figures.export(metrics_data(self._recorder.snapshot(), self._resource))

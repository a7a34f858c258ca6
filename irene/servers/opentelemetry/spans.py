"""The span tree of a session as spans of OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from irene.telemetry.recorder import SessionTrace

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


def send_spans(trace: SessionTrace, tracer: Tracer) -> None:
    """Give a session's spans to a tracer, each below its parent, with the times they had.

    Stages that were summed over many calls have the number of calls as `irene.calls`; they begin
    with the first of them, and are as long as all of them together.
    """
    began_s = trace.ended.timestamp() - float(trace.spans["duration_ms"]) / 1e3
    attributes = {"irene.outcome": trace.outcome}
    _send(trace.spans, tracer, began_s, None, attributes)


def _send(
    span: Mapping[str, Any],
    tracer: Tracer,
    began_s: float,
    parent: Any,
    attributes: Mapping[str, str | int],
) -> None:
    start_ns = _ns(began_s + float(span["start_ms"]) / 1e3)
    made = tracer.start_span(span["name"], parent, attributes=attributes, start_time=start_ns)
    from opentelemetry.trace import set_span_in_context

    context = set_span_in_context(made)
    for child in span.get("children", ()):
        calls = {"irene.calls": int(child["count"])} if "count" in child else {}
        _send(child, tracer, began_s, context, calls)
    made.end(start_ns + _ns(float(span["duration_ms"]) / 1e3))


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)

"""Where the time of one session went, as a tree of spans."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from irene.domain.clock import Clock


@dataclass(slots=True)
class Span:
    """One stage: when it began, how long it took, and the stages inside it."""

    name: str
    start_s: float
    """clock seconds since the trace began"""
    duration_s: float = 0.0
    """clock seconds; for a summed stage, the sum over its calls"""
    count: int = 1
    """calls that were summed into this span"""
    children: list[Span] = field(default_factory=list)
    is_open: bool = False
    """whether the stage is still going on"""

    @property
    def exclusive_s(self) -> float:
        """Duration less that of the children, which never overlap each other."""
        return max(0.0, self.duration_s - sum(child.duration_s for child in self.children))

    def to_dict(self) -> dict[str, Any]:
        """Return the span as JSON-ready data, times in milliseconds."""
        body: dict[str, Any] = {
            "name": self.name,
            "start_ms": round(self.start_s * 1e3, 3),
            "duration_ms": round(self.duration_s * 1e3, 3),
            "exclusive_ms": round(self.exclusive_s * 1e3, 3),
        }
        if self.count != 1:
            body["count"] = self.count
        if self.children:
            body["children"] = [child.to_dict() for child in self.children]
        return body


class Trace:
    """The span tree of one session; spans may be added from any thread.

    A span is placed under the parent it names; stages that run once per chunk are summed into one
    span instead of thousands.
    """

    def __init__(self, name: str, clock: Clock, began_s: float | None = None) -> None:
        """Begin now, or at an earlier time of the clock."""
        self._clock = clock
        self._began = clock.monotonic() if began_s is None else began_s
        self._lock = threading.Lock()
        self.root = Span(name, 0.0)

    def now(self) -> float:
        """Clock seconds since the trace began."""
        return self._clock.monotonic() - self._began

    def since(self, clock_s: float) -> float:
        """Seconds since a time of the trace's clock."""
        return self._clock.monotonic() - clock_s

    def begin(self, name: str, parent: Span | None = None, earlier_s: float = 0.0) -> Span:
        """Open a span, begun `earlier_s` seconds ago, that `finish` closes."""
        span = Span(name, self.now() - earlier_s, is_open=True)
        with self._lock:
            (parent or self.root).children.append(span)
        return span

    def finish(self, span: Span) -> None:
        """Close a span; a second call does nothing."""
        if span.is_open:
            span.is_open = False
            span.duration_s = self.now() - span.start_s

    @contextmanager
    def span(self, name: str, parent: Span | None = None, earlier_s: float = 0.0) -> Iterator[Span]:
        """Measure a `with` block, and what was done for it in the `earlier_s` seconds before."""
        opened = self.begin(name, parent, earlier_s)
        try:
            yield opened
        finally:
            self.finish(opened)

    def add(self, name: str, seconds: float, parent: Span, count: int = 1) -> None:
        """Sum calls of a repeated stage into its span under `parent`."""
        with self._lock:
            for span in parent.children:
                if span.name == name:
                    span.duration_s += seconds
                    span.count += count
                    return
            parent.children.append(Span(name, parent.start_s, seconds, count))

    def to_dict(self) -> dict[str, Any]:
        """Close every span and return the whole tree as JSON-ready data."""
        self.root.duration_s = self.now()
        with self._lock:
            self._close(self.root)
            return self.root.to_dict()

    def _close(self, span: Span) -> None:
        self.finish(span)
        for child in span.children:
            self._close(child)

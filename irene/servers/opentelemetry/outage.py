"""What is told of a collector that takes nothing: one line, not four with each try."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

_LOGGERS = tuple(
    f"opentelemetry.exporter.otlp.proto.http.{one}_exporter" for one in ("metric", "trace")
)
_REFUSAL = re.compile(r"code: (\d+), reason: (.*)")
_PATHS = {"metric": "/v1/metrics", "trace": "/v1/traces"}


class Outage(logging.Filter):
    """Takes what the exporters of the SDK log while a collector is away, and tells it once."""

    def __init__(self, endpoint: str, report: Callable[[str], None]) -> None:
        """`report` is called on a thread of an exporter, and gets a line."""
        super().__init__()
        self._called = f"performance.otel_endpoint = {endpoint!r}: the collector"
        self._report = report
        self._told: set[str] = set()

    def begin(self) -> None:
        """Listen to the exporters."""
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self)

    def end(self) -> None:
        """Leave them alone."""
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Take a record; none goes on. What is tried again is no failure yet."""
        if record.levelno >= logging.ERROR:
            self._tell(self._line(record))
        return False

    def is_over(self) -> None:
        """Note that the collector took something: when it is away again, that is told again."""
        self._told.discard(self._away)

    def is_final(self) -> None:
        """Tell that the end of the run was not waited for by the collector."""
        self._tell(f"{self._called} does not answer; the last figures were not sent")

    @property
    def _away(self) -> str:
        return f"{self._called} does not answer; figures are kept, and sent again until it does"

    def _line(self, record: logging.LogRecord) -> str:
        refusal = _REFUSAL.search(record.getMessage())
        if refusal is None or refusal[1] == "None":
            return self._away
        which = next(kind for kind in _PATHS if f".{kind}_" in record.name)
        return f"{self._called} answers {refusal[1]} to {_PATHS[which]}: {refusal[2].strip()}"

    def _tell(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            self._report(line)

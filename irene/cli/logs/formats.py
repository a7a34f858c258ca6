"""How a record of the log is written: a line for people, or a JSON object."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

Masked = Callable[[str], str]
"""puts asterisks for what nobody should see"""

_PRIORITIES = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
"""of syslog (RFC 5424); systemd reads them in angle brackets before a line (sd-daemon(3))"""


class TextFormat(logging.Formatter):
    """Writes a line: when, how grave, who, in which session, what.

    Further lines, as of a traceback, are indented: a line that is not begins a record.
    """

    def __init__(self, masked: Masked, *, has_time: bool = True) -> None:
        super().__init__()
        self._masked = masked
        self._has_time = has_time

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        event = getattr(record, "event", None)
        session = "" if event is None or event.session is None else f" [{event.session}]"
        head = f"{record.levelname.lower():<8} {record.name}{session}: "
        if self._has_time:
            head = f"{_time(record)} {head}"
        text = "\n".join((record.getMessage(), *filter(None, (exception_text(record),))))
        return self._masked(head + text.rstrip().replace("\n", "\n    "))


class JsonFormat(logging.Formatter):
    """Writes one JSON object on one line; that of an event holds the whole of it."""

    def __init__(self, masked: Masked) -> None:
        super().__init__()
        self._masked = masked

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        said: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        event = getattr(record, "event", None)
        if event is not None:
            said["session"] = event.session
            said["event"] = event.to_dict()
        if exception := exception_text(record):
            said["exception"] = exception
        return json.dumps(self._each_masked(said), ensure_ascii=False, default=str)

    def _each_masked(self, value: Any) -> Any:
        """Mask every text by itself: JSON writes quotes and backslashes in another way."""
        if isinstance(value, str):
            return self._masked(value)
        if isinstance(value, Mapping):
            return {key: self._each_masked(item) for key, item in value.items()}
        return [self._each_masked(item) for item in value] if isinstance(value, list) else value


class JournalFormat(logging.Formatter):
    """Puts the priority before every line of another format, as systemd's journal reads it."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """Return the record with priorities."""
        prefix = f"<{_PRIORITIES.get(record.levelname, 6)}>"
        return "\n".join(prefix + line for line in self._inner.format(record).split("\n"))


def exception_text(record: logging.LogRecord) -> str:
    """Return the traceback of a record, and the stack that it tells; empty without any."""
    exception = record.exc_text or ""
    if not exception and record.exc_info and record.exc_info[0] is not None:
        exception = logging.Formatter().formatException(record.exc_info)
    return "\n".join(filter(None, (exception, record.stack_info)))


def _time(record: logging.LogRecord) -> str:
    when = datetime.fromtimestamp(record.created, timezone.utc)
    return when.isoformat(timespec="milliseconds")

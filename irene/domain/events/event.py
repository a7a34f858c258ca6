"""What every event is: named, stamped with audio time and session, ready for JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, at an audio time, inside a session or outside of any."""

    event: ClassVar[str] = "event"
    """Public name of the event."""
    time_s: float = 0.0
    """audio position of the input when this was decided, seconds; never goes back"""
    session: int | None = None
    """number of the session, counted from 1 in each run; null outside a session"""

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON-ready data, `event`, `session` and `time_s` first."""
        body = {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}
        head = {"event": self.event, "session": body.pop("session"), "time_s": body.pop("time_s")}
        return {**head, **body}


def _plain(value: Any) -> Any:
    """Turn dataclasses, mappings and tuples into dicts and lists; round seconds to the sample."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value

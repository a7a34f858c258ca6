"""Events as records of the log: which logger each belongs to, and how grave it is."""

from __future__ import annotations

import logging

from irene.cli.runs.event_lines import event_text
from irene.domain import events
from irene.domain.events import Event

LOGGER = "irene.events"
"""parent of the loggers of all events: that of a transcript is `irene.events.transcript`"""

_GRAVE = {
    **dict.fromkeys(
        (
            events.ErrorRaised,
            events.ConfigurationRefused,
            events.WorkerQuarantined,
        ),
        logging.ERROR,
    ),
    **dict.fromkeys(
        (
            events.Warned,
            events.ProviderFailed,
            events.ProviderSwitched,
            events.AudioDropped,
            events.DeviceLost,
            events.CallAbandoned,
            events.WorkerDied,
            events.Overloaded,
            events.MemoryPressure,
            events.AlertRaised,
            events.UtteranceKept,
        ),
        logging.WARNING,
    ),
    **dict.fromkeys(
        (
            events.TranscriptPartial,
            events.ResponsePartial,
            events.LateResult,
            events.UtteranceHedged,
        ),
        logging.DEBUG,
    ),
}
"""what is no piece of news"""


def log_event(event: Event) -> None:
    """Log an event, unless its logger is told to be silent about such."""
    level = _GRAVE.get(type(event), logging.INFO)
    logger = logging.getLogger(f"{LOGGER}.{event.event}")
    if logger.isEnabledFor(level):
        logger.log(level, "%s", event_text(event), extra={"event": event})

"""What is kept about a run: how it was started, what was measured, what became of each command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STEADY_S = 60.0
"""a value that does not change is written at the first look after that time, so that a gap can be
told from it"""
LONGEST_STEADY_S = 2 * STEADY_S
"""longest time until it is: looks are as far apart as that while nothing happens"""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """An assistant that is started."""

    assistant: str
    """`assistant.name`"""
    pid: int
    """number of its process"""
    version: str
    """version of irene"""
    config: str
    """name of the profile, or of the configuration file without its ending"""
    began: float
    """seconds since 1970 (UTC)"""


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """One thing that is measured again and again."""

    name: str
    """of the metric"""
    labels: tuple[tuple[str, str], ...] = ()
    """names and values, sorted by name"""
    statistic: str = "value"
    """`value`, or of a histogram `n`, `mean`, `p50`, `p95`, `p99`, `max`, `errors`"""
    kind: str = "gauge"
    """`gauge`, `counter` or `histogram`"""
    unit: str = ""
    """of the values; empty for counts and shares"""


@dataclass(frozen=True, slots=True)
class SampleRow:
    """Every series at one moment."""

    at: float
    """seconds since 1970 (UTC)"""
    values: Mapping[SeriesKey, float]


@dataclass(frozen=True, slots=True)
class UtteranceRow:
    """A command, from the wake word to the end of its answer; never what was said."""

    session: int
    """number of the session in its run"""
    at: float
    """when it ended, seconds since 1970 (UTC)"""
    reason: str
    """see `SessionEnded.reason`"""
    speech_s: float | None = None
    """length of the speech; None when nobody spoke"""
    provider: str = ""
    """the recogniser that understood it; empty when none did"""
    rtf: float | None = None
    """time of that recogniser for the time of the audio that it heard"""
    spans: Mapping[str, Any] = field(default_factory=dict)
    """tree of the time that every stage took, as `Span.to_dict` gives it"""


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert that has begun, or has ended."""

    name: str
    """of the rule"""
    series: str
    """the metric with its labels"""
    statistic: str
    """what of it was compared"""
    threshold: float
    """what it was compared with"""
    value: float | None
    """what was measured; None when the assistant ended"""
    at: float
    """seconds since 1970 (UTC)"""
    is_over: bool
    """whether it has ended"""


@dataclass(frozen=True, slots=True)
class ProvidersRow:
    """How the providers do, as the control socket's `providers` tells it."""

    at: float
    """seconds since 1970 (UTC)"""
    reports: Sequence[Mapping[str, Any]]


Row = SampleRow | UtteranceRow | AlertRow | ProvidersRow

"""What is wrong by the figures, is well again, and could be better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from irene.domain.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(Event):
    """Something that is measured has been wrong for as long as its rule allows."""

    event: ClassVar[str] = "alert_raised"
    alert: str
    """name of the rule"""
    metric: str
    """what was measured, with its labels"""
    statistic: str
    """what of it was compared, such as `p95`"""
    value: float
    """what it is, in the metric's unit"""
    threshold: float
    """what the rule allows"""
    unit: str = ""
    """unit of both; empty for counts and shares"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCleared(Event):
    """An alert is over."""

    event: ClassVar[str] = "alert_cleared"
    alert: str
    """name of the rule"""
    metric: str
    """what was measured, with its labels"""
    statistic: str
    """what of it was compared, such as `p95`"""
    value: float | None
    """what it is now; null when it is not measured any more, or the rule has gone"""
    threshold: float
    """what the rule allows"""
    unit: str = ""
    """unit of both; empty for counts and shares"""
    seconds: float = 0.0
    """how long the alert was on"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsProposed(Event):
    """Other settings have proven better in trials; nothing was changed."""

    event: ClassVar[str] = "settings_proposed"
    proposals: tuple[str, ...]
    """one line for each: what would be changed, and what that is measured to be worth"""

"""The audio plan: what is converted to what, decided before any audio flows."""

from irene.audio.plan.conflicts import Conflict, echo_conflict
from irene.audio.plan.consumers import (
    Consumer,
    Fallback,
    best_quality,
    choose_quality,
    working_rate,
)
from irene.audio.plan.making import draft_plan, make_plan
from irene.audio.plan.routes import AudioPlan, Route

__all__ = [
    "AudioPlan",
    "Conflict",
    "Consumer",
    "Fallback",
    "Route",
    "best_quality",
    "choose_quality",
    "draft_plan",
    "echo_conflict",
    "make_plan",
    "working_rate",
]

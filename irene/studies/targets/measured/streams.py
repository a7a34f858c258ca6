"""How many streams one machine hears a wake word in."""

from __future__ import annotations

import os

from irene.errors import ProviderUnavailableError
from irene.performance.measuring.spread import Spread
from irene.performance.speech.recordings import BUNDLED
from irene.studies.many_streams.dividing import GOALS, WORDS, Point, measure
from irene.studies.many_streams.trial import Load
from irene.studies.targets.finding import Finding
from irene.studies.targets.target import Effort, Found

_SECONDS = 8.0
_PROCESSES = 2
_SHARES = (1.0, 0.75, 0.5, 0.25)
"""of the goal, tried until one is heard in time"""


def micro(effort: Effort) -> Found:
    """Microwakeword, in two processes."""
    return {"streams-microwakeword": _most("microwakeword")}


def openwakeword(effort: Effort) -> Found:
    """Openwakeword, in two processes."""
    return {"streams-openwakeword": _most("openwakeword")}


def _most(provider: str) -> Finding:
    """Return the most streams that were heard in time: no more than the goal asks for are tried."""
    if not (BUNDLED / "manifest.csv").is_file():
        raise ProviderUnavailableError(
            "the recordings of wake words come with the repository, not with an installed package"
        )
    doubts: tuple[str, ...] = ()
    for share in _SHARES:
        n_streams = round(GOALS[provider] * share)
        load = Load(provider, WORDS, n_streams, _SECONDS, BUNDLED)
        point = measure(load, min(_PROCESSES, os.cpu_count() or 1))
        doubts = (*doubts, *point.doubts())
        if point.is_in_time:
            return Finding(Spread((float(n_streams),)), doubts=doubts, note=_note(point))
    return Finding(Spread((0.0,)), doubts=doubts, note="not even a quarter of the goal")


def _note(point: Point) -> str:
    delay_ms = 1000 * max(part.p99_delay_s for part in point.parts)
    return f"99 % decided within {delay_ms:.0f} ms, no word missed"

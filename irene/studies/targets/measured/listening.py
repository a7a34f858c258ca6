"""What a whole assistant takes while it listens: in silence, in speech, for hours."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from irene.errors import ProviderUnavailableError
from irene.performance.measuring.spread import Spread
from irene.studies.audio_core.listening import Microphone
from irene.studies.listening_cost.costs import IN_SPEECH, SCENES, Listening, listening_costs
from irene.studies.listening_cost.silent_assistant import SilentAssistant
from irene.studies.listening_cost.soak import soak
from irene.studies.targets.finding import Finding, Nature
from irene.studies.targets.target import Effort, Found

_LISTENED_S = 10.0
_TURNS = 3
"""times that each assistant listens"""
_N_CHUNKS = 1_000_000
"""of 20 ms: five and a half hours"""
_RATE = 16000


def silence(effort: Effort) -> Found:
    """`irene run` with a program that delivers quiet noise at the pace of a microphone."""
    usual, fast, package = _percents(SCENES)
    ratio = tuple(one / other for one, other in zip(package.values, usual.values, strict=True))
    return {
        "silence-16k": Finding(usual),
        "silence-48k": Finding(fast),
        "silence-against-openwakeword": Finding(Spread(ratio), Nature.RATIO),
        "idle-cpu": Finding(fast),
    }


def speech(effort: Effort) -> Found:
    """`irene run` while somebody speaks all the time, and nobody says the wake word."""
    (percents,) = _percents([IN_SPEECH])
    return {"load-cpu": Finding(percents)}


def blocks(effort: Effort) -> Found:
    """What the listener asks its input for while the gate is closed."""
    microphone = Microphone(_RATE, 20)
    assistant = SilentAssistant(microphone, _RATE)
    asked = [0.0]
    assistant.listener.on_block = asked.append
    try:
        microphone.stream.give(500)
        assistant.hear()
        return {"silent-blocks": Finding.exact(1000 * max(asked))}
    finally:
        assistant.close()


def hours(effort: Effort) -> Found:
    """A million chunks, engines excluded: what grows, and what gets lost."""
    found = soak(_N_CHUNKS)
    missing = found.n_lost + abs(found.n_expected - found.n_heard)
    note = f"of Python's own memory: {found.traced_mb:.2f} MB"
    return {
        "soak-growth": Finding.exact(found.grown_mb, note),
        "soak-lost": Finding.exact(missing),
    }


def _percents(scenes: Sequence[Listening]) -> list[Spread]:
    """Return the percent of a core that each assistant takes; they take turns."""
    if sys.platform == "win32":
        raise ProviderUnavailableError(
            "the program that stands for a microphone needs a POSIX system"
        )
    with tempfile.TemporaryDirectory(prefix="irene-targets-") as folder:
        turns = [listening_costs(_LISTENED_S, Path(folder), scenes) for _ in range(_TURNS)]
    return [Spread(tuple(one.percent for one in costs)) for costs in zip(*turns, strict=True)]

"""What the events of an assistant tell, counted and timed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from irene.domain.events import (
    AudioDropped,
    DeviceLost,
    ErrorRaised,
    Event,
    IntentNotRecognized,
    IntentRecognized,
    ProviderFailed,
    ProviderSwitched,
    SessionEnded,
    SpeechSynthesized,
    Transcript,
    WakeWordDetected,
    Warned,
    WorkerDied,
)
from irene.telemetry import catalogue
from irene.telemetry.metrics import Metric
from irene.telemetry.recorder import Recorder

_FIRST_AUDIO = "playback_start"
"""stage that ends with the first audio of an answer"""
_NO_MEMORY = re.compile(r"MemoryError|bad_alloc|out of memory|memory\.v?ram_budget_mb", re.I)
"""what Python, C++, PyTorch and the budget for models say when there is not enough"""


class EventFigures:
    """Records what each event says; events are noted one after the other, from any thread."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._noting: dict[type[Event], Callable[[Any], None]] = {
            SessionEnded: self._session,
            Transcript: self._transcript,
            AudioDropped: self._dropped,
            WakeWordDetected: lambda event: self._count(catalogue.WAKE_WORDS, event.provider),
            IntentRecognized: lambda event: self._count(catalogue.INTENTS, "recognized"),
            IntentNotRecognized: lambda event: self._count(catalogue.INTENTS, "not_recognized"),
            SpeechSynthesized: lambda event: self._count(
                catalogue.TTS_AUDIO, event.provider, amount=event.seconds
            ),
            ErrorRaised: lambda event: self._count(catalogue.ERRORS, event.code),
            Warned: lambda event: self._count(catalogue.WARNINGS),
            ProviderFailed: self._failed,
            DeviceLost: lambda event: self._count(catalogue.DEVICES_LOST),
            ProviderSwitched: lambda event: self._count(catalogue.PROVIDER_SWITCHES, event.kind),
            WorkerDied: lambda event: self._count(
                catalogue.WORKER_DEATHS, event.kind, event.provider
            ),
        }

    def note(self, event: Event) -> None:
        """Take the next event."""
        noting = self._noting.get(type(event))
        if noting is not None:
            noting(event)

    def _count(self, metric: Metric, *values: str, amount: float = 1.0) -> None:
        self._recorder.counter(metric, *values).add(amount)

    def _session(self, event: SessionEnded) -> None:
        self._count(catalogue.SESSIONS, event.reason)
        if not event.spans:
            return
        self._recorder.traced(event.spans, event.reason)
        self._recorder.histogram(catalogue.SESSION_SECONDS).observe(_seconds(event.spans))
        for span in _tree(event.spans):
            self._recorder.stages.observe(span["name"], span["exclusive_ms"] / 1000)
            if any(child["name"] == _FIRST_AUDIO for child in span.get("children", ())):
                self._recorder.histogram(catalogue.RESPONSE_SECONDS).observe(_seconds(span))

    def _transcript(self, event: Transcript) -> None:
        latency = self._recorder.histogram(catalogue.ASR_SECONDS, event.provider)
        latency.observe(event.latency_ms / 1000)
        spoken_s = max(0.0, event.end_s - event.start_s)
        self._count(catalogue.ASR_AUDIO, event.provider, amount=spoken_s)
        if event.rtf is not None:
            self._recorder.histogram(catalogue.ASR_RATIO, event.provider).observe(event.rtf)

    def _failed(self, event: ProviderFailed) -> None:
        if _NO_MEMORY.search(event.reason):
            self._count(catalogue.ALLOCATION_FAILURES, event.kind, event.provider)

    def _dropped(self, event: AudioDropped) -> None:
        self._count(catalogue.AUDIO_LOST, event.reason, amount=event.seconds)
        self._count(catalogue.AUDIO_LOST_SAMPLES, event.reason, amount=event.n_samples)


def _tree(span: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield span
    for child in span.get("children", ()):
        yield from _tree(child)


def _seconds(span: Mapping[str, Any]) -> float:
    return float(span["duration_ms"]) / 1000

"""Taking the figures of an assistant, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import irene
from irene.domain.events import Event
from irene.memory.usage import usage_of
from irene.pipeline.figures.of_events import EventFigures
from irene.pipeline.figures.of_parts import readings_of
from irene.pipeline.parts import Parts
from irene.telemetry import catalogue
from irene.telemetry.metrics import Reading
from irene.telemetry.process import ProcessReader
from irene.telemetry.recorder import Recorder


class Figures:
    """Takes the figures of one assistant into its recorder.

    What events tell is counted as they come. Everything else is read when somebody asks for a
    snapshot: of the components that the assistant consists of then.
    """

    def __init__(
        self,
        recorder: Recorder,
        parts: Callable[[], Parts],
        *,
        memory_limit_mb: float | None,
        audio_s: Callable[[], float],
        events_waiting: Callable[[], int],
    ) -> None:
        """Begin to take them.

        Args:
            recorder: takes them.
            parts: returns the components as they are now.
            memory_limit_mb: `assistant.memory_limit_mb`, 10^6 bytes.
            audio_s: returns how far the input was processed, seconds of audio.
            events_waiting: returns how many events nobody has read yet.
        """
        self._recorder = recorder
        self._parts = parts
        self._usage = usage_of(memory_limit_mb or None)
        self._process = ProcessReader()
        self._audio_s = audio_s
        self._events_waiting = events_waiting
        self._of_events = EventFigures(recorder)
        recorder.gauge(catalogue.BUILD_INFO, irene.__version__).set(1)
        recorder.watch(self._read)

    def note(self, event: Event) -> None:
        """Count what an event tells."""
        self._of_events.note(event)

    def _read(self) -> Iterator[Reading]:
        yield from readings_of(self._parts())
        yield from self._process.readings()
        yield Reading(catalogue.AUDIO_POSITION, (), self._audio_s())
        yield Reading(catalogue.EVENTS_WAITING, (), self._events_waiting())
        yield Reading(catalogue.PROCESS_UPTIME, (), self._recorder.uptime_s)
        if self._usage is not None:
            yield Reading(catalogue.PROCESS_MEMORY, (), self._usage().share)

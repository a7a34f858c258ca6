"""Taking the figures of an assistant, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import irene
from irene.config.sections import Config
from irene.domain.events import Event
from irene.memory.usage import usage_of
from irene.pipeline.figures.of_events import EventFigures
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
        read: Callable[[], Iterable[Reading]],
        *,
        memory_limit_mb: float | None,
    ) -> None:
        """Begin to take them.

        Args:
            recorder: takes them.
            read: returns what the components have counted for themselves, or are now.
            memory_limit_mb: `assistant.memory_limit_mb`, 10^6 bytes.
        """
        self._recorder = recorder
        self._read_parts = read
        self._usage = usage_of(memory_limit_mb or None)
        self._process = ProcessReader()
        self._of_events = EventFigures(recorder)
        recorder.gauge(catalogue.BUILD_INFO, irene.__version__).set(1)
        recorder.watch(self._read)

    @classmethod
    def wanted(
        cls, config: Config, recorder: Recorder, read: Callable[[], Iterable[Reading]]
    ) -> Figures | None:
        """Begin to take them, unless the configuration does not want any."""
        if not config.performance.enable_monitoring:
            return None
        return cls(recorder, read, memory_limit_mb=config.assistant.memory_limit_mb)

    def note(self, event: Event) -> None:
        """Count what an event tells."""
        self._of_events.note(event)

    def _read(self) -> Iterator[Reading]:
        yield from self._read_parts()
        yield from self._process.readings()
        yield Reading(catalogue.PROCESS_UPTIME, (), self._recorder.uptime_s)
        if self._usage is not None:
            yield Reading(catalogue.PROCESS_MEMORY, (), self._usage().share)

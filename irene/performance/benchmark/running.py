"""Benchmarking an assistant's real parts: one slot after another, from its configuration."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import irene
from irene.cache.keys import digest
from irene.components.chain.news import Report
from irene.config.sections import Config
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import Event
from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.performance.benchmark.benchmark_run import BenchmarkRun
from irene.performance.benchmark.clips import Clip
from irene.performance.benchmark.conditions import Watch
from irene.performance.benchmark.measurement import Measurement
from irene.performance.benchmark.measuring import Effort, Measuring, Progress
from irene.performance.benchmark.settings import settings_of
from irene.performance.benchmark.trust import judged
from irene.performance.benchmark.work.hearing import (
    identifiers,
    recognisers,
    vads,
    voice_triggers,
)
from irene.performance.benchmark.work.pipeline import pipeline
from irene.performance.benchmark.work.sounding import inputs, memory, outputs, resamplers, voices
from irene.performance.benchmark.work.stage import Stage
from irene.performance.benchmark.work.understanding import handlers, intent_recognisers
from irene.performance.benchmark.work.work import Work
from irene.performance.benchmark.yardstick import Yardstick
from irene.performance.view.components import MEMORY, PIPELINE
from irene.plugin.registry import ComponentRegistry
from irene.providers.border import ForeignCode, one_line

MakeWorks = Callable[[Stage], Iterable[Work]]

WORKS: Mapping[str, MakeWorks] = {
    str(Kind.INPUT): inputs,
    str(Kind.RESAMPLING): resamplers,
    str(Kind.VAD): vads,
    str(Kind.VOICE_TRIGGER): voice_triggers,
    str(Kind.LANGUAGE): identifiers,
    str(Kind.ASR): recognisers,
    str(Kind.INTENT_RECOGNITION): intent_recognisers,
    str(Kind.INTENTS): handlers,
    str(Kind.TTS): voices,
    str(Kind.OUTPUT): outputs,
    MEMORY: memory,
    PIPELINE: pipeline,
}
"""What can be measured, in this order."""


def _unreported(event: Event) -> None:
    """Take what the parts tell; whoever asks for it passes another function."""


def _untold(name: str, index: int, n_rounds: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True)
class Wanted:
    """What is to be measured, and how."""

    clips: Sequence[Clip]
    """recordings; at least one"""
    components: Sequence[str] = ()
    """names in `WORKS`; all of them unless given"""
    provider: str | None = None
    """only the provider of this name, in each component"""
    effort: Effort = field(default_factory=Effort)
    note: str = ""
    """kept with the run"""


class Benchmark:
    """Measures the parts of one configuration; nothing of the user's own state is touched.

    One slot is loaded at a time. Ctrl-C ends it; what was measured until then is kept.
    """

    def __init__(
        self,
        config: Config,
        registry: ComponentRegistry,
        wanted: Wanted,
        *,
        progress: Progress = _untold,
        report: Report = _unreported,
        clock: Clock | None = None,
    ) -> None:
        self._config = config
        self._registry = registry
        self._wanted = wanted
        self._progress = progress
        self._report = report
        self._clock = clock or SystemClock()
        self._yardstick = Yardstick()
        self._left_out: dict[str, str] = {}
        self._broken: list[str] = []
        self._versions: dict[str, str] = {}
        self._is_interrupted = False

    def run(self) -> BenchmarkRun:
        """Measure everything that is wanted; blocks.

        Raises:
            ConfigurationError: no provider has the name that is wanted.
        """
        at, watch = self._clock.now(), Watch()
        found: list[Measurement] = []
        with tempfile.TemporaryDirectory(prefix="irene-benchmark-") as folder:
            for component in self._wanted.components or WORKS:
                if self._is_interrupted:
                    break
                found += self._measured(component, Path(folder), watch.clock_s)
        return BenchmarkRun(
            at=at,
            version=irene.__version__,
            config=self._config.name,
            settings=settings_of(self._config),
            recordings=digest(*[clip.audio for clip in self._wanted.clips]),
            conditions=watch.conditions(),
            measurements=tuple(found),
            left_out=self._left_out,
            broken=tuple(self._broken),
            versions=self._versions,
            note=self._wanted.note,
            is_interrupted=self._is_interrupted,
        )

    def _measured(self, component: str, folder: Path, clock_s: float) -> list[Measurement]:
        stage = Stage(
            self._config,
            self._registry,
            self._wanted.clips,
            folder,
            self._wanted.provider,
            self._leave_out,
            self._report,
        ).in_folder()
        measuring = Measuring(
            self._wanted.effort,
            yardstick=self._yardstick,
            progress=self._progress,
            leave_out=self._leave_out_work,
            loaded=self._note_version,
        )
        works = list(self._made(component, stage))
        found = measuring.measured(works)
        self._is_interrupted |= measuring.is_interrupted
        broke_off = _broke_off(measuring, self._wanted.effort)
        waits = {(work.component, work.provider): work.is_elsewhere for work in works}
        return [judged(one, clock_s, waits[one.key], broke_off) for one in found]

    def _made(self, component: str, stage: Stage) -> Iterator[Work]:
        """Yield the works of a component, up to the first that cannot be made."""
        try:
            with ForeignCode():
                yield from WORKS[component](stage)
        except IreneError as error:
            self._leave_out(component, self._wanted.provider or "", one_line(error))
            if self._wanted.provider is not None and self._wanted.components:
                raise

    def _leave_out(self, component: str, provider: str, reason: str) -> None:
        self._left_out[f"{component} {provider}".rstrip()] = reason

    def _leave_out_work(self, work: Work, reason: str, has_failed: bool) -> None:
        self._leave_out(work.component, work.provider, reason)
        if has_failed:
            self._broken.append(work.name)

    def _note_version(self, work: Work) -> None:
        if version := work.version():
            self._versions[work.name] = version


def _broke_off(measuring: Measuring, effort: Effort) -> str:
    if measuring.is_interrupted:
        return "it was interrupted"
    return f"it took longer than {effort.limit_s:g} s" if measuring.is_late else ""

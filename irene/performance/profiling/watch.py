"""Profiling the whole process, from a moment to another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from irene.domain.clock import Clock, SystemClock
from irene.performance.profiling.child_processes import ChildProcesses
from irene.performance.profiling.cpu_clocks import HAS_CPU_CLOCKS
from irene.performance.profiling.folding import Folding
from irene.performance.profiling.glances import Glance
from irene.performance.profiling.ownership import Ownership
from irene.performance.profiling.profile import Level, Memory, Profile, Sampling, Subject
from irene.performance.profiling.sampler import Sampler
from irene.performance.profiling.tally import Tally

_MOST_NAMES = 3
_MOST_UTTERANCES = 200
"""latest commands whose span trees are kept"""


class Watch:
    """Looks at all threads, from `begin` to `end`; `end` may be asked once.

    Neither blocks for longer than a glance takes, but folding what was seen, in `end`, takes some
    milliseconds: it belongs on a thread of its own where an event loop runs.
    """

    def __init__(
        self,
        subject: Subject,
        level: Level,
        *,
        ownership: Ownership | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Get ready; of the tasks of `loop`, those that wait are looked at, too."""
        self.loop = loop
        """the loop whose tasks are looked at"""
        self.wants_tasks = level.has_tasks and loop is not None
        """whether they are"""
        self.interval_s = level.interval_s
        """time between samples"""
        self._subject = subject.here()
        self._level = level
        self._ownership = ownership or Ownership()
        self._sampler = Sampler()
        self._clock = clock or SystemClock()
        self._began, self._began_s = 0.0, 0.0
        self._is_abandoned = False
        self._children = ChildProcesses()
        self._utterances: list[Mapping[str, Any]] = []
        self._tally = Tally(self._sampler.book, 0.0)

    def begin(self) -> None:
        """Begin to look."""
        self._children.begin()
        self._began, self._began_s = self._clock.now().timestamp(), time.perf_counter()
        self._tally = Tally(self._sampler.book, self._began_s)
        self._sampler.add(self)
        if self._is_abandoned:
            self._sampler.end()

    def abandon(self) -> None:
        """Look no more, for a profile that nobody wants any more; after `end` it does nothing."""
        self._is_abandoned = True
        self._sampler.end()

    def take(self, glance: Glance) -> None:
        """Take a glance; the sampler's."""
        self._tally.take(glance)

    def note_utterance(self, spans: Mapping[str, Any]) -> None:
        """Take the span tree of a command."""
        if spans:
            self._utterances = [*self._utterances[1 - _MOST_UTTERANCES :], spans]

    def end(
        self, *, laps: int = 0, is_partial: bool = False, memory: Memory | None = None
    ) -> Profile:
        """Look no more, and return what was seen."""
        self._sampler.remove(self)
        seconds = time.perf_counter() - self._began_s
        self._sampler.close()
        folding = Folding(self._sampler.book, self._ownership)
        threads, tasks = folding.threads(self._tally), folding.tasks(self._tally)
        return Profile(
            subject=self._subject,
            level=self._level,
            began=self._began,
            seconds=seconds,
            sampling=self._sampling(),
            functions=folding.functions,
            threads=threads,
            tasks=tasks,
            utterances=tuple(self._utterances),
            laps=laps,
            is_partial=is_partial,
            memory=memory,
            workers=self._children.end(),
        )

    def _sampling(self) -> Sampling:
        tally = self._tally
        return Sampling(
            tally.samples,
            self.interval_s,
            tally.longest_gap_s,
            self._sampler.effort.cpu_s,
            HAS_CPU_CLOCKS,
            tally.unseen_cpu_s,
        )


def names_of(files: Sequence[str]) -> str:
    """Return what recordings are called together."""
    names = [Path(one).name for one in files]
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST_NAMES - 1])} and {len(names) - _MOST_NAMES + 1} more"

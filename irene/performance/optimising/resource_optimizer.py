"""Optimising from a program: `ResourceOptimizer`, whose advice comes from trials that were run."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from irene.components.threads import in_thread
from irene.config.loading import find_config
from irene.config.toml_text import format_value
from irene.domain.clock import Clock, SystemClock
from irene.memory.usage import return_free_memory
from irene.memory.watermark import Shrinkable
from irene.performance.measuring.peak_memory import resident_mb
from irene.performance.optimising.evidence import Evidence
from irene.performance.optimising.goals import Goal, Metric
from irene.performance.optimising.outcome import Outcome
from irene.performance.optimising.questions import Source
from irene.performance.optimising.report import to_row
from irene.performance.optimising.request import Request
from irene.performance.optimising.rounds import Budget
from irene.performance.optimising.search import optimise
from irene.performance.optimising.trial_process import RunTrial
from irene.performance.store.optimisations import OptimisationRow, keep, kept
from irene.performance.store.place import store_in
from irene.performance.watching.performance_monitor import ComponentType

_DEVICE = "inputs.providers.microphone"
_DEVICE_KEYS = {"sample_rate": "rate", "chunk_size": "chunk_size", "channels": "capture_channels"}
"""documented settings, and the microphone's keys for them"""
_AUDIO = ("audio", ComponentType.INPUT)


class ResourceOptimizer:
    """Finds better settings by trials of the real assistant, and keeps what it found in a folder.

    ::

        optimizer = ResourceOptimizer("./data")
        settings = {"sample_rate": 48000, "chunk_size": 3840, "channels": 1}
        better = await optimizer.optimize_audio_processing(settings)
        for one in optimizer.get_optimization_recommendations():
            print(one["description"], one["expected_improvement"])

    A setting changes only when that is proven better (see `irene optimize`); no configuration is
    written.
    """

    def __init__(
        self,
        data_dir: str | Path = "./data",
        *,
        config: str | Path | None = None,
        recordings: Sequence[str | Path] = (),
        goal: Goal | str = Goal.LATENCY,
        budget: Budget | None = None,
        holders: Sequence[Shrinkable] = (),
        run: RunTrial | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Get ready.

        Args:
            data_dir: folder in which every search is kept.
            config: what is optimised: a path, a profile, or None for the usual places.
            recordings: what trials hear; none: irene's own.
            goal: `latency`, `cpu`, `memory` or `accuracy`.
            budget: what one search may take; None: five minutes.
            holders: caches and pools that `optimize_memory_usage` empties.
            run: runs a trial; None: each in a process of its own.
            clock: what the budget is measured by; None takes the machine's.
        """
        self.path = store_in(data_dir)
        """the file (SQLite)"""
        self._source = None if config is None else str(config)
        self._recordings = tuple(Source(str(one)) for one in recordings)
        self._goal = Goal(goal)
        self._budget = budget or Budget(5.0)
        self._holders = tuple(holders)
        self._run = run
        self._clock = clock or SystemClock()

    async def optimize_audio_processing(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of audio input, changed where trials prove that better.

        Args:
            settings: `sample_rate` (Hz), `chunk_size` (samples that come at a time) and `channels`;
                other keys are handed back as they are.

        Raises:
            ConfigurationError: a value is none that an input could have.
            ProviderFailedError: the assistant does not work with them.
        """
        known = {f"{_DEVICE}.{_DEVICE_KEYS[one]}": one for one in settings if one in _DEVICE_KEYS}
        given = {key: settings[name] for key, name in known.items()}
        given["inputs.default_provider"] = "microphone"
        outcome = await self._searched(given, tuple(known))
        better = {known[one.key]: one.after for one in outcome.changes}
        return {**settings, **better}

    async def optimize_component(
        self, component: ComponentType | str, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the settings of one section of the configuration, changed where that is proven.

        Args:
            component: a section, such as `asr`, `vad` or `voice_trigger`; `audio` is
                `optimize_audio_processing`.
            settings: keys of the section, dotted below it; none given: those of the configuration.

        Raises:
            ConfigurationError: there is no such section, or a value is wrong.
            ProviderFailedError: the assistant does not work with them.
        """
        if component in _AUDIO:
            return await self.optimize_audio_processing(settings)
        section = str(ComponentType(component))
        given = {f"{section}.{key}": value for key, value in settings.items()}
        outcome = await self._searched(given, (f"{section}.",))
        better = {one.key.removeprefix(f"{section}."): one.after for one in outcome.changes}
        return {**settings, **better}

    async def optimize_memory_usage(self) -> dict[str, float]:
        """Empty caches and pools, hand free memory back, and return what that was worth.

        Returns:
            `before_mb`, `after_mb` and `freed_mb`: resident memory of this process, 10^6 bytes.
        """
        return await in_thread("memory", self._trim)

    def get_optimization_recommendations(self) -> list[dict[str, Any]]:
        """Return the changes that searches of this folder have proven, the latest for each key.

        Each has `description`, `expected_improvement` (measured, with its interval), `key`,
        `before`, `after`, `component`, `n` (rounds) and `measured_at` (seconds since 1970).
        """
        found: dict[str, dict[str, Any]] = {}
        for row in kept(self.path) if self.path.exists() else []:
            for change in row.changes:
                if row.state != "reverted":
                    found.setdefault(change["key"], _recommendation(row, change))
        return list(found.values())

    async def _searched(self, given: Mapping[str, Any], only: tuple[str, ...]) -> Outcome:
        request = Request(
            source=self._source,
            overrides=tuple(f"{key}={format_value(value)}" for key, value in given.items()),
            recordings=self._recordings,
            goal=self._goal,
            budget=self._budget,
            only=only,
        )
        work = partial(optimise, request, run=self._run, clock=self._clock)
        outcome = await in_thread("optimise", work)
        await in_thread("store", partial(self._keep, outcome))
        return outcome

    def _keep(self, outcome: Outcome) -> None:
        name = find_config(self._source).name
        keep(self.path, to_row(outcome, name, self._clock.now().timestamp()))

    def _trim(self) -> dict[str, float]:
        before_mb = resident_mb()
        for holder in self._holders:
            holder.shrink(0.0)
        gc.collect()
        return_free_memory()
        after_mb = resident_mb()
        for holder in self._holders:
            holder.restore()
        freed_mb = max(0.0, before_mb - after_mb)
        return {"before_mb": before_mb, "after_mb": after_mb, "freed_mb": freed_mb}


def _recommendation(row: OptimisationRow, change: Mapping[str, Any]) -> dict[str, Any]:
    decided = Metric(change["decided_by"][0])
    evidence = Evidence(**change["evidence"][str(decided)])
    text = f"{change['key']} = {format_value(change['after'])} instead of "
    return {
        "description": f"{text}{format_value(change['before'])}: {change['why']}",
        "expected_improvement": f"{decided} {evidence}",
        "component": change["key"].partition(".")[0],
        "key": change["key"],
        "before": change["before"],
        "after": change["after"],
        "n": evidence.n,
        "measured_at": row.at,
    }

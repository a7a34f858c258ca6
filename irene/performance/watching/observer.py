"""Looking at an assistant that runs: its figures are kept, and held against the alert rules."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from typing import Any, Protocol

import irene
from irene.components.threads import start_daemon
from irene.config.sections import Config
from irene.domain.clock import Clock
from irene.domain.events import AlertCleared, AlertRaised, Event, RunEnded, RunStarted, Warned
from irene.performance.alerts.commands import AlertCommands
from irene.performance.alerts.defaults import rules_of
from irene.performance.alerts.evaluation import Alerts, Change
from irene.performance.alerts.figures import Figures, compared, unit_of
from irene.performance.store.place import store_path
from irene.performance.store.retention import Retention
from irene.performance.store.rows import (
    STEADY_S,
    AlertRow,
    ProvidersRow,
    Row,
    RunFacts,
    SampleRow,
    SeriesKey,
)
from irene.performance.store.writer import StoreWriter
from irene.performance.watching.commands_seen import CommandsSeen
from irene.telemetry.metrics import Distribution, Reading
from irene.telemetry.recorder import Snapshot

_PROVIDERS_EVERY_S = 10.0
_CALM_S = STEADY_S
"""time from one look to the next while nothing happens: what a look needs has left the processor's
caches by then, so that one in five seconds would be a seventh of all that listening takes"""
_LAST_LOOK_S = 2.0
"""longest wait at the end for a look in progress"""
_NOT_KEPT = ("irene_process_uptime_seconds", "irene_audio_position_seconds")
"""figures that change with every look and say no more than the time of the look"""


class Observed(Protocol):
    """What is looked at: an assistant."""

    @property
    def config(self) -> Config:
        """The configuration in force."""
        ...

    def snapshot(self) -> Snapshot:
        """Return every figure; from any thread."""
        ...

    def provider_reports(self) -> Sequence[dict[str, Any]]:
        """Return how the providers do, as JSON-ready data; from any thread."""
        ...

    def report(self, event: Event) -> None:
        """Tell an event; from any thread."""
        ...


class Observer:
    """Looks every second, on a thread of its own, from `start` to `close`.

    While there is no event and no rule finds anything wrong, it looks once a minute. Every
    look goes into the file of the assistant, and is held against the rules. Whatever happens to the
    file, or takes long, the assistant does not wait for it. `note` takes each event of the run.
    """

    def __init__(self, observed: Observed, clock: Clock, interval_s: float = 1.0) -> None:
        config = observed.config
        self._observed = observed
        self._clock = clock
        self._interval_s = interval_s
        self._figures = Figures()
        self._keys = SeriesKeys()
        self._alerts = Alerts(rules_of(config), clock)
        self._commands = AlertCommands(config.assistant.name, self._warn)
        self._seen = CommandsSeen(clock)
        self._writer = self._made_writer(config) if config.performance.store else None
        self._providers_s = clock.monotonic()
        self._changed = threading.Condition()
        self._is_over = False
        self._is_calm = False
        self._looked_s = clock.monotonic()
        self._ended = "never_ready"
        self._thread: Future[None] | None = None
        self._followers: list[Callable[[Event], None]] = []

    def follow(self, take: Callable[[Event], None]) -> None:
        """Have every further event that is noted given to somebody else, too."""
        self._followers.append(take)

    def start(self) -> None:
        """Begin to look."""
        if self._writer is not None:
            self._writer.start()
        self._thread = start_daemon("observer", self._watch)

    def close(self) -> None:
        """Look a last time and finish the file; blocks, some seconds at most."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        if self._thread is not None:
            with suppress(NotInTime):
                self._thread.result(_LAST_LOOK_S)
        if self._writer is not None:
            self._writer.close(self._ended)

    def note(self, event: Event) -> None:
        """Take the next event of the run; returns at once."""
        if isinstance(event, RunStarted):
            self._ended = "stopped"
        elif isinstance(event, RunEnded):
            self._ended = event.reason
        row = self._seen.note(event)
        if row is not None:
            self._put(row)
        self._stir()
        for take in self._followers:
            take(event)

    def state(self) -> dict[str, Any]:
        """Return the alerts that are on, the file and its run, as JSON-ready data; from any thread.

        The run goes by when it began, seconds since 1970 (UTC): others write into the same file.
        """
        if self._writer is None:
            return {"alerts": self._firing(), "store": None, "run": None}
        path, began = str(self._writer.path.absolute()), self._writer.facts.began
        return {"alerts": self._firing(), "store": path, "run": began}

    def _firing(self) -> list[dict[str, Any]]:
        return [
            {
                "alert": rule.name,
                "metric": series,
                "statistic": rule.statistic,
                "value": value,
                "threshold": rule.threshold,
                "unit": unit_of(rule.metric, rule.statistic),
            }
            for rule, series, value in self._alerts.firing
        ]

    def look(self) -> None:
        """Look once."""
        self._is_calm = True  # before anything is read: what happens meanwhile is for the next look
        snapshot = self._observed.snapshot()
        at = snapshot.at.timestamp()
        self._put(SampleRow(at, sampled(snapshot.readings, self._keys)))
        rules = rules_of(self._observed.config)
        ends = self._alerts.take(rules)
        readings = compared(snapshot.readings, rules)
        series = self._figures.of(readings, self._clock.monotonic())
        for change in (*ends, *self._alerts.look(series)):
            self._tell(change, at)
        if not self._alerts.is_calm:
            self._is_calm = False
        if self._clock.monotonic() >= self._providers_s:
            self._providers_s = self._clock.monotonic() + _PROVIDERS_EVERY_S
            self._put(ProvidersRow(at, self._observed.provider_reports()))

    def _watch(self) -> None:
        self._looked_s = self._clock.monotonic()
        while not self._is_over_before_next_look():
            self._looked_s = self._clock.monotonic()
            self.look()
        self._providers_s = self._clock.monotonic()
        self.look()

    def _is_over_before_next_look(self) -> bool:
        """Wait; return whether it is over."""
        with self._changed:
            while not self._is_over and (left := self._next_s - self._clock.monotonic()) > 0:
                self._clock.wait(self._changed, left)
            return self._is_over

    @property
    def _next_s(self) -> float:
        """Clock time of the next look."""
        pause_s = max(_CALM_S, self._interval_s) if self._is_calm else self._interval_s
        return self._looked_s + pause_s

    def _stir(self) -> None:
        """Look soon, as something happens."""
        if self._is_calm:
            with self._changed:
                self._is_calm = False
                self._changed.notify_all()

    def _tell(self, change: Change, at: float) -> None:
        self._put(_alert_row(change, at))
        self._observed.report(_event(change))
        self._commands.run(change)

    def _put(self, row: Row) -> None:
        if self._writer is not None:
            self._writer.put(row)

    def _made_writer(self, config: Config) -> StoreWriter:
        facts = RunFacts(
            assistant=config.assistant.name,
            pid=os.getpid(),
            version=irene.__version__,
            config=config.name,
            began=self._clock.now().timestamp(),
        )
        retention = Retention.of(config.performance)
        return StoreWriter(store_path(config), facts, retention, self._clock, report=self._warn)

    def _warn(self, line: str) -> None:
        self._observed.report(Warned(message=line))


class SeriesKeys:
    """The keys of what is measured, each made once: the same ones come with every look."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[str, ...], str], SeriesKey] = {}

    def of(self, reading: Reading, statistic: str) -> SeriesKey:
        """Return the key of one statistic of a reading."""
        metric = reading.metric
        named = metric.name, reading.values, statistic
        key = self._known.get(named)
        if key is None:
            labels = tuple(sorted(zip(metric.labels, reading.values, strict=True)))
            key = SeriesKey(metric.name, labels, statistic, metric.kind.value, metric.unit)
            self._known[named] = key
        return key


def sampled(readings: Sequence[Reading], keys: SeriesKeys) -> dict[SeriesKey, float]:
    """Return the values of a snapshot as they are kept; what has no value yet is left out."""
    return {
        keys.of(reading, statistic): value
        for reading in readings
        if reading.metric.name not in _NOT_KEPT
        for statistic, value in _statistics(reading.value).items()
    }


def _statistics(value: float | Distribution) -> dict[str, float]:
    if not isinstance(value, Distribution):
        return {"value": value}
    if not value.count:
        return {}
    return {
        "n": value.window,
        "mean": value.mean,
        "p50": value.p50,
        "p95": value.p95,
        "p99": value.p99,
        "max": value.maximum,
        "errors": value.errors,
    }


def _alert_row(change: Change, at: float) -> AlertRow:
    rule = change.rule
    return AlertRow(
        name=rule.name,
        series=change.series,
        statistic=rule.statistic,
        threshold=rule.threshold,
        value=change.value,
        at=at,
        is_over=change.is_over,
    )


def _event(change: Change) -> Event:
    rule = change.rule
    unit = unit_of(rule.metric, rule.statistic)
    if not change.is_over:
        return AlertRaised(
            alert=rule.name,
            metric=change.series,
            statistic=rule.statistic,
            value=change.value or 0.0,
            threshold=rule.threshold,
            unit=unit,
        )
    return AlertCleared(
        alert=rule.name,
        metric=change.series,
        statistic=rule.statistic,
        value=change.value,
        threshold=rule.threshold,
        unit=unit,
        seconds=round(change.lasted_s, 3),
    )

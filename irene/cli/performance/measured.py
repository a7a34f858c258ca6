"""Where the figures of an assistant come from: the running one, or the file that it left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from irene.cli.configuration import ChosenConfig
from irene.cli.live.target import LiveTarget
from irene.config.sections import Config
from irene.config.toml_text import format_value
from irene.domain.clock import SystemClock
from irene.errors import IreneError, NotRunningError
from irene.performance.store.place import store_path, stores_beside
from irene.performance.store.reading import reading
from irene.performance.view.from_snapshot import live_report
from irene.performance.view.from_store import report_from
from irene.performance.view.report import Report

_RECENT_MIN = 60.0
_NOTHING = "nothing is recorded yet; start an assistant with `irene run`"


@dataclass(frozen=True)
class Measured:
    """The assistant that a command line means, running or not."""

    target: LiveTarget

    def report(self, minutes: float | None = None) -> Report:
        """Return what is kept of it; of one that keeps nothing, what it tells while it runs.

        Raises:
            NotRunningError: it was never measured.
            ConfigurationError: the file cannot be read.
            RequestError: several are running, and none was named.
        """
        asked = self._ask()
        if asked is None:
            return self.kept(minutes)
        told, path = live_report(**asked), asked["metrics"].get("store")
        if path is None or not Path(path).exists():
            return told
        try:
            return _read(Path(path), minutes, asked["metrics"].get("run"))
        except NotRunningError:  # it has just begun, and has written nothing yet
            return told

    def live(self) -> Report | None:
        """Return what a running one tells; None when it is not running.

        The times of its commands come from its file, where it has one: those of the last hour.
        """
        asked = self._ask()
        if asked is None:
            return None
        told, path = live_report(**asked), asked["metrics"].get("store")
        if path is None or not Path(path).exists():
            return told
        with suppress(IreneError), reading(Path(path)) as store:
            until, run = told.window.until, asked["metrics"].get("run")
            kept = report_from(store, until, _RECENT_MIN, only_commands=True, running=run)
            return replace(
                told, stages=kept.stages, factors=kept.factors, answer_times=kept.answer_times
            )
        return told

    def follow(self, interval_s: float, component: str | None) -> Iterator[Report]:
        """Yield a report now and after each interval; of what is kept once it does not run.

        Raises:
            NotRunningError: it was never measured.
        """
        clock = SystemClock()
        while True:
            report = self.live() or self.kept()
            yield report if component is None else report.of_component(component)
            clock.sleep(interval_s)

    def kept(self, minutes: float | None = None) -> Report:
        """Return what is kept of it, as `report`."""
        path, name = self._kept_where()
        return _read(path, minutes, name=name)

    def _ask(self) -> dict[str, Any] | None:
        try:
            with self.target.connect() as client:
                names = ("status", "metrics", "providers")
                return {name: client.ask(name) for name in names}
        except NotRunningError:
            return None

    def _kept_where(self) -> tuple[Path, str | None]:
        """Return the file of the assistant that was named, and its name, as others may share it.

        Without a file of its own, and where none was named, it is the file of the one that ran
        last, whichever that is.

        Raises:
            NotRunningError: there is none.
        """
        config = self._config()
        path = store_path(config)
        if path.exists():
            return path, self.target.name or config.assistant.name
        named = self.target.name or self.target.config
        others = [] if named else stores_beside(store_path(Config()))
        if not others:
            raise NotRunningError(f"{path}: {_NOTHING}")
        return others[0], None

    def _config(self) -> Config:
        if self.target.name is not None and self.target.config is None:
            return _called(self.target.name)
        chosen = ChosenConfig(self.target.config)
        return chosen.load(chosen.registry())


def _called(name: str) -> Config:
    chosen = ChosenConfig(None).preceded_by(f"assistant.name={format_value(name)}", option="--name")
    return chosen.load(chosen.registry())


def _read(
    path: Path, minutes: float | None, running: float | None = None, name: str | None = None
) -> Report:
    now = SystemClock().now().timestamp()
    with reading(path) as store:
        return report_from(store, now, minutes, running=running, name=name)

"""The runs of `irene benchmark`: measuring, keeping, comparing with the baseline, and the end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from irene.cli.configuration import ChosenConfig
from irene.cli.error_border import INTERRUPTED, tell
from irene.cli.performance.benchmark_lines import compared_lines, run_lines, when
from irene.cli.terminal.layout import wants_colour, width_of
from irene.cli.terminal.standard_streams import Write
from irene.cli.terminal.status_line import StatusLine
from irene.cli.trouble_reporter import TroubleReporter
from irene.config.sections import Config
from irene.domain.clock import SystemClock
from irene.errors import (
    CheckFailedError,
    ConfigurationError,
    ProviderUnavailableError,
    RequestError,
)
from irene.performance.benchmark.benchmark_run import BenchmarkRun
from irene.performance.benchmark.clips import read_clips
from irene.performance.benchmark.export import as_csv, as_json
from irene.performance.benchmark.history import History
from irene.performance.benchmark.measuring import Effort
from irene.performance.benchmark.regression import Compared, Judgement, compare, confirmed
from irene.performance.benchmark.running import Benchmark, Wanted
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.view.export import write as write_file
from irene.plugin.registry import ComponentRegistry

_GATE = CheckFailedError.exit_code
_BROKEN = 3


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    files: tuple[str, ...]
    reference: Path | None
    components: tuple[str, ...]
    provider: str | None
    effort: Effort
    note: str
    form: str
    """`table`, `json` or `csv`"""
    output: Path | None
    as_baseline: bool
    gates: bool
    """whether anything but a good run that is as fast as the baseline fails"""


class Benchmarking:
    """Measures, keeps what was measured, and compares it with the baseline of this machine."""

    def __init__(self, chosen: ChosenConfig, asked: Asked, write: Write) -> None:
        """Read the configuration.

        Raises:
            ConfigurationError: it is wrong.
            RequestError: a baseline is to be kept where nothing is kept.
        """
        self._chosen = chosen
        self._asked = asked
        self._write = write
        self._registry: ComponentRegistry = chosen.registry()
        self._config: Config = chosen.load(self._registry)
        self._history = History.of(self._config)
        self._clock = SystemClock()
        self._progress = Progress()
        self._troubles = TroubleReporter(self._tell)
        keeps = self._config.performance.store
        if not keeps and (asked.as_baseline or asked.gates):
            raise RequestError("performance.store = false: there is no baseline; set it to true")
        self._keeps = keeps
        self._is_unkept = False
        """whether the file of the history could not be written"""
        limit_s = self._config.performance.benchmark_timeout
        self._effort = replace(asked.effort, limit_s=limit_s)

    def run(self) -> int:
        """Do all of it; return the exit status.

        Raises:
            AudioFormatError: a recording cannot be read.
            ProviderUnavailableError: nothing could be measured at all.
            ConfigurationError: the output cannot be written.
        """
        for warning in self._config.warnings:
            tell(str(warning))
        run = self._measured(self._asked.components)
        if not run.measurements and not run.is_interrupted:
            raise ProviderUnavailableError(f"nothing could be measured: {_reasons(run)}")
        baseline = self._baseline(run)
        compared = [] if baseline is None else compare([baseline], run)
        if any(one.is_slower for one in compared) and baseline is not None:
            compared = self._confirmed(baseline, compared)
        run = self._kept(run)
        self._show(run, baseline, compared)
        return self._status(run, compared)

    def _measured(self, components: Sequence[str]) -> BenchmarkRun:
        asked = self._asked
        clips = read_clips(asked.files, asked.reference, self._config, self._registry)
        wanted = Wanted(clips, components, asked.provider, self._effort, asked.note)
        benchmark = Benchmark(
            self._config,
            self._registry,
            wanted,
            progress=self._progress.show,
            report=self._troubles.take,
        )
        try:
            with self._progress.interruptible():
                return benchmark.run()
        finally:
            self._troubles.survived()
            self._progress.clear()

    def _confirmed(self, baseline: BenchmarkRun, compared: Sequence[Compared]) -> list[Compared]:
        """Measure again what seems slower, in another process.

        A disturbance does not come twice, and where a process has its things in memory differs
        from one to the next.
        """
        names = tuple(dict.fromkeys(one.component for one in compared if one.is_slower))
        self._tell(f"slower than the baseline, measured again: {', '.join(names)}")
        asked = replace(self._asked, components=names, effort=self._effort)
        again = measured_apart(self._chosen, asked)
        return confirmed(compared, compare([baseline], again))

    def _baseline(self, run: BenchmarkRun) -> BenchmarkRun | None:
        """Return what the run is compared with, if there is anything that can be read."""
        if not self._keeps:
            return None
        try:
            return self._history.baseline_of(run)
        except ConfigurationError as error:
            self._unkept(error)
            return None

    def _unkept(self, error: ConfigurationError) -> None:
        """Tell it, and go on: what was measured is worth more than its trace."""
        self._keeps = False
        self._is_unkept = True
        self._tell(f"not kept for --history: {error}")

    def _kept(self, run: BenchmarkRun) -> BenchmarkRun:
        if not self._keeps or not run.measurements:
            return run
        now = self._clock.now().timestamp()
        as_baseline = self._asked.as_baseline and run.is_trusted and not run.is_interrupted
        try:
            return self._history.keep(run, now, as_baseline=as_baseline)
        except ConfigurationError as error:
            self._unkept(error)
            return run

    def _show(
        self, run: BenchmarkRun, baseline: BenchmarkRun | None, compared: Sequence[Compared]
    ) -> None:
        asked = self._asked
        if asked.output is not None:
            write_file(_EXPORTS[asked.form](run), asked.output)
            tell(f"written: {asked.output}")
        if asked.output is None and asked.form != "table":
            self._write(_EXPORTS[asked.form](run).encode(errors="backslashreplace"))
            return
        lines = list(run_lines(run, width_of(sys.stdout)))
        if baseline is not None:
            lines += compared_lines(compared, _against(baseline))
        self._write(_text(lines))

    def _status(self, run: BenchmarkRun, compared: Sequence[Compared]) -> int:
        if run.is_interrupted:
            return INTERRUPTED
        reasons = [*self._slower(compared), *self._no_baseline(run), *self._gate(run, compared)]
        for reason in reasons:
            self._tell(reason)
        return _GATE if reasons else _BROKEN if run.broken else 0

    @staticmethod
    def _slower(compared: Sequence[Compared]) -> list[str]:
        return [
            f"{one.name} is slower than the baseline: {one.ratio:.2f} times its time"
            for one in compared
            if one.is_slower
        ]

    def _no_baseline(self, run: BenchmarkRun) -> list[str]:
        if not self._asked.as_baseline or run.is_baseline:
            return []
        why = "the history cannot be written" if self._is_unkept else run.verdict
        return [f"it is not kept as the baseline: {why}"]

    def _gate(self, run: BenchmarkRun, compared: Sequence[Compared]) -> list[str]:
        """Return what keeps a gate shut beside something that is slower."""
        if not self._asked.gates:
            return []
        if not compared:
            return ["--gate: there is no baseline of this machine yet; make one with --baseline"]
        if run.doubts:
            return [f"--gate: {run.verdict}"]
        unjudged = [one for one in compared if one.judgement is Judgement.UNJUDGED]
        return [f"--gate: {one.name} is not judged: {one.why}" for one in unjudged]

    def _tell(self, line: str) -> None:
        self._progress.clear()
        tell(line)


def measured_apart(chosen: ChosenConfig, asked: Asked) -> BenchmarkRun:
    """Return what is measured in a new process.

    Raises:
        ProviderFailedError: the process died.
    """
    return BenchmarkRun.from_dict(run_isolated(_measured_here, chosen, asked))


def _measured_here(chosen: ChosenConfig, asked: Asked) -> dict[str, Any]:
    """Return what is measured in this process, as plain data."""
    registry = chosen.registry()
    config = chosen.load(registry)
    clips = read_clips(asked.files, asked.reference, config, registry)
    wanted = Wanted(clips, asked.components, asked.provider, asked.effort, asked.note)
    return Benchmark(config, registry, wanted).run().to_dict()


_EXPORTS: dict[str, Callable[[BenchmarkRun], str]] = {
    "json": as_json,
    "csv": as_csv,
    "table": lambda run: "\n".join(map(click.unstyle, run_lines(run))) + "\n",
}


class Progress:
    """One line on a terminal: what is measured just now; and where Ctrl-C is looked for."""

    def __init__(self) -> None:
        self._line = StatusLine(sys.stderr)
        self._is_interrupted = False

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let no engine swallow Ctrl-C: one that is being imported makes an `ImportError` of it."""
        before = signal.signal(signal.SIGINT, self._interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _interrupt(self, number: int, frame: object) -> None:
        self._is_interrupted = True
        raise KeyboardInterrupt

    def show(self, name: str, index: int, n_rounds: int) -> None:
        """Draw it.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed, and nobody has heard it.
        """
        if self._is_interrupted:
            raise KeyboardInterrupt
        done = f"round {index} of {n_rounds}" if n_rounds else "is loaded"
        self._line.show(f"{name}: {done}")

    def clear(self) -> None:
        """Make room for other output."""
        self._line.clear()


def _against(baseline: BenchmarkRun) -> str:
    note = f" ({baseline.note})" if baseline.note else ""
    return f"against the baseline, number {baseline.number} of {when(baseline.at)}{note}:"


def _reasons(run: BenchmarkRun) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in run.left_out.items()) or "no part"


def _text(lines: Sequence[str]) -> bytes:
    shown = lines if wants_colour(sys.stdout) else map(click.unstyle, lines)
    return ("\n".join(shown) + "\n").encode(errors="backslashreplace")

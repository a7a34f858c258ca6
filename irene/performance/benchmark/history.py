"""The benchmarks of before: kept in the assistant's file of measurements, found by number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from irene.config.sections import Config
from irene.errors import ConfigurationError, RequestError
from irene.performance.benchmark.benchmark_run import BenchmarkRun
from irene.performance.store.benchmarks import (
    KeptBenchmark,
    Which,
    found_in,
    keep,
    numbered_in,
)
from irene.performance.store.place import store_path
from irene.performance.store.retention import Retention

_DAY_S = 86_400.0


@dataclass(frozen=True)
class History:
    """The benchmarks of one assistant."""

    path: Path
    """the file"""
    retention: Retention

    @classmethod
    def of(cls, config: Config) -> History:
        """Return the history of the assistant that a configuration describes."""
        return cls(store_path(config), Retention.of(config.performance))

    def keep(self, run: BenchmarkRun, now: float, *, as_baseline: bool = False) -> BenchmarkRun:
        """Keep a run; return it with its number.

        A baseline takes the place of those before it that measured nothing else.

        Args:
            run: what is kept.
            now: seconds since 1970 (UTC).
            as_baseline: whether later runs are compared with it.

        Raises:
            ConfigurationError: the file cannot be written.
            RequestError: a run that cannot be trusted is to be the baseline.
        """
        if as_baseline and not run.is_trusted:
            raise RequestError(f"it is no baseline: {run.verdict}")
        replaced = self._replaced_by(run) if as_baseline else ()
        run = replace(run, is_baseline=as_baseline)
        number = keep(self.path, _row(run), self.retention, now, replaced)
        return replace(run, number=number)

    def runs(self, now: float, days: float | None = None) -> list[BenchmarkRun]:
        """Return the runs of the last days, or all; the latest first.

        Raises:
            ConfigurationError: the file cannot be read.
        """
        return self._found(Which(0.0 if days is None else now - days * _DAY_S))

    def numbered(self, number: int) -> BenchmarkRun:
        """Return the run of a number.

        Raises:
            RequestError: there is none.
            ConfigurationError: the file cannot be read.
        """
        found = numbered_in(self.path, number)
        if found is None or found.name:
            raise RequestError(f"{self.path}: there is no benchmark {number}; see --history")
        return _run(found)

    def baseline_of(self, run: BenchmarkRun) -> BenchmarkRun | None:
        """Return the latest baseline of a run's machine that measured anything of it.

        One of the same configuration and recordings comes first; None when there is none.
        """
        fingerprint = run.machine.fingerprint
        found = self._found(Which(fingerprint=fingerprint, only_baselines=True))
        found = [one for one in found if any(one.of(*each.key) for each in run.measurements)]
        alike = [one for one in found if _is_alike(one, run)]
        return next(iter(alike or found), None)

    def _replaced_by(self, run: BenchmarkRun) -> Sequence[int]:
        """Return the numbers of baselines that tell nothing beyond what a run tells."""
        keys = {one.key for one in run.measurements}
        which = Which(fingerprint=run.machine.fingerprint, only_baselines=True)
        return [
            one.number
            for one in self._found(which)
            if one.number is not None
            and _is_alike(one, run)
            and {each.key for each in one.measurements} <= keys
        ]

    def _found(self, which: Which) -> list[BenchmarkRun]:
        return [_run(one) for one in found_in(self.path, which)]


def read_run(path: Path) -> BenchmarkRun:
    """Return the run of a file that `--format json` has written.

    Raises:
        ConfigurationError: it cannot be read, or is something else.
    """
    try:
        return BenchmarkRun.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{path}: cannot be read: {reason}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigurationError(
            f"{path}: is no benchmark; name a file that `irene benchmark --format json` has written"
        ) from None


def _is_alike(one: BenchmarkRun, other: BenchmarkRun) -> bool:
    return one.config == other.config and one.recordings == other.recordings


def _row(run: BenchmarkRun) -> KeptBenchmark:
    return KeptBenchmark(
        at=run.at.timestamp(),
        content=run.to_dict(),
        fingerprint=run.machine.fingerprint,
        config=run.config,
        recordings=run.recordings,
        note=run.note,
        is_trusted=run.is_trusted,
        is_baseline=run.is_baseline,
    )


def _run(kept: KeptBenchmark) -> BenchmarkRun:
    run = BenchmarkRun.from_dict(kept.content)
    return replace(run, number=kept.number, is_baseline=kept.is_baseline)

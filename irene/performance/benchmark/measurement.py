"""What was measured of one part: every round, what stood apart from it, and whether to trust it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from irene.performance.benchmark.bootstrap import Interval, of_median
from irene.performance.benchmark.probe import Clock, Sample
from irene.performance.benchmark.rounds import Series
from irene.performance.measuring.spread import Spread
from irene.performance.speech.word_errors import WordErrors


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of a part, and the machine's speed right beside it."""

    call_s: float
    """wall time of one call, the median of the round; seconds"""
    cpu_s: float
    """processor time of one call, the median of the round; seconds"""
    control_s: float
    """time of the yardstick before and after it, by the clock of the measurement; seconds"""
    n_calls: int = 1
    """calls of the round"""

    @classmethod
    def of(cls, calls: Sequence[Sample], before_s: float, after_s: float) -> Round:
        """Return the round of at least one call, and of the yardstick before and after it."""
        return cls(
            call_s=statistics.median(one.wall_s for one in calls),
            cpu_s=statistics.median(one.cpu_s for one in calls),
            control_s=max((before_s + after_s) / 2, 1e-12),
            n_calls=len(calls),
        )


@dataclass(frozen=True, slots=True)
class Calls:
    """Single calls, each timed for itself; seconds."""

    n: int
    """calls that succeeded"""
    mean_s: float
    p50_s: float
    p95_s: float
    """95 of 100 take no longer, interpolated between the two nearest"""
    p99_s: float
    least_s: float
    most_s: float
    deviation_s: float
    """standard deviation"""
    quartiles_s: float
    """from the first quartile to the third"""

    @classmethod
    def of(cls, times_s: npt.ArrayLike) -> Calls:
        """Return the figures of at least one time, shape (n,), seconds."""
        times = np.asarray(times_s, dtype=np.float64)
        p25, p50, p75, p95, p99 = np.percentile(times, (25, 50, 75, 95, 99))
        return cls(
            n=int(times.size),
            mean_s=float(times.mean()),
            p50_s=float(p50),
            p95_s=float(p95),
            p99_s=float(p99),
            least_s=float(times.min()),
            most_s=float(times.max()),
            deviation_s=float(times.std(ddof=1)) if times.size > 1 else 0.0,
            quartiles_s=float(p75 - p25),
        )


@dataclass(frozen=True, slots=True)
class Cold:
    """What comes before the times: loading, warming up, and the first call; seconds."""

    load_s: float = 0.0
    warm_up_s: float = 0.0
    first_call_s: float | None = None
    """None where it failed"""
    resident_mb: float | None = None
    """memory of the process that loading and warming up added, 10^6 bytes"""


@dataclass(frozen=True)
class Measurement:
    """The times of one part; at least one round."""

    component: str
    """as `irene performance --component` knows it"""
    provider: str
    """name of its table; empty for what is no provider, such as the pipeline"""
    what: str
    """what one call is, in words"""
    rounds: tuple[Round, ...]
    calls: Calls
    clock: Clock = "wall"
    """which time counts: that of the calls, and of the rounds"""
    audio_s: float | None = None
    """audio that one call hears or makes, seconds; None where there is none"""
    cold: Cold = field(default_factory=Cold)
    n_failed: int = 0
    """calls that failed; they have no times"""
    failures: tuple[str, ...] = ()
    """why, each reason once"""
    accuracy: WordErrors | None = None
    """word errors of one call; None where it is not known what is said"""
    peak_kb: float | None = None
    """most that Python and numpy allocated during one call, 10^3 bytes; None: not measured"""
    further: Mapping[str, float] = field(default_factory=dict)
    """other figures, medians; their names end with the unit"""
    doubts: tuple[str, ...] = ()
    """reasons of its own not to trust it"""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the others of a run."""
        return self.component, self.provider

    @property
    def name(self) -> str:
        """What people call it: `asr pocketsphinx`."""
        return f"{self.component} {self.provider}".rstrip()

    @cached_property
    def seconds(self) -> Spread:
        """Time of one call, a value per round, seconds."""
        return Spread(tuple(self._time(one) for one in self.rounds))

    @cached_property
    def relative(self) -> Spread:
        """Time of one call in yardsticks: what is left when the machine's own speed is out."""
        return Spread(tuple(self._time(one) / one.control_s for one in self.rounds))

    @property
    def control(self) -> Spread:
        """Time of the yardstick, a value per round, seconds."""
        return Spread(tuple(one.control_s for one in self.rounds))

    @property
    def series(self) -> Series:
        """The rounds as other comparisons know them."""
        samples = tuple(Sample(one.call_s, one.cpu_s) for one in self.rounds)
        return Series(self.name, 1, 1.0, samples, self.clock)

    @cached_property
    def interval(self) -> Interval:
        """Where the true median lies, seconds."""
        return of_median(self.seconds)

    @property
    def rtf(self) -> float | None:
        """Real-time factor: time of a call per time of its audio."""
        return self.seconds.median / self.audio_s if self.audio_s else None

    @property
    def is_trusted(self) -> bool:
        """Whether nothing of its own speaks against it."""
        return not self.doubts

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; times in seconds."""
        interval = self.interval
        kept = {**asdict(self), "rounds": [list(_row(one)) for one in self.rounds]}
        derived = {
            "median_s": self.seconds.median,
            "interval_s": [interval.low, interval.high],
            "spread": self.seconds.relative,
            "rtf": self.rtf,
            "wer": self.accuracy.rate if self.accuracy else None,
            "is_trusted": self.is_trusted,
        }
        return {**derived, **kept}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Measurement:
        """Return what `to_dict` has written.

        Raises:
            KeyError, TypeError: it is something else.
        """
        errors = content["accuracy"]
        return cls(
            component=content["component"],
            provider=content["provider"],
            what=content["what"],
            rounds=tuple(Round(*row) for row in content["rounds"]),
            calls=Calls(**content["calls"]),
            clock=content["clock"],
            audio_s=content["audio_s"],
            cold=Cold(**content["cold"]),
            n_failed=content["n_failed"],
            failures=tuple(content["failures"]),
            accuracy=None if errors is None else WordErrors(**errors),
            peak_kb=content["peak_kb"],
            further=dict(content["further"]),
            doubts=tuple(content["doubts"]),
        )

    def _time(self, one: Round) -> float:
        return one.call_s if self.clock == "wall" else one.cpu_s


def _row(one: Round) -> tuple[float, float, float, int]:
    """Return a round as it is kept: a list is a third of a mapping."""
    return one.call_s, one.cpu_s, one.control_s, one.n_calls

"""Memory over several laps of a workload: what is kept, and what grows in every one of them."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from irene.performance.profiling.ownership import Ownership, module_of
from irene.performance.profiling.profile import Memory, Site, Suspect
from irene.performance.profiling.tracing import Tracing

FEWEST_LAPS = 3
"""laps that have to grow, every one of them, for a line to be suspected"""
LEAST_GROWTH = 1024
"""bytes of growth in a lap, on average, below which nobody is suspected"""
_LEAST_IN_EACH = LEAST_GROWTH // 2
"""bytes of growth in every single lap: a list that makes room now and then does not count"""
_MOST_SITES = 30
_OWN = (tracemalloc.__file__, str(Path(__file__).with_name("*")))
"""files whose allocations are those of profiling"""

_Line = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Lap:
    """What was allocated and not freed when a lap was over."""

    lines: Mapping[_Line, tuple[int, int]]
    """bytes and number of blocks"""
    traced: int
    resident: int


class AllocationWatch:
    """Traces allocations of Python, numpy's arrays included; not those of native engines.

    The laps before `warm_up_is_over` fill caches and do not count. What grows in each of at least
    three laps after it is suspected to leak (differences of snapshots, as the manual of
    `tracemalloc` shows them): a cache that is not full yet does the same, and is suspected, too.
    Tracing slows down whatever allocates; it was off before and is off again afterwards.
    """

    def __init__(
        self,
        ownership: Ownership,
        lap: str = "lap",
        *,
        n_frames: int = 4,
        collects: bool = True,
        tracing: Tracing | None = None,
    ) -> None:
        """Get ready.

        Args:
            ownership: says which component a line belongs to.
            lap: what a lap is called.
            n_frames: callers that are remembered of each allocation.
            collects: free cycles at the end of each lap, which holds the process up.
            tracing: shared with others who trace at the same time.
        """
        self._ownership = ownership
        self._lap = lap
        self._n_frames = n_frames
        self._collects = collects
        self._tracing = tracing or Tracing()
        self._is_tracing = False
        self._base: _Lap | None = None
        self._laps: list[_Lap] = []
        self._warm_up_laps = 0
        self._last: tracemalloc.Snapshot | None = None

    def begin(self) -> None:
        """Begin to trace, before the warm-up."""
        _resident()  # what that imports is not traced
        self._is_tracing = True
        self._tracing.begin(self._n_frames)

    def warm_up_is_over(self, laps: int = 1) -> None:
        """Count from now on."""
        self._warm_up_laps = laps
        self._base = self._taken()
        tracemalloc.reset_peak()

    def lap(self) -> None:
        """End a lap."""
        self._laps.append(self._taken())

    def end(self) -> Memory:
        """Trace no more, and return what was found; a lap that was not ended does not count."""
        peak = tracemalloc.get_traced_memory()[1] if tracemalloc.is_tracing() else 0
        self.abandon()
        base = self._base
        if base is None:
            return Memory(lap=self._lap)
        callers = self._callers()
        sites = tuple(self._sites(base, callers))
        laps = tuple((one.traced, one.resident) for one in (base, *self._laps))
        suspects = tuple(self._suspects(base, callers))
        return Memory(laps, self._lap, self._warm_up_laps, peak, sites, suspects)

    def abandon(self) -> None:
        """Trace no more, for figures that nobody wants any more; after `end` it does nothing."""
        if self._is_tracing:
            self._is_tracing = False
            self._tracing.end()

    def _taken(self) -> _Lap:
        if not tracemalloc.is_tracing():  # somebody else has ended it
            return _Lap({}, 0, _resident())
        if self._collects:
            gc.collect()
        taken = tracemalloc.take_snapshot()
        self._last = taken.filter_traces([tracemalloc.Filter(False, one) for one in _OWN])
        statistics = self._last.statistics("lineno")
        lines = {
            (one.traceback[0].filename, one.traceback[0].lineno): (one.size, one.count)
            for one in statistics
        }
        return _Lap(lines, sum(one.size for one in statistics), _resident())

    def _sites(self, base: _Lap, callers: Mapping[_Line, _Line]) -> Iterator[Site]:
        """Yield the lines that have taken most since the warm-up."""
        end = self._laps[-1] if self._laps else base
        grown = {
            line: size - base.lines.get(line, (0, 0))[0] for line, (size, _) in end.lines.items()
        }
        for line in sorted(grown, key=lambda one: -grown[one])[:_MOST_SITES]:
            if grown[line] > 0:
                blocks = end.lines[line][1] - base.lines.get(line, (0, 0))[1]
                yield self._site(line, grown[line], blocks, callers)

    def _suspects(self, base: _Lap, callers: Mapping[_Line, _Line]) -> Iterator[Suspect]:
        if len(self._laps) < FEWEST_LAPS:
            return
        found = []
        for line in self._laps[-1].lines:
            sizes = [one.lines.get(line, (0, 0))[0] for one in (base, *self._laps)]
            growth = tuple(after - before for before, after in pairwise(sizes))
            if min(growth) >= _LEAST_IN_EACH and sum(growth) >= LEAST_GROWTH * len(growth):
                blocks = self._laps[-1].lines[line][1] - base.lines.get(line, (0, 0))[1]
                found.append(Suspect(self._site(line, sum(growth), blocks, callers), growth))
        yield from sorted(found, key=lambda one: -one.per_lap)

    def _site(self, line: _Line, size: int, blocks: int, callers: Mapping[_Line, _Line]) -> Site:
        caller = callers.get(line)
        owned = line if caller is None else caller
        component = self._ownership.of_module(module_of(owned[0]))[0]
        told = "" if caller is None or caller == line else f"{caller[0]}:{caller[1]}"
        return Site(line[0], line[1], told, component, size, blocks)

    def _callers(self) -> dict[_Line, _Line]:
        """Return the nearest line of a component that led to each line that allocates."""
        found: dict[_Line, _Line] = {}
        if self._last is None:
            return found
        for statistic in self._last.statistics("traceback"):  # the largest first
            inwards = [(one.filename, one.lineno) for one in _inwards(statistic.traceback)]
            owned = next((one for one in inwards if self._is_owned(one[0])), None)
            if owned is not None:
                found.setdefault(inwards[0], owned)
        return found

    def _is_owned(self, file: str) -> bool:
        return bool(self._ownership.of_module(module_of(file))[0])


def _inwards(traceback: tracemalloc.Traceback) -> list[tracemalloc.Frame]:
    """Return the frames, the one that allocates first; `tracemalloc` has it last."""
    return list(traceback)[::-1]


def _resident() -> int:
    import psutil  # takes longer to import than all else here

    return int(psutil.Process().memory_info().rss)

"""The budget of all loaded models: the least valuable that nobody uses gives way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakSet

from irene.domain.clock import Clock, SystemClock
from irene.errors import ProviderUnavailableError
from irene.memory.budget.footprint import NOTHING, Footprint, Measure, memory_in_use
from irene.memory.budget.residence import Residence, Tenancy

_PATIENCE_S = 10.0
"""longest wait for another model that loads; after that both do at once, and neither is measured"""
_MB = 1e6
_UNLOADER = "irene-unload"


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """What all models together may take; None is no limit."""

    ram: int | None = None
    """bytes"""
    vram: int | None = None
    """bytes"""

    @classmethod
    def of_mb(cls, ram_mb: float | None, vram_mb: float | None) -> BudgetLimits:
        """Return limits that are given in 10^6 bytes."""
        ram, vram = (None if mb is None else int(mb * _MB) for mb in (ram_mb, vram_mb))
        return cls(ram, vram)

    def excess(self, taken: Footprint) -> Footprint:
        """Return what is taken beyond the limits, of each kind."""
        ram = 0 if self.ram is None else max(0, taken.ram - self.ram)
        vram = 0 if self.vram is None else max(0, (taken.vram or 0) - self.vram)
        return Footprint(ram, vram)


@dataclass(frozen=True, slots=True)
class Pressure:
    """The budget was too small for what was to be loaded."""

    model: str
    """what was to be loaded"""
    unloaded: tuple[str, ...]
    """what gave way, in this order"""
    freed: Footprint
    """what those took"""
    excess: Footprint
    """what is beyond the budget all the same, as everything else is in use"""


class ModelBudget:
    """Keeps loaded models within limits; any thread may call any method.

    Before a model is loaded, others give way until it fits: of those that no call works on, the
    one with the lowest priority goes first, of equals the one that was not used for the longest
    time. Whoever needs it again loads it again. A model that is larger than the budget alone is
    refused. When everything else is at work, the budget is exceeded rather than anybody kept
    waiting, and kept again as soon as somebody is idle.

    What a model takes is what it is declared to take, or by how much memory grew while it was
    loaded, whichever is more. Models are loaded one after another for that.
    """

    def __init__(
        self,
        limits: BudgetLimits | None = None,
        on_pressure: Callable[[Pressure], None] = lambda pressure: None,
        clock: Clock | None = None,
        measure: Measure = memory_in_use,
    ) -> None:
        """Without limits nothing is measured and nobody gives way."""
        self.limit(limits or BudgetLimits())
        self.on_pressure = on_pressure
        """told whenever something gave way, or could not; by whoever loads"""
        self._clock = clock or SystemClock()
        self._measure = measure
        self._residences: WeakSet[Residence] = WeakSet()
        self._loading = threading.Lock()
        self.lock = threading.RLock()
        """guards who is there; nothing is loaded while it is held"""

    @property
    def limits(self) -> BudgetLimits:
        """What all models together may take."""
        return self._limits

    def limit(self, limits: BudgetLimits) -> None:
        """Set other limits; they hold from the next model on."""
        self._limits = limits
        self.is_limited = limits != BudgetLimits()
        """whether there is any limit"""

    def enrol(self, model: object, tenancy: Tenancy, unload: Callable[[], None]) -> Residence:
        """Return the residence of a model that is not loaded; it counts as long as somebody has it.

        Args:
            model: what its users know it by.
            tenancy: on which terms it lives there.
            unload: frees it.
        """
        residence = Residence(self, model, tenancy, unload)
        with self.lock:
            self._residences.add(residence)
        return residence

    def residents(self) -> tuple[Residence, ...]:
        """Return the models that are loaded, in the order in which they would give way."""
        with self.lock:
            there = [one for one in self._residences if one.is_there]
        return tuple(sorted(there, key=_value))

    def taken(self) -> Footprint:
        """Return what all loaded models take."""
        return _sum(one.size for one in self.residents())

    def taken_up(self, residence: Residence, is_loaded: Callable[[], bool]) -> bool:
        """See `Residence.take_up`."""
        pressure = None
        with self.lock:
            residence.used_s = self._clock.monotonic()
            if self.is_limited and residence.is_there:
                pressure = self._make_room(residence)  # it may have been exceeded, for a while
            there = is_loaded()
        if pressure is not None and pressure.unloaded:
            self.on_pressure(pressure)
        return there

    @contextmanager
    def loading(self, residence: Residence) -> Iterator[None]:
        """See `Residence.loading`."""
        if not self.is_limited:
            yield
            self._arrived(residence)
            return
        is_alone = self._loading.acquire(timeout=_PATIENCE_S)
        try:
            self._require_possible(residence)
            expected = self._make_room(residence)
            self._tell(expected)
            before = self._measure()
            yield
            if is_alone:
                residence.measured = residence.measured.at_least(self._measure() - before)
        finally:
            if is_alone:
                self._loading.release()
        self._require_possible(residence)
        self._arrived(residence)
        found = self._make_room(residence)
        if found is not None and (expected is None or found.unloaded):
            self._tell(found)

    def shrink(self, share: float) -> None:
        """Unload what only stands by and nobody uses: memory is scarce.

        That is done on a thread of its own: whoever notices may be the one who listens.
        """
        if share < 1.0 and any(one.tenancy.stands_by for one in self.residents()):
            threading.Thread(target=self.unload_standbys, name=_UNLOADER, daemon=True).start()

    def unload_standbys(self) -> None:
        """Unload what only stands by and nobody uses; blocks."""
        with self.lock:
            for residence in self.residents():
                if residence.tenancy.stands_by and residence.may_go:
                    residence.unload()

    def restore(self) -> None:
        """Do nothing: a model comes back when it is needed."""

    def _arrived(self, residence: Residence) -> None:
        with self.lock:
            residence.is_there = True
            residence.used_s = self._clock.monotonic()

    def _make_room(self, wanted: Residence) -> Pressure | None:
        """Unload others until this one fits beside the rest; None when nothing was in its way."""
        unloaded: list[Residence] = []
        with self.lock:
            while (excess := self._excess_beside(wanted)) != NOTHING:
                victim = self._victim(wanted, excess)
                if victim is None:
                    break
                victim.unload()
                unloaded.append(victim)
        if not unloaded and excess == NOTHING:
            return None
        return Pressure(
            model=wanted.name,
            unloaded=tuple(one.name for one in unloaded),
            freed=_sum(one.size for one in unloaded),
            excess=excess,
        )

    def _excess_beside(self, wanted: Residence) -> Footprint:
        others = (one.size for one in self.residents() if one is not wanted)
        return self._limits.excess(_sum((*others, wanted.size)))

    def _victim(self, wanted: Residence, excess: Footprint) -> Residence | None:
        """Return who gives way: the least valuable of those that would help."""
        for one in self.residents():
            helps = (excess.ram and one.size.ram) or (excess.vram and one.size.vram)
            if helps and one is not wanted and one.may_go:
                return one
        return None

    def _require_possible(self, residence: Residence) -> None:
        """Refuse what would not fit if it were alone."""
        excess = self._limits.excess(residence.size)
        if excess == NOTHING:
            return
        kind, takes, limit = "ram", residence.size.ram, self._limits.ram
        if not excess.ram:
            kind, takes, limit = "vram", residence.size.vram or 0, self._limits.vram
        raise ProviderUnavailableError(
            f"{residence.name} takes {takes / _MB:.0f} MB, more than all of "
            f"memory.{kind}_budget_mb = {(limit or 0) / _MB:g}: raise that, or use a smaller model"
        )

    def _tell(self, pressure: Pressure | None) -> None:
        if pressure is not None:
            self.on_pressure(pressure)


def _value(residence: Residence) -> tuple[int, float, str]:
    """Sort key: the first model to give way has the lowest priority, then the oldest use."""
    return residence.tenancy.priority, residence.used_s, residence.name


def _sum(sizes: Iterable[Footprint]) -> Footprint:
    known = tuple(sizes)
    return Footprint(sum(one.ram for one in known), sum(one.vram or 0 for one in known))

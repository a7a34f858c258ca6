"""Who takes the next call: the providers of a router, as its strategy ranks them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Generic, TypeVar

from irene.components.routing.circuit_news import CircuitNews
from irene.components.routing.provider_record import ProviderRecord, soonest, trial_s
from irene.components.routing.refusing import nobody_left
from irene.components.routing.settings import Member
from irene.components.routing.strategies import STRATEGIES, Rank, StrategyName
from irene.components.routing.waiting import WaitingLine

T = TypeVar("T")


class Standings(Generic[T]):
    """The providers of one router, best first; guarded by the router's lock.

    Ranks are kept from call to call. A call changes what is known of one provider, so it costs the
    rank of one, however many there are. Routers that share providers do not see each other's calls:
    one that was not the last to rank (`WaitingLine.ranked_by`) ranks all of its own anew.

    Where a provider is down, all are ranked on each call: it may have become due for a trial.
    """

    __slots__ = (
        *("_by_name", "_kind", "_line", "_members", "_news", "_rank", "_ranks", "_records"),
        *("_are_all_well", "_stale", "_turn", "_waits_for_first", "is_alone", "is_probed"),
    )

    def __init__(
        self,
        kind: str,
        records: Sequence[ProviderRecord[T]],
        strategy: StrategyName,
        line: WaitingLine,
        news: CircuitNews,
    ) -> None:
        """`kind` is the name of the slot, for messages; `records` stand in their positions."""
        self._kind = kind
        self._members = tuple(records)
        self._records = list(records)
        self._by_name = {record.name: record for record in records}
        self._rank = STRATEGIES[strategy]
        self._waits_for_first = strategy == "primary_fallback"
        self._line = line
        self._news = news
        self._ranks: dict[ProviderRecord[T], Rank] = {}
        self._stale: set[ProviderRecord[T]] = set()
        self._turn = 0.0
        self._are_all_well = True
        self.is_alone = len(records) == 1
        """whether there is one provider only: there is nobody to go to"""
        self.is_probed = False
        """whether somebody else makes the trials, so that no user's call has to be one"""

    @property
    def records(self) -> Sequence[ProviderRecord[T]]:
        """The providers, in the order of the configuration."""
        return self._records

    def named(self, name: str) -> ProviderRecord[T] | None:
        """Return the record of a provider; None: it is not there."""
        return self._by_name.get(name)

    def records_of(self, members: Sequence[Member[T]]) -> Mapping[str, ProviderRecord[T]]:
        """Return the records of those members that this router has too, by their names there."""
        return {
            member.name: record
            for member in members
            for record in self._records
            if record.value == member.value
        }

    def remove(self, name: str) -> bool:
        """Take a provider out; return whether it was there."""
        record = self._by_name.pop(name, None)
        if record is None:
            return False
        self._records.remove(record)
        self.is_alone = len(self._records) == 1
        self._line.ranked_by = None
        return True

    def wanted(self, without: Collection[str], now_s: float) -> ProviderRecord[T]:
        """Return the provider that the strategy wants for the next call, full or not.

        Args:
            without: names of those that were tried for this call before.
            now_s: clock time, seconds.

        Raises:
            ProviderUnavailableError: there is no provider.
            ProviderFailedError: all have been tried.
        """
        if not without and self._records:
            first = self._records[0]
            if self.is_alone or (self._waits_for_first and first.breaker.is_closed):
                return first
            if not self._waits_for_first and self._is_ranked():
                return self._members[min(self._ranks.values())[-1]]
        return self._sought(without, now_s)

    def _sought(self, without: Collection[str], now_s: float) -> ProviderRecord[T]:
        """Do the same where a provider is down, or was tried for this call before."""
        admitted = self.admitted(without, now_s)
        if admitted:
            return admitted[0] if self._waits_for_first else min(admitted, key=self._rank)
        left = [record for record in self._records if record.name not in without]
        if not left:
            raise nobody_left(self._kind, without if self._records else None)
        free = [record for record in left if record.has_place] or left
        return min(free, key=soonest if self._waits_for_first else self._rank)

    def best_free(self, without: Collection[str], now_s: float) -> ProviderRecord[T] | None:
        """Return the best healthy provider that has a place; None: there is none."""
        free = [record for record in self.admitted(without, now_s) if record.has_place]
        return min(free, key=self._rank, default=None)

    def soonest_free(self, without: Collection[str]) -> ProviderRecord[T] | None:
        """Return the provider with a place, healthy or not, to try first; None: there is none."""
        left = [one for one in self._records if one.name not in without and one.has_place]
        return min(left, key=soonest, default=None)

    def order(self, now_s: float) -> list[ProviderRecord[T]]:
        """Return all in the order in which the next call would try them."""
        if self.is_alone:
            return list(self._records)
        well = self.admitted((), now_s)
        down = [record for record in self._records if record not in well]
        down.sort(key=soonest)
        if not self._waits_for_first:
            well.sort(key=self._rank)
        return [*well, *down]

    def admitted(self, without: Collection[str], now_s: float) -> list[ProviderRecord[T]]:
        """Return those that are well and were not tried yet, in the order of the configuration."""
        well = [
            record
            for record in self._records
            if record.breaker.is_closed or self._is_admitted(record, now_s)
        ]
        return [record for record in well if record.name not in without] if without else well

    def is_anybody_left(self, without: Collection[str]) -> bool:
        """Return whether there is a provider that was not tried yet."""
        return any(record.name not in without for record in self._records)

    def look(self, record: ProviderRecord[T], now_s: float) -> None:
        """Let an open circuit be half open once its time is over."""
        transition = record.breaker.look(now_s)
        if transition is not None:
            self._news.note(record.name, transition)

    def next_trial_s(self, now_s: float) -> float | None:
        """Return the clock time of the next trial of one that is down; None when none is wanted."""
        down = [one for one in self._records if not one.breaker.is_closed]
        return min((trial_s(one, now_s) for one in down), default=None)

    def took(self, record: ProviderRecord[T]) -> None:
        """Note that a provider takes a call: it has had its turn, and has a place less."""
        turn = record.turn
        self._turn = turn if turn > self._turn else self._turn
        if record.weight > 0:
            record.turn = self._turn + 1 / record.weight
        self.changed(record)

    def changed(self, record: ProviderRecord[T]) -> None:
        """Note that a provider has taken a call, has come back from one, or was measured."""
        if self._line.ranked_by is self:
            self._stale.add(record)
        else:
            self._line.ranked_by = None

    def _is_ranked(self) -> bool:
        """Bring all ranks up to date; return False when a provider is down: then none is valid."""
        ranks, stale = self._ranks, self._stale
        if self._line.ranked_by is not self:
            self._line.ranked_by = self
            self._are_all_well = all(record.breaker.is_closed for record in self._records)
            ranks.clear()
            stale.update(self._records)
        if stale and self._are_all_well:
            for record in stale:
                ranks[record] = self._rank(record)
            stale.clear()
        return self._are_all_well

    def _is_admitted(self, record: ProviderRecord[T], now_s: float) -> bool:
        """Return whether calls may go to a provider that was down."""
        self.look(record, now_s)
        return record.breaker.has_trial and not self.is_probed

"""Which addresses of an arena are free, and which of them a block gets.

After Knuth, The Art of Computer Programming, volume 1, section 2.5: algorithms A and B with a list
in the order of addresses, and the buddy system, algorithms R and S.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Protocol


class AllocationStrategy(Enum):
    """Which free block a request is cut from."""

    FIRST_FIT = "first_fit"
    """the first that is large enough"""
    BEST_FIT = "best_fit"
    """the smallest that is large enough"""
    WORST_FIT = "worst_fit"
    """the largest"""
    BUDDY = "buddy"
    """the smallest power of two that is large enough; halves of one block are joined again"""


class Space(Protocol):
    """The free addresses of an arena; the arena's lock is held."""

    def take(self, n_units: int) -> tuple[int, int] | None:
        """Return the place of a block and how much of it is really given; None without room."""
        ...

    def give(self, place: int, n_units: int) -> None:
        """Take a block back, as it was given."""
        ...

    def granted(self, n_units: int) -> int:
        """Return how much a request of this size really takes."""
        ...

    def free(self) -> Mapping[int, int]:
        """Return the size of each free block by its place."""
        ...

    def packed(self, blocks: Iterable[tuple[int, int]]) -> tuple[Space, Mapping[int, int]]:
        """Return a space with these blocks (place, size) pushed together, and their new places."""
        ...


_CHOICES: Mapping[AllocationStrategy, Callable[[tuple[int, int]], tuple[int, int]]] = {
    AllocationStrategy.FIRST_FIT: lambda block: (block[0], 0),
    AllocationStrategy.BEST_FIT: lambda block: (block[1], block[0]),
    AllocationStrategy.WORST_FIT: lambda block: (-block[1], block[0]),
}
"""what is smallest for the free block (place, size) that is chosen"""


class ListedSpace:
    """A list of free blocks in the order of their places; neighbours are joined at once."""

    def __init__(self, n_units: int, strategy: AllocationStrategy) -> None:
        self._n_units, self._strategy = n_units, strategy
        self._places = [0]
        self._sizes = {0: n_units}
        self._rank = _CHOICES[strategy]
        self._takes_first = strategy is AllocationStrategy.FIRST_FIT

    def granted(self, n_units: int) -> int:
        """Return the size that was asked for."""
        return n_units

    def take(self, n_units: int) -> tuple[int, int] | None:
        """Cut a block off the beginning of the free one that the strategy chooses."""
        sizes = self._sizes
        fitting = ((place, sizes[place]) for place in self._places if sizes[place] >= n_units)
        found = (
            next(fitting, None) if self._takes_first else min(fitting, key=self._rank, default=None)
        )
        if found is None:
            return None
        place, size = found
        index = bisect_left(self._places, place)
        del self._sizes[place]
        if size == n_units:
            del self._places[index]
        else:
            self._places[index] = place + n_units
            self._sizes[place + n_units] = size - n_units
        return place, n_units

    def give(self, place: int, n_units: int) -> None:
        """Free a block, and join it with a free one before and behind it."""
        index = bisect_left(self._places, place)
        if index < len(self._places) and self._places[index] == place + n_units:
            n_units += self._sizes.pop(self._places.pop(index))
        before = self._places[index - 1] if index else None
        if before is not None and before + self._sizes[before] == place:
            self._sizes[before] += n_units
        else:
            self._places.insert(index, place)
            self._sizes[place] = n_units

    def free(self) -> Mapping[int, int]:
        """Return the size of each free block by its place."""
        return self._sizes

    def packed(self, blocks: Iterable[tuple[int, int]]) -> tuple[Space, Mapping[int, int]]:
        """Move all blocks to the beginning, in their order."""
        end, moved = 0, {}
        for place, size in sorted(blocks):
            moved[place] = end
            end += size
        anew = ListedSpace(self._n_units, self._strategy)
        if end:
            anew.take(end)
        return anew, moved


class BuddySpace:
    """Blocks of powers of two: each is half of one twice its size, and knows its other half."""

    def __init__(self, n_units: int) -> None:
        self._n_units = n_units
        self._by_size: dict[int, list[int]] = {}
        place = 0
        for bit in reversed(range(n_units.bit_length())):  # the powers of two that it consists of
            if n_units & (1 << bit):
                self._by_size[1 << bit] = [place]
                place += 1 << bit

    def granted(self, n_units: int) -> int:
        """Return the power of two that is large enough."""
        return 1 << (n_units - 1).bit_length()

    def take(self, n_units: int) -> tuple[int, int] | None:
        """Halve the smallest free block that is large enough until it is as small as may be."""
        wanted = self.granted(n_units)
        size = min(
            (size for size, places in self._by_size.items() if places and size >= wanted), default=0
        )
        if not size:
            return None
        place = self._by_size[size].pop(0)
        while size > wanted:
            size //= 2
            insort(self._by_size.setdefault(size, []), place + size)
        return place, wanted

    def give(self, place: int, n_units: int) -> None:
        """Free a block, and join it with its other half as often as that is free, too."""
        size = n_units
        while self._without(size, place ^ size):
            place &= ~size
            size *= 2
        insort(self._by_size.setdefault(size, []), place)

    def _without(self, size: int, place: int) -> bool:
        """Take a free block out; return whether it was there."""
        places = self._by_size.get(size, [])
        index = bisect_left(places, place)
        if index == len(places) or places[index] != place:
            return False
        del places[index]
        return True

    def free(self) -> Mapping[int, int]:
        """Return the size of each free block by its place."""
        return {place: size for size, places in self._by_size.items() for place in places}

    def packed(self, blocks: Iterable[tuple[int, int]]) -> tuple[Space, Mapping[int, int]]:
        """Give all blocks anew, the largest first: then none leaves a gap before it."""
        anew, moved = BuddySpace(self._n_units), {}
        for place, size in sorted(blocks, key=lambda block: (-block[1], block[0])):
            taken = anew.take(size)
            assert taken is not None, "what was given fits into the same space"
            moved[place] = taken[0]
        return anew, moved


def space_of(strategy: AllocationStrategy, n_units: int) -> Space:
    """Return a space that is all free."""
    if strategy is AllocationStrategy.BUDDY:
        return BuddySpace(n_units)
    return ListedSpace(n_units, strategy)

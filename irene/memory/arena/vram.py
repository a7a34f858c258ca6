"""A plan of what lies where on a graphics card, for programs that lay out its memory themselves."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass

from irene.memory.arena.arena import Arena, ArenaStats, Block, Move
from irene.memory.arena.spaces import AllocationStrategy

_PAGE = 1 << 21
"""bytes; CUDA maps memory in pages of 2 MiB"""


@dataclass(frozen=True, slots=True)
class Placement:
    """What a name has of the card."""

    name: str
    offset_mb: float
    """where it begins, 10^6 bytes from the beginning"""
    size_mb: float
    """what was asked for, 10^6 bytes"""
    priority: int
    """of two, the one with less goes first"""


class OptimizedVRAMManager:
    """Places named allocations in a card's memory; any thread may call any method.

    What does not fit makes others of a lower priority go, the lowest first, but only if it fits
    then; `on_evicted` is told of each. When what is free is too scattered, the rest is pushed
    together where that is allowed, and `on_moved` is told. It is a plan: whoever owns the memory
    copies.

    irene's own models do not lie where it says: their engines ask the driver for memory. For those
    there is the budget of `irene.memory.budget`.
    """

    def __init__(
        self,
        total_vram_gb: float,
        allocation_strategy: AllocationStrategy = AllocationStrategy.BEST_FIT,
        enable_defragmentation: bool = True,
        defrag_threshold: float = 0.3,
        *,
        on_evicted: Callable[[str], None] = lambda name: None,
        on_moved: Callable[[str, Move], None] = lambda name, move: None,
    ) -> None:
        """Start with nothing placed.

        Args:
            total_vram_gb: memory of the card, 10^9 bytes.
            allocation_strategy: which free block a request is cut from.
            enable_defragmentation: whether allocations may be moved.
            defrag_threshold: share of what is free, 0 to 1, that lies scattered before everything
                is pushed together without need.
            on_evicted: takes the name of what had to go.
            on_moved: takes the name of what lies elsewhere now.

        Raises:
            ValueError: the threshold is no share, or the card too small for one page.
        """
        if not 0 <= defrag_threshold <= 1:
            raise ValueError(f"defrag_threshold {defrag_threshold:g}: use 0 to 1")
        self._arena = Arena(
            int(total_vram_gb * 1e9), allocation_strategy, _PAGE, on_move=self._tell_move
        )
        self._may_move = enable_defragmentation
        self._threshold = defrag_threshold
        self._on_evicted = on_evicted
        self._on_moved = on_moved
        self._placed: dict[str, tuple[Block, int]] = {}
        self._lock = threading.RLock()

    def allocate(self, name: str, size_mb: float, priority: int = 5) -> bool:
        """Place an allocation (10^6 bytes); return whether there was room for it.

        Raises:
            ValueError: the name has an allocation, or less than one byte is asked for.
        """
        n_bytes = int(size_mb * 1e6)
        with self._lock:
            if name in self._placed:
                raise ValueError(f"{name!r} is allocated already: deallocate it first")
            block = self._arena.allocate(n_bytes) if self._made_room(n_bytes, priority) else None
            if block is None:
                return False
            self._placed[name] = block, priority
        return True

    def deallocate(self, name: str) -> bool:
        """Free an allocation; return whether there was one of this name."""
        with self._lock:
            placed = self._placed.pop(name, None)
            if placed is None:
                return False
            self._arena.free(placed[0])
            if self._may_move and self._arena.stats().fragmentation > self._threshold:
                self._arena.compact()
        return True

    def placements(self) -> tuple[Placement, ...]:
        """Return everything that is placed, in the order of the addresses."""
        with self._lock:
            placed = sorted(self._placed.items(), key=lambda item: item[1][0].offset)
            return tuple(
                Placement(name, block.offset / 1e6, block.n_bytes / 1e6, priority)
                for name, (block, priority) in placed
            )

    def get_stats(self) -> ArenaStats:
        """Return how full the card is, and how scattered."""
        return self._arena.stats()

    def _made_room(self, n_bytes: int, priority: int) -> bool:
        """Move and evict until a block fits; nothing is touched when it could not."""
        lower = sorted(
            (name for name, (_, other) in self._placed.items() if other < priority),
            key=lambda name: self._placed[name][1],
        )
        for n_gone in range(len(lower) + 1):
            going = [self._placed[name][0] for name in lower[:n_gone]]
            fits = self._arena.has_room(n_bytes, going)
            if not fits and not (
                self._may_move and self._arena.has_room(n_bytes, going, compacted=True)
            ):
                continue
            for name in lower[:n_gone]:
                self._arena.free(self._placed.pop(name)[0])
                self._on_evicted(name)
            if not fits:
                self._arena.compact()
            return True
        return False

    def _tell_move(self, move: Move) -> None:
        for name, (block, _) in self._placed.items():
            if block is move.block:
                self._on_moved(name, move)


@functools.cache
def get_optimized_vram_manager() -> OptimizedVRAMManager:
    """Return one of 32 GB that the whole process may share; irene itself does not use it."""
    return OptimizedVRAMManager(32.0)

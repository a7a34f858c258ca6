"""An arena: one stretch of memory, handles on its blocks, and a way to push them together."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from irene.memory.arena.spaces import AllocationStrategy, Space, space_of

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Move:
    """A block that lies elsewhere now."""

    block: Block
    """its handle"""
    before: int
    """bytes from the beginning of the arena"""
    after: int
    """bytes from the beginning of the arena"""


@dataclass(frozen=True, slots=True)
class ArenaStats:
    """How full an arena is, and how well what is free can be used."""

    size: int
    """bytes of the arena"""
    requested: int
    """bytes that were asked for and are in use"""
    granted: int
    """bytes that those blocks take"""
    largest_free: int
    """bytes of the largest block that could be given now"""
    blocks: int
    """blocks in use"""
    failures: int
    """requests for which there was no room"""
    moved: int
    """bytes that were moved to push blocks together"""

    @property
    def free(self) -> int:
        """Bytes that are in no block."""
        return self.size - self.granted

    @property
    def fragmentation(self) -> float:
        """Share of what is free that no single request could have, 0 to 1."""
        return 1.0 - self.largest_free / self.free if self.free else 0.0

    @property
    def waste(self) -> float:
        """Share of the blocks in use that nobody asked for, 0 to 1."""
        return 1.0 - self.requested / self.granted if self.granted else 0.0


class Block:
    """A handle on a block of an arena, which may be moved while it is not pinned."""

    __slots__ = ("_arena", "_place", "granted", "is_live", "n_bytes", "n_pins")

    def __init__(self, arena: Arena, place: int, n_bytes: int, granted: int) -> None:
        """Made by an arena."""
        self._arena = arena
        self._place = place
        self.n_bytes = n_bytes
        """what was asked for"""
        self.granted = granted
        """bytes that it takes"""
        self.is_live = True
        """whether it was not freed"""
        self.n_pins = 0
        """how many hold it where it is"""

    @property
    def offset(self) -> int:
        """Where it lies now, bytes from the beginning of the arena."""
        return self._place

    def moved_to(self, place: int) -> None:
        """Lie elsewhere; the arena's lock is held."""
        self._place = place

    @contextmanager
    def pinned(self) -> Iterator[Bytes | None]:
        """Keep it where it is, and have its bytes; None from an arena without memory.

        Raises:
            RuntimeError: it has been freed.
        """
        view = self._arena.pin(self)
        try:
            yield view
        finally:
            self._arena.unpin(self)


class Arena:
    """Gives out blocks of one stretch of memory; any thread may call any method.

    No two live blocks share a byte. Where a block lies is a multiple of the alignment. Freed
    neighbours are one free block at once. With a `memory` the blocks have bytes, which move along;
    without, the arena only decides where things are.
    """

    def __init__(
        self,
        size: int,
        strategy: AllocationStrategy = AllocationStrategy.BEST_FIT,
        alignment: int = 16,
        memory: Bytes | None = None,
        on_move: Callable[[Move], None] = lambda move: None,
    ) -> None:
        """Start with all of it free.

        Args:
            size: bytes; what is no multiple of the alignment is left unused.
            strategy: which free block a request is cut from.
            alignment: bytes, a power of two.
            memory: at least `size` bytes, shape (n,).
            on_move: told of every move, in the thread that called `compact`, before anybody else
                can ask for the block's place.

        Raises:
            ValueError: a size is impossible, or the memory too small.
        """
        if alignment < 1 or alignment & (alignment - 1):
            raise ValueError(f"alignment {alignment}: use a power of two")
        if size < alignment:
            raise ValueError(f"an arena of {size} bytes has no room for one block of {alignment}")
        if memory is not None and memory.nbytes < size:
            raise ValueError(f"a memory of {memory.nbytes} bytes is too small for {size}")
        self.strategy = strategy
        """which free block a request is cut from"""
        self._unit = alignment
        self._n_units = size // alignment
        self._memory = memory
        self._on_move = on_move
        self._space: Space = space_of(strategy, self._n_units)
        self._blocks: dict[int, Block] = {}
        self._lock = threading.RLock()
        self._failures = self._moved = 0

    def allocate(self, n_bytes: int) -> Block | None:
        """Return a block, or None when no free one is large enough.

        Raises:
            ValueError: less than one byte is asked for.
        """
        if n_bytes < 1:
            raise ValueError(f"a block of {n_bytes} bytes: at least 1")
        with self._lock:
            taken = self._space.take(self._units(n_bytes))
            if taken is None:
                self._failures += 1
                return None
            place, granted = (one * self._unit for one in taken)
            block = self._blocks[place] = Block(self, place, n_bytes, granted)
            return block

    def free(self, block: Block) -> None:
        """Take a block back.

        Raises:
            RuntimeError: it has been freed before, is pinned, or another arena's.
        """
        with self._lock:
            self._require_own(block)
            if block.n_pins:
                raise RuntimeError("this block is in use: it is pinned")
            del self._blocks[block.offset]
            block.is_live = False
            self._space.give(block.offset // self._unit, block.granted // self._unit)

    def compact(self) -> tuple[Move, ...]:
        """Push the blocks together; return which were moved, in the order of the moves.

        While a block is pinned, nothing is moved.
        """
        with self._lock:
            if any(block.n_pins for block in self._blocks.values()):
                return ()
            self._space, places = self._space.packed(self._occupied(()))
            moves = [
                Move(block, before, places[before // self._unit] * self._unit)
                for before, block in sorted(self._blocks.items())
            ]
            moves = [move for move in moves if move.before != move.after]
            self._carry_out(moves)
        return tuple(moves)

    def has_room(
        self, n_bytes: int, without: Collection[Block] = (), compacted: bool = False
    ) -> bool:
        """Return whether a block would fit if those were freed; nothing is changed.

        With `compacted`, if the rest were pushed together, too.
        """
        with self._lock:
            if compacted:
                trial, _ = self._space.packed(self._occupied(without))
            else:
                trial = copy.deepcopy(self._space)
                for block in without:
                    trial.give(block.offset // self._unit, block.granted // self._unit)
            return trial.take(self._units(n_bytes)) is not None

    def stats(self) -> ArenaStats:
        """Return a snapshot of all figures."""
        with self._lock:
            live = self._blocks.values()
            return ArenaStats(
                size=self._n_units * self._unit,
                requested=sum(block.n_bytes for block in live),
                granted=sum(block.granted for block in live),
                largest_free=max(self._space.free().values(), default=0) * self._unit,
                blocks=len(live),
                failures=self._failures,
                moved=self._moved,
            )

    def pin(self, block: Block) -> Bytes | None:
        """See `Block.pinned`."""
        with self._lock:
            self._require_own(block)
            block.n_pins += 1
            if self._memory is None:
                return None
            return self._memory[block.offset : block.offset + block.n_bytes]

    def unpin(self, block: Block) -> None:
        """Let it be moved again."""
        with self._lock:
            block.n_pins -= 1

    def _units(self, n_bytes: int) -> int:
        return -(-n_bytes // self._unit)

    def _occupied(self, without: Collection[Block]) -> list[tuple[int, int]]:
        """Return place and size of the blocks but those, in units."""
        staying = (block for block in self._blocks.values() if block not in without)
        return [(one.offset // self._unit, one.granted // self._unit) for one in staying]

    def _carry_out(self, moves: list[Move]) -> None:
        """Move bytes and handles, then tell; new places overlap old ones."""
        old = None if self._memory is None or not moves else self._memory.copy()
        for move in moves:
            block, n_bytes = move.block, move.block.n_bytes
            if self._memory is not None and old is not None:
                moved = old[move.before : move.before + n_bytes]
                self._memory[move.after : move.after + n_bytes] = moved
            block.moved_to(move.after)
            self._moved += n_bytes
        self._blocks = {block.offset: block for block in self._blocks.values()}
        for move in moves:
            self._on_move(move)

    def _require_own(self, block: Block) -> None:
        if not block.is_live:
            raise RuntimeError("this block has been freed before")
        if self._blocks.get(block.offset) is not block:
            raise RuntimeError("this block belongs to another arena")

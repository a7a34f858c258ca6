"""Blocks out of one stretch of memory, under every strategy."""

import random
import threading

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from irene.memory.arena.arena import Arena
from irene.memory.arena.spaces import AllocationStrategy as Strategy
from irene.memory.arena.spaces import BuddySpace, ListedSpace

EVERY = pytest.mark.parametrize("strategy", list(Strategy), ids=str)


def arena(size=1000, strategy=Strategy.FIRST_FIT, alignment=1, **options):
    return Arena(size, strategy, alignment, **options)


class Blocks(RuleBasedStateMachine):
    """Whatever is asked for, freed and moved: each block keeps its bytes, and nobody shares one."""

    strategy = Strategy.FIRST_FIT

    @initialize(size=st.integers(64, 3000), alignment=st.sampled_from([1, 4, 16]))
    def start(self, size, alignment):
        """Begin with all of it free."""
        self.alignment, self.size = alignment, size // alignment * alignment
        self.memory = np.zeros(size, np.uint8)
        self.told = []
        self.arena = Arena(size, self.strategy, alignment, self.memory, self.told.append)
        self.live, self.n_made, self.failures = {}, 0, 0

    @rule(n_bytes=st.integers(1, 400))
    def allocate(self, n_bytes):
        """Ask for a block and write its number into it."""
        had_room = self.arena.has_room(n_bytes)
        largest = self.arena.stats().largest_free
        block = self.arena.allocate(n_bytes)
        assert (block is not None) == had_room
        if block is None:
            self.failures += 1
            needed = -(-n_bytes // self.alignment) * self.alignment
            if self.strategy is not Strategy.BUDDY:
                assert needed > largest
            return
        self.n_made += 1
        self.live[block] = self.n_made % 251
        with block.pinned() as view:
            assert view.size == n_bytes
            view[:] = self.live[block]

    @rule(data=st.data())
    def free(self, data):
        """Give one back."""
        if self.live:
            block = data.draw(st.sampled_from(sorted(self.live, key=lambda one: one.offset)))
            del self.live[block]
            self.arena.free(block)
            with pytest.raises(RuntimeError, match="freed before"):
                self.arena.free(block)

    @rule()
    def compact(self):
        """Push them together: what is free is in one piece, but for powers of two."""
        before = {block: block.offset for block in self.live}
        moves = self.arena.compact()
        assert self.told[len(self.told) - len(moves) :] == list(moves)
        assert {m.block: (m.before, m.after) for m in moves} == {
            block: (place, block.offset) for block, place in before.items() if place != block.offset
        }
        stats = self.arena.stats()
        if self.strategy is not Strategy.BUDDY:
            assert stats.largest_free == stats.free

    @invariant()
    def nobody_shares_a_byte(self):
        """Blocks are apart, aligned, within the arena, and hold what was written."""
        if not hasattr(self, "arena"):
            return
        end = 0
        for block in sorted(self.live, key=lambda one: one.offset):
            assert block.offset >= end
            assert block.offset % self.alignment == 0
            assert block.granted >= block.n_bytes
            end = block.offset + block.granted
            with block.pinned() as view:
                assert (view == self.live[block]).all()
        assert end <= self.size

    @invariant()
    def the_figures_add_up(self):
        """Nothing is lost, and free neighbours are one block."""
        if not hasattr(self, "arena"):
            return
        stats, free = self.arena.stats(), self.arena._space.free()
        assert stats.requested == sum(block.n_bytes for block in self.live)
        assert stats.granted == sum(block.granted for block in self.live)
        assert (stats.blocks, stats.failures) == (len(self.live), self.failures)
        assert stats.free == sum(free.values()) * self.alignment
        if self.strategy is not Strategy.BUDDY:
            assert not {place + size for place, size in free.items()} & free.keys()
        if not self.live and self.strategy is not Strategy.BUDDY:
            assert stats.largest_free == self.size


class BestBlocks(Blocks):
    """Best fit."""

    strategy = Strategy.BEST_FIT


class WorstBlocks(Blocks):
    """Worst fit."""

    strategy = Strategy.WORST_FIT


class BuddyBlocks(Blocks):
    """Buddies."""

    strategy = Strategy.BUDDY


TestFirstFit = Blocks.TestCase
TestBestFit = BestBlocks.TestCase
TestWorstFit = WorstBlocks.TestCase
TestBuddies = BuddyBlocks.TestCase
for case in (TestFirstFit, TestBestFit, TestWorstFit, TestBuddies):
    case.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


def holes(strategy):
    """Return an arena of 100 with free blocks of 30 (at 0), 10 (at 40) and 50 (at 60)."""
    one = arena(110, strategy)
    blocks = [one.allocate(size) for size in (30, 10, 10, 10, 50)]
    for index in (0, 2, 4):
        one.free(blocks[index])
    return one


@pytest.mark.parametrize(
    ("strategy", "place"),
    [(Strategy.FIRST_FIT, 0), (Strategy.BEST_FIT, 40), (Strategy.WORST_FIT, 60)],
    ids=str,
)
def test_each_strategy_takes_another_hole(strategy, place):
    """Holes of 30, 10 and 50; 8 bytes are asked for."""
    assert holes(strategy).allocate(8).offset == place


def test_a_buddy_gets_a_power_of_two_and_is_joined_with_its_other_half():
    """As often as that is free."""
    space = BuddySpace(64)
    places = [space.take(n_units) for n_units in (9, 16, 5)]
    assert places == [(0, 16), (16, 16), (32, 8)]
    space.give(0, 16)
    assert space.free() == {0: 16, 40: 8, 48: 16}
    space.give(16, 16)
    assert space.free() == {0: 32, 40: 8, 48: 16}
    space.give(32, 8)
    assert space.free() == {0: 64}


def test_a_space_of_no_power_of_two_is_several():
    """None of it is left unused, and they are never joined."""
    space = BuddySpace(100)
    assert space.free() == {0: 64, 64: 32, 96: 4}
    for place, n_units in (space.take(64), space.take(32)):
        space.give(place, n_units)
    assert space.free() == {0: 64, 64: 32, 96: 4}


def test_freed_neighbours_are_one_block_at_once():
    """Before, behind, and both."""
    space = ListedSpace(30, Strategy.FIRST_FIT)
    for _ in range(3):
        space.take(10)
    space.give(0, 10)
    space.give(20, 10)
    assert space.free() == {0: 10, 20: 10}
    space.give(10, 10)
    assert space.free() == {0: 30}


@EVERY
def test_what_is_scattered_fits_after_compaction(strategy):
    """Nobody could have had 64 before."""
    one = arena(128, strategy)
    blocks = [one.allocate(16) for _ in range(8)]
    for block in blocks[::2]:
        one.free(block)
    assert one.stats().fragmentation == 0.75
    assert not one.has_room(64)
    assert one.has_room(64, compacted=True)
    assert one.has_room(64, without=[blocks[1], blocks[3]])
    assert one.allocate(64) is None
    assert one.compact()
    assert one.allocate(64) is not None
    assert one.stats().moved == one.stats().requested - 64 - 16 * (blocks[1].offset == 16)


def test_what_is_pinned_is_not_moved():
    """Whoever looks at its bytes sees the same ones throughout."""
    one = arena(100, memory=np.zeros(100, np.uint8))
    first, second = one.allocate(10), one.allocate(10)
    one.free(first)
    with second.pinned() as view:
        view[:] = 7
        assert one.compact() == ()
        with pytest.raises(RuntimeError, match="pinned"):
            one.free(second)
    assert [move.after for move in one.compact()] == [0]
    with second.pinned() as view:
        assert (view == 7).all()


def test_an_arena_without_memory_only_decides_where_things_are():
    """Its blocks have no bytes."""
    with arena().allocate(10).pinned() as view:
        assert view is None


def test_the_waste_of_buddies_is_counted():
    """9 bytes take 16."""
    buddies = arena(64, Strategy.BUDDY)
    buddies.allocate(9)
    assert buddies.stats().waste == pytest.approx(7 / 16)


@pytest.mark.parametrize(
    "make",
    [
        lambda: arena(10, alignment=3),
        lambda: arena(10, alignment=16),
        lambda: arena(10, memory=np.zeros(9, np.uint8)),
        lambda: arena().allocate(0),
    ],
)
def test_what_cannot_be_is_refused(make):
    """An alignment that is no power of two, an arena without room, no bytes."""
    with pytest.raises(ValueError, match=r"power of two|no room|too small|at least 1"):
        make()


def test_blocks_of_another_arena_are_refused():
    """Rather than somebody else's block freed."""
    mine, other = arena(), arena()
    mine.allocate(10)
    with pytest.raises(RuntimeError, match="another arena"):
        mine.free(other.allocate(10))


@EVERY
def test_threads_never_see_each_others_bytes(strategy):
    """While they ask, write, look, free and move."""
    memory = np.zeros(8000, np.uint8)
    shared, troubles = Arena(8000, strategy, 4, memory), []

    def work(number):
        chance, live = random.Random(number), []
        for _ in range(300):
            block = shared.allocate(chance.randint(1, 300))
            if block is not None:
                live.append(block)
                with block.pinned() as view:
                    view[:] = number
            if live and (block is None or chance.random() < 0.4):
                gone = live.pop(chance.randrange(len(live)))
                with gone.pinned() as view:
                    if not (view == number).all():
                        troubles.append(number)
                shared.free(gone)
            if chance.random() < 0.1:
                shared.compact()
        for block in live:
            shared.free(block)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert troubles == []
    assert shared.stats().granted == 0

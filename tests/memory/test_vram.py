"""What lies where on a card, by name."""

import random
import threading

import pytest

from irene.memory.arena.spaces import AllocationStrategy
from irene.memory.arena.vram import OptimizedVRAMManager, get_optimized_vram_manager


def card(gigabytes=10.0, **options):
    """Return an empty card."""
    return OptimizedVRAMManager(total_vram_gb=gigabytes, **options)


def names(manager):
    return [one.name for one in manager.placements()]


def test_it_works_as_its_documentation_shows():
    """A strategy, a threshold, names and priorities."""
    vram = OptimizedVRAMManager(
        total_vram_gb=32.0,
        allocation_strategy=AllocationStrategy.BEST_FIT,
        enable_defragmentation=True,
        defrag_threshold=0.2,
    )
    assert vram.allocate("moshi_model", size_mb=4096, priority=8)
    assert vram.get_stats().requested == 4096 * 10**6
    assert vram.deallocate("moshi_model")
    assert not vram.deallocate("moshi_model")


def test_what_does_not_fit_is_refused():
    """And nothing else is touched."""
    vram = card()
    assert vram.allocate("a", 6000, priority=5)
    assert not vram.allocate("b", 6000, priority=5)
    assert not vram.allocate("c", 20_000, priority=9)
    assert names(vram) == ["a"]


def test_a_name_is_allocated_once():
    """A second time would lose the first."""
    vram = card()
    vram.allocate("a", 1)
    with pytest.raises(ValueError, match="allocated already"):
        vram.allocate("a", 1)


def test_what_is_worth_less_makes_room():
    """The lowest first, no more than needed, never an equal."""
    evicted = []
    vram = card(on_evicted=evicted.append)
    for name, priority in (("low", 1), ("middle", 3), ("high", 8)):
        assert vram.allocate(name, 3000, priority)
    assert vram.allocate("new", 3000, priority=8)
    assert evicted == ["low"]
    assert not vram.allocate("newer", 7000, priority=8)
    assert evicted == ["low"]
    assert sorted(names(vram)) == ["high", "middle", "new"]


@pytest.mark.parametrize("may_move", [True, False])
def test_what_is_scattered_is_pushed_together_where_that_is_allowed(may_move):
    """Two holes of 3 GB serve 5 GB only then."""
    moved = []
    vram = card(
        enable_defragmentation=may_move,
        defrag_threshold=1.0,
        on_moved=lambda name, move: moved.append((name, move.before > move.after)),
    )
    for name in ("a", "b", "c"):
        vram.allocate(name, 3000, priority=5)
    vram.deallocate("a")
    vram.deallocate("c")
    assert vram.allocate("large", 5000) == may_move
    assert moved == ([("b", True)] if may_move else [])


def test_beyond_the_threshold_it_is_pushed_together_without_need():
    """When something is freed."""
    vram = card(defrag_threshold=0.2, allocation_strategy=AllocationStrategy.FIRST_FIT)
    for name in "abc":
        vram.allocate(name, 3000)
    vram.deallocate("a")
    vram.deallocate("c")
    assert vram.get_stats().fragmentation == 0.0
    assert vram.placements()[0].offset_mb == 0.0


@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_a_threshold_is_a_share(threshold):
    """Anything else is a mistake."""
    with pytest.raises(ValueError, match="use 0 to 1"):
        card(defrag_threshold=threshold)


def test_threads_place_without_overlap():
    """Whatever they allocate, evict and free."""
    vram, troubles = card(2.0, defrag_threshold=0.3), []

    def work(number):
        chance = random.Random(number)
        for step in range(60):
            name = f"{number} {step}"
            vram.allocate(name, chance.randint(1, 600), chance.randint(0, 9))
            end = 0.0
            for one in vram.placements():
                if one.offset_mb < end:
                    troubles.append(one)
                end = one.offset_mb + one.size_mb
            if chance.random() < 0.6:
                vram.deallocate(name)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert troubles == []


def test_there_is_one_for_the_whole_process():
    """Whoever asks gets the same."""
    assert get_optimized_vram_manager() is get_optimized_vram_manager()

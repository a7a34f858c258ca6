"""Memory over laps: a planted leak is found, and nothing is suspected where there is none."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irene.performance.profiling.allocations import LEAST_GROWTH, AllocationWatch
from irene.performance.profiling.ownership import Ownership
from irene.performance.profiling.tracing import Tracing


def watched(lap, laps=4, **settings):
    """Return the memory of a workload: one lap to warm up, then so many that count."""
    watch = AllocationWatch(Ownership(), collects=False, **settings)
    watch.begin()
    lap(0)
    watch.warm_up_is_over()
    for number in range(1, laps + 1):
        lap(number)
        watch.lap()
    return watch.end()


def own_suspects(memory):
    return [one for one in memory.suspects if one.site.file == __file__]


def test_a_planted_leak_is_found_with_its_line():
    """And how much it grew by in each lap."""
    kept = []
    memory = watched(lambda number: kept.append(bytearray(10_000)))
    (leak,) = own_suspects(memory)
    assert len(leak.growth) == 4
    assert all(10_000 <= one < 12_000 for one in leak.growth)
    assert leak.per_lap == pytest.approx(10_000, rel=0.2)
    assert leak.site.blocks >= 4
    assert leak.site == next(one for one in memory.sites if one.file == __file__)


def test_what_is_freed_in_every_lap_is_no_leak():
    """However much it is."""
    memory = watched(lambda number: bytearray(1_000_000))
    assert own_suspects(memory) == []
    assert memory.peak >= 1_000_000


def test_a_cache_that_fills_while_warming_up_is_no_leak():
    """What the first lap allocates does not count."""
    cache = {}
    memory = watched(lambda number: cache.setdefault("model", bytearray(1_000_000)))
    assert own_suspects(memory) == []
    assert [one for one in memory.sites if one.file == __file__ and one.bytes > 1000] == []


def test_a_single_growth_is_no_leak():
    """It has to grow in every lap."""
    kept = []
    memory = watched(lambda number: kept.append(bytearray(50_000)) if number == 2 else None)
    assert own_suspects(memory) == []
    assert max(one.bytes for one in memory.sites if one.file == __file__) >= 50_000


def test_too_few_laps_are_no_evidence():
    """Two that grow may be chance."""
    kept = []
    memory = watched(lambda number: kept.append(bytearray(10_000)), laps=2)
    assert memory.suspects == ()
    assert len(memory.laps) == 3


def test_what_belongs_to_a_component_is_told_so(tmp_path):
    """By the nearest caller of the line that allocates."""
    folder = tmp_path / "irene_plugins" / "asr"
    folder.mkdir(parents=True)
    source = "def grow(kept, make):\n    kept.append(make())\n"
    scope = {}
    exec(compile(source, str(folder / "vosk.py"), "exec"), scope)
    kept = []
    memory = watched(lambda number: scope["grow"](kept, lambda: bytearray(10_000)))
    (leak,) = own_suspects(memory)
    assert leak.site.component == "asr"
    assert leak.site.function.endswith("vosk.py:2")


def test_ended_before_the_warm_up_was_over():
    """There is nothing to compare, and tracing is off again."""
    watch = AllocationWatch(Ownership())
    watch.begin()
    memory = watch.end()
    assert (memory.laps, memory.sites, memory.suspects) == ((), (), ())
    assert not tracemalloc.is_tracing()


def test_tracing_that_somebody_began_goes_on():
    """Only what was begun here is ended here."""
    tracemalloc.start()
    try:
        watched(lambda number: None)
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_tracing_that_somebody_else_ends_is_no_error():
    """There is just less to tell."""
    watch = AllocationWatch(Ownership())
    watch.begin()
    watch.warm_up_is_over()
    tracemalloc.stop()
    watch.lap()
    assert watch.end().suspects == ()


@given(st.lists(st.booleans(), max_size=20))
def test_tracing_is_on_while_anybody_wants_it(steps):
    """Against a count of who does."""
    tracing, wanted = Tracing(), 0
    for begins in steps:
        if begins:
            tracing.begin(1)
            wanted += 1
        elif wanted:
            tracing.end()
            wanted -= 1
        assert tracemalloc.is_tracing() is (wanted > 0)
    for _ in range(wanted):
        tracing.end()
    assert not tracemalloc.is_tracing()


@settings(max_examples=15)
@given(st.lists(st.integers(0, 4), min_size=3, max_size=5))
def test_suspected_is_what_grows_in_every_lap(growth):
    """Against the rule in plain words, for growth of any number of blocks a lap."""
    kept = []
    steps = [0, *growth]
    memory = watched(
        lambda number: kept.extend(bytearray(8192) for _ in range(steps[number])),
        laps=len(growth),
    )
    leaks = [one for one in own_suspects(memory) if one.per_lap > LEAST_GROWTH * 4]
    assert bool(leaks) is (min(growth) > 0)

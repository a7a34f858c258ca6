"""Caches and pools that give memory back: when, how much, and whether they really do."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.memory.usage import Usage
from irene.memory.watermark import HIGH, LOW, MemoryWatermark
from irene.testing import VirtualClock


class Holder:
    """Remembers what it may keep."""

    def __init__(self):
        self.shares = [1.0]

    def shrink(self, share):
        self.shares.append(share)

    def restore(self):
        self.shares.append(1.0)


class Bench:
    """A watermark whose readings a test decides."""

    def __init__(self, n_holders=1):
        self.used = 0
        self.freed = 0
        self.readings = 0
        self.clock = VirtualClock()
        self.holders = [Holder() for _ in range(n_holders)]
        self.events = []
        self.watermark = MemoryWatermark(
            self.read, self.holders, self.events.append, self.clock, self.release
        )

    def read(self):
        self.readings += 1
        return Usage(self.used, 1000)

    def release(self):
        self.used -= self.freed

    def look(self, used):
        """Let the next look find so much in use; return what the holders may keep then."""
        self.used = used
        self.clock.advance(5.0)
        self.watermark.check()
        return self.holders[0].shares[-1]


def test_above_the_mark_caches_shrink_step_by_step_and_then_stay():
    """Half, a quarter, nothing."""
    bench = Bench()
    assert [bench.look(900) for _ in range(5)] == [0.5, 0.25, 0.0, 0.0, 0.0]
    assert [event.share for event in bench.events] == [0.5, 0.25, 0.0]


def test_below_the_lower_mark_they_grow_back_in_the_same_steps():
    """Not all at once: what they take then has to be looked at."""
    bench = Bench()
    for _ in range(3):
        bench.look(900)
    assert [bench.look(700) for _ in range(5)] == [0.25, 0.5, 1.0, 1.0, 1.0]


def test_between_the_marks_nothing_changes():
    """So caches are not filled and emptied in turn."""
    bench = Bench()
    assert [bench.look(used) for used in (800, 849, 751)] == [1.0, 1.0, 1.0]
    assert [bench.look(used) for used in (860, 800, 851, 760, 750, 740)] == [
        *(0.5, 0.5, 0.25, 0.25, 0.25, 0.5)
    ]


@given(st.lists(st.integers(0, 1200), max_size=40))
def test_what_caches_may_keep_follows_the_readings_one_step_at_a_time(readings):
    """For any readings; every change is told, and nothing else is."""
    bench, steps = Bench(), [1.0, 0.5, 0.25, 0.0]
    step, changes = 0, []
    for used in readings:
        before = step
        step = min(step + 1, 3) if used > HIGH * 1000 else step
        step = max(step - 1, 0) if used < LOW * 1000 else step
        assert bench.look(used) == steps[step]
        changes += [steps[step]] if step != before else []
    assert [event.share for event in bench.events] == changes


def test_every_holder_is_told():
    """All the same."""
    bench = Bench(n_holders=3)
    bench.look(1100)
    assert [holder.shares for holder in bench.holders] == [[1.0, 0.5]] * 3


def test_the_event_says_what_was_used_and_what_was_freed():
    """In 10^6 bytes; nothing is freed when caches may grow."""
    bench = Bench()
    read = iter([Usage(431_240_000, 500_000_000), Usage(392_300_000, 500_000_000)])
    bench.watermark = MemoryWatermark(
        lambda: next(read), bench.holders, bench.events.append, bench.clock, lambda: None
    )
    bench.look(0)
    (event,) = bench.events
    assert event.to_dict() == {
        "event": "memory_pressure",
        "session": None,
        "time_s": 0.0,
        "used_mb": 431.2,
        "limit_mb": 500.0,
        "freed_mb": 38.9,
        "share": 0.5,
    }


def test_it_looks_every_five_seconds_however_often_it_is_asked():
    """A look costs more than a block of audio."""
    bench = Bench()
    for _ in range(80):
        bench.clock.advance(0.25)
        bench.watermark.check()
    assert bench.readings == 4


def test_another_limit_and_other_holders_are_taken_over_at_the_step_that_was_reached():
    """Whoever is new gives as much back as the others have."""
    bench = Bench()
    bench.look(900)
    new = Holder()
    bench.watermark.renew(lambda: Usage(100, 1000), [new])
    assert new.shares[-1] == bench.holders[0].shares[-1] < 1.0
    bench.look(0)
    assert new.shares[-1] == 1.0
    assert bench.holders[0].shares[-1] < 1.0, "it is looked after no more"
    bench.watermark.renew(None, [new])
    bench.look(0)
    assert new.shares[-1] == 1.0


def test_when_the_limit_is_taken_away_all_is_given_back():
    """Nobody looks any more, so nobody could give it back later."""
    bench = Bench()
    bench.look(900)
    bench.watermark.renew(None, bench.holders)
    assert bench.holders[0].shares == [1.0, 0.5, 1.0]
    bench.watermark.renew(bench.read, bench.holders)
    assert bench.look(900) == 0.5


def test_without_a_limit_nothing_is_read():
    """And nothing is told."""
    bench = Bench()
    watermark = MemoryWatermark(None, bench.holders, bench.events.append, bench.clock)
    bench.clock.advance(100)
    watermark.check()
    assert bench.holders[0].shares == [1.0]


def test_free_memory_is_returned_only_after_shrinking():
    """It takes the C library milliseconds."""
    bench = Bench()
    bench.freed = 100
    bench.look(900)
    assert bench.used == 800
    bench.look(700)
    assert bench.used == 700


def test_threads_that_ask_at_once_get_one_look():
    """Nobody waits for another's look."""
    bench = Bench()
    looking, go_on = threading.Event(), threading.Event()

    def slow():
        looking.set()
        assert go_on.wait(10)
        return Usage(900, 1000)

    watermark = MemoryWatermark(slow, bench.holders, bench.events.append, bench.clock, lambda: None)
    bench.clock.advance(5)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(watermark.check)
        assert looking.wait(10)
        bench.clock.advance(5)
        watermark.check()
        go_on.set()
        first.result()
    assert bench.holders[0].shares == [1.0, 0.5]


_RSS = """
import json, sys
import numpy as np, psutil
from irene.cache.bounded import BoundedCache
from irene.memory.pool import AudioBufferPool
from irene.memory.usage import process_usage
from irene.memory.watermark import MemoryWatermark
from irene.testing import VirtualClock

def rss_mb():
    return psutil.Process().memory_info().rss / 1e6

def fill():
    for key in range(600):
        clip = rng.integers(-9, 9, 50_000, np.int16)  # 100 kB: below what malloc maps by itself
        cache.put(key, clip, clip.nbytes)
    loans = [pool.acquire(100_000) for _ in range(100)]
    for loan in loans:
        loan.data[:] = 1
    for loan in loans:
        loan.release()

rng = np.random.default_rng(0)
cache, pool, clock = BoundedCache(60_000_000), AudioBufferPool(max_buffers=200), VirtualClock()
bare = rss_mb()
fill()
full, seen, events = rss_mb(), [], []
limit = int(full * 1e6 / 0.9)
mark = MemoryWatermark(lambda: process_usage(limit), [cache, pool], events.append, clock)
for _ in range(4):
    clock.advance(5)
    mark.check()
    seen.append(rss_mb())
limit = int(full * 1e6 * 2)
for _ in range(4):
    clock.advance(5)
    mark.check()
fill()
print(json.dumps([bare, full, seen, rss_mb(), [e.share for e in events], events[0].freed_mb]))
"""


def test_the_memory_of_a_real_process_shrinks_and_grows_back():
    """Resident memory as the system counts it, with a cache of clips and a pool, both full."""
    done = subprocess.run(
        [sys.executable, "-c", _RSS], capture_output=True, text=True, check=True, timeout=60
    )
    bare, full, shrunk, again, shares, freed = json.loads(done.stdout)
    held = full - bare
    assert held > 90
    assert shares[0] == 0.5
    assert shrunk[0] < full - 0.4 * held
    assert freed == pytest.approx(full - shrunk[0], abs=10)
    assert shares[-1] == 1.0
    assert again > full - 0.1 * held

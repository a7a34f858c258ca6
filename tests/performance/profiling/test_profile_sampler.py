"""Looking at a real process: what is hot is found, waiting is not work, and nobody is held."""

import asyncio
import gc
import subprocess
import sys
import threading
import weakref
from functools import partial

import pytest
from planted import doze, doze_while, grind, in_threads, through_another, wait_for

from irene.performance.profiling.analysis import Analysis
from irene.performance.profiling.cpu_clocks import HAS_CPU_CLOCKS, clock_of, read_clock
from irene.performance.profiling.profile import Level, Profile, Subject
from irene.performance.profiling.sampler import Sampler, undisturbed
from irene.performance.profiling.watch import Watch

LINUX = pytest.mark.skipif(not HAS_CPU_CLOCKS, reason="needs clocks of threads, as Linux has")


def watched(work, level=Level.DETAILED, loop=None):
    """Return the profile of a call."""
    watch = Watch(Subject("block", "test"), level, loop=loop)
    watch.begin()
    try:
        work()
    finally:
        profile = watch.end()
    return profile


def time_in(profile, name):
    """Return the figures of a planted function; None when it was not seen."""
    found = Analysis(profile).functions()
    return next((one for one in found if one.function.name == name), None)


def test_a_planted_hot_function_is_found_with_its_caller():
    """At the top, above a fifth, as its own time; whoever called it has none."""
    profile = watched(partial(through_another, 0.1))
    analysis = Analysis(profile)
    (worst, *_) = analysis.functions()
    assert worst.function.name == "grind"
    assert "grind" in [one.function.name for one in analysis.bottlenecks()]
    caller = time_in(profile, "through_another")
    assert caller.exclusive_s < worst.exclusive_s / 2
    assert caller.inclusive_s == pytest.approx(worst.inclusive_s)
    assert [profile.functions[call.caller].name for call in analysis.callers(worst.place)] == [
        "through_another"
    ]


@LINUX
def test_waiting_is_not_processor_time():
    """Not in a call that waits natively, and not in one of Python's own."""
    event = threading.Event()
    finished = partial(grind, 0.1)
    profile = watched(
        lambda: in_threads(
            partial(doze_while, lambda: not event.is_set()),
            partial(wait_for, event),
            lambda: (finished(), event.set()),
        )
    )
    worked = time_in(profile, "grind").exclusive_s
    for name in ("doze", "wait_for"):
        waited = time_in(profile, name)
        assert waited.inclusive_s < worked / 4
        stacks = [
            one
            for thread in profile.threads
            for one in thread.stacks
            if waited.place in one.functions
        ]
        assert sum(one.wall_s for one in stacks if one.waits) > 0


@LINUX
def test_the_processor_time_of_a_thread_is_that_of_its_clock():
    """Whatever samples say: the sum over its stacks is exact but for its ends."""
    profile = watched(lambda: in_threads(partial(grind, 0.05), partial(grind, 0.1)))
    found = {one.name: one.cpu_s for one in profile.threads}
    assert found["planted-1"] == pytest.approx(0.1, rel=0.5)
    assert 0 < found["planted-0"] < found["planted-1"]


@pytest.mark.measures
def test_without_a_hot_function_none_is_named():
    """A process that waits has no bottleneck of the planted ones."""
    profile = watched(partial(doze, 0.5))
    names = [one.function.name for one in Analysis(profile).bottlenecks()]
    assert "grind" not in names
    assert "doze" not in names


def test_threads_are_told_apart_by_name():
    """Those that come later, too; the sampler itself is not among them."""
    profile = watched(lambda: in_threads(partial(grind, 0.03), partial(grind, 0.03)))
    names = {one.name for one in profile.threads}
    assert {"planted-0", "planted-1", threading.current_thread().name} <= names
    assert "irene-profiler" not in names


def test_tasks_that_wait_are_told_with_what_they_wait_in():
    """Each coroutine of the chain, and the task that one waits for."""

    async def inner(event):
        await event.wait()

    async def outer(event):
        await inner(event)

    async def main():
        watch = Watch(Subject("block", "test"), Level.DETAILED, loop=asyncio.get_running_loop())
        watch.begin()
        event = asyncio.Event()
        task = asyncio.ensure_future(outer(event))
        while not watch._tally.tasks:
            await asyncio.sleep(0.005)
        event.set()
        await task
        return watch.end()

    profile = asyncio.run(main())
    chains = [[profile.functions[at].name for at in one.functions] for one in profile.tasks]
    waited = next(chain for chain in chains if chain[0].endswith("outer"))
    assert waited[1].endswith("inner")
    assert waited[2].endswith("Event.wait") or waited[2] == "wait"


def test_a_profile_survives_being_written():
    """Read again it is the same."""
    profile = watched(partial(grind, 0.02), Level.BASIC)
    assert Profile.from_dict(profile.to_dict()) == profile


def test_nothing_that_a_function_works_with_is_kept_alive():
    """What is local to a function that was seen is freed when the function ends."""

    class Big:
        pass

    def with_local(refs):
        local = Big()
        refs.append(weakref.ref(local))
        grind(0.02)

    refs = []
    watch = Watch(Subject("block", "test"), Level.COMPREHENSIVE)
    watch.begin()
    with_local(refs)
    gc.collect()
    alive = refs[0]()
    watch.end()
    assert alive is None


class Counter:
    """A listener that counts."""

    interval_s = 0.001
    loop = None
    wants_tasks = False

    def __init__(self):
        self.taken = 0
        self.enough = threading.Event()

    def take(self, glance):
        """Count."""
        self.taken += 1
        if self.taken >= 3:
            self.enough.set()


def test_several_may_listen_and_who_leaves_is_not_called_any_more():
    """The thread looks for as many as there are, and ends with `close`."""
    sampler, one, other = Sampler(), Counter(), Counter()
    sampler.add(one)
    sampler.add(other)
    assert one.enough.wait(60)
    assert other.enough.wait(60)
    sampler.remove(one)
    left, other.taken = one.taken, 0
    other.enough.clear()
    assert other.enough.wait(60)
    assert one.taken == left
    sampler.close()
    assert sampler.effort.samples >= left
    assert not [one for one in threading.enumerate() if one.name == "irene-profiler"]


@LINUX
def test_the_clock_of_a_thread_that_has_ended_is_no_clock():
    """Asking for it is safe."""
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    for _ in range(10_000):  # the system may take a moment to be done with it
        if read_clock(clock_of(thread.native_id)) is None:
            break
        doze(0.001)
    assert read_clock(clock_of(thread.native_id)) is None
    assert read_clock(clock_of(threading.get_native_id())) > 0
    assert read_clock(clock_of(None)) is None


COLLECTING = """
import gc, threading, time
import sys
from irene.performance.profiling.sampler import undisturbed

class Slow:
    def __del__(self):
        time.sleep(0.0001)

def come_and_go():
    while True:
        threads = [threading.Thread(target=int) for _ in range(4)]
        [one.start() for one in threads]
        [one.join() for one in threads]

for _ in range(3):
    threading.Thread(target=come_and_go, daemon=True).start()
gc.set_threshold(1)
for _ in range(1000):
    garbage = Slow()
    garbage.itself = garbage
    del garbage
    with undisturbed():
        sys._current_frames()
assert gc.isenabled()
"""


def test_garbage_is_no_trap_for_whoever_looks():
    """Where every object made begins a collection, and threads come and go, Python would stop."""
    command = [sys.executable, "-c", COLLECTING]
    assert subprocess.run(command, timeout=60, check=False).returncode == 0


def test_no_other_thread_gets_its_turn_while_stacks_are_walked():
    """Not after 5 ms as usual, nor the garbage collector; behind that they do."""
    usual_s = sys.getswitchinterval()
    with undisturbed():
        assert sys.getswitchinterval() > 5 * usual_s
        assert not gc.isenabled()
    assert sys.getswitchinterval() == usual_s
    assert gc.isenabled()

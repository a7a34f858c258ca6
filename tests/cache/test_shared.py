"""A cache whose missing values are made once."""

import asyncio
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest
from waiting import until

from irene.cache.bounded import BoundedCache
from irene.cache.shared import SharedCache
from irene.components.threads import in_thread
from irene.testing import VirtualClock


class BrokenError(Exception):
    """What the making raises."""


class Kitchen:
    """Makes values when it is let, and counts."""

    def __init__(self, outcome=b"value"):
        self.outcome = outcome
        self.calls = 0
        self.may_end = threading.Event()

    def make(self):
        self.calls += 1
        assert self.may_end.wait(5)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def cache(max_bytes=100, max_entries=None):
    return SharedCache(BoundedCache(max_bytes, max_entries, size_of=len))


def elsewhere(work):
    return in_thread("test", work)


def test_a_value_is_made_once_and_then_found():
    """The second look-up is a hit and makes nothing."""
    shared, calls = cache(), []
    found = [shared.get("key", lambda: calls.append(1) or b"value") for _ in range(2)]
    assert [one.is_hit for one in found] == [False, True]
    assert {one.value for one in found} == {b"value"}
    assert len(calls) == 1


def test_what_is_not_worth_keeping_is_for_those_who_wait_for_it_only():
    """It takes no other value's place; whoever asks next has another one made."""
    shared, kitchen = cache(max_entries=1), Kitchen(b"stale")
    shared.get("other", lambda: b"value")
    with ThreadPoolExecutor(3) as pool:
        asked = [
            pool.submit(shared.get, "key", kitchen.make, is_worth_keeping=lambda made: False)
            for _ in range(3)
        ]
        until(lambda: shared.kept.stats().misses == 4)
        kitchen.may_end.set()
        found = [one.result(5) for one in asked]
    assert {one.value for one in found} == {b"stale"}
    assert shared.get("other", lambda: b"new").value == b"value"
    assert shared.get("key", lambda: b"fresh").value == b"fresh"


def test_eight_threads_at_once_make_one_value():
    """Seven wait for the first."""
    shared, kitchen = cache(), Kitchen()
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(shared.get, "key", kitchen.make) for _ in range(8)]
        kitchen.may_end.set()
        found = [one.result(5) for one in asked]
    assert kitchen.calls == 1
    assert sorted(one.is_hit for one in found) == [False] + [True] * 7
    assert (shared.stats().hits, shared.stats().misses) == (7, 1)


def test_eight_tasks_at_once_make_one_value():
    """Tasks of one loop wait for the thread that works for the first."""

    async def main():
        shared, kitchen = cache(), Kitchen()
        asked = [
            asyncio.create_task(shared.get_async("key", kitchen.make, elsewhere)) for _ in range(8)
        ]
        await asyncio.sleep(0)
        kitchen.may_end.set()
        return kitchen, shared, await asyncio.gather(*asked)

    kitchen, shared, found = asyncio.run(main())
    assert kitchen.calls == 1
    assert sum(one.is_hit for one in found) == 7
    assert (shared.stats().hits, shared.stats().misses) == (7, 1)


def test_threads_and_tasks_wait_for_each_other():
    """A thread that comes while a task's value is being made gets that one."""

    async def main():
        shared, kitchen = cache(), Kitchen()
        first = asyncio.create_task(shared.get_async("key", kitchen.make, elsewhere))
        await asyncio.sleep(0)
        second = asyncio.create_task(in_thread("test", lambda: shared.get("key", kitchen.make)))
        await asyncio.sleep(0)
        kitchen.may_end.set()
        return kitchen.calls, await first, await second

    calls, first, second = asyncio.run(main())
    assert calls == 1
    assert (first.value, second.value) == (b"value", b"value")


@pytest.mark.parametrize("who", [0, 1], ids=["who makes it", "who waits"])
def test_who_is_cancelled_takes_nobody_along(who):
    """Neither the task that began the work nor one that waits for it."""

    async def main():
        shared, kitchen = cache(), Kitchen()
        asked = [
            asyncio.create_task(shared.get_async("key", kitchen.make, elsewhere)) for _ in range(3)
        ]
        await asyncio.sleep(0)
        asked[who].cancel()
        await asyncio.sleep(0)
        kitchen.may_end.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        return kitchen.calls, found

    calls, found = asyncio.run(main())
    assert calls == 1
    assert isinstance(found.pop(who), asyncio.CancelledError)
    assert [one.value for one in found] == [b"value", b"value"]


def test_an_error_reaches_all_and_is_not_kept():
    """Whoever asks later has it tried again."""

    async def main():
        shared, kitchen = cache(), Kitchen(BrokenError())
        asked = [shared.get_async("key", kitchen.make, elsewhere) for _ in range(3)]
        kitchen.may_end.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        kitchen.outcome = b"mended"
        return found, await shared.get_async("key", kitchen.make)

    found, later = asyncio.run(main())
    assert [type(one) for one in found] == [BrokenError] * 3
    assert later.value == b"mended"
    assert not later.is_hit


def test_what_does_not_fit_is_made_each_time():
    """A limit of 0 keeps nothing, and still gives the value."""
    shared, calls = cache(max_bytes=0), []
    for _ in range(2):
        assert shared.get("key", lambda: calls.append(1) or b"value").value == b"value"
    assert len(calls) == 2
    assert shared.stats().entries == 0


def test_none_is_made_once():
    """Nothing is an answer, too."""
    shared, calls = SharedCache(BoundedCache(1000)), []
    found = [shared.get("key", lambda: calls.append(1)) for _ in range(3)]
    assert [one.value for one in found] == [None] * 3
    assert [one.is_hit for one in found] == [False, True, True]
    assert len(calls) == 1


class Slow:
    """A value that takes several turns of the loop."""

    def __init__(self):
        self.calls = 0
        self.may_end = asyncio.Event()

    async def make(self):
        self.calls += 1
        await self.may_end.wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    outcome = b"value"


def test_what_is_awaited_is_made_once_by_eight_tasks():
    """The making is a coroutine, and it runs once."""

    async def main():
        shared, slow = cache(), Slow()
        asked = [asyncio.create_task(shared.get_awaited("key", slow.make)) for _ in range(8)]
        await asyncio.sleep(0)
        slow.may_end.set()
        found = await asyncio.gather(*asked)
        return slow.calls, found

    calls, found = asyncio.run(main())
    assert calls == 1
    assert sorted(one.is_hit for one in found) == [False] + [True] * 7
    assert {one.value for one in found} == {b"value"}


@pytest.mark.parametrize("who", [0, 2], ids=["who began it", "who waits"])
def test_a_task_that_gives_up_does_not_stop_the_making(who):
    """The others get the value, and it is kept."""

    async def main():
        shared, slow = cache(), Slow()
        asked = [asyncio.create_task(shared.get_awaited("key", slow.make)) for _ in range(3)]
        await asyncio.sleep(0)
        asked[who].cancel()
        await asyncio.sleep(0)
        slow.may_end.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        return slow.calls, found, shared.kept.peek("key")

    calls, found, kept = asyncio.run(main())
    assert (calls, kept) == (1, b"value")
    assert isinstance(found.pop(who), asyncio.CancelledError)
    assert [one.value for one in found] == [b"value", b"value"]


def test_an_error_of_what_is_awaited_reaches_all_and_is_not_kept():
    """Whoever asks later has it tried again, also when nobody waited any more."""

    async def main():
        shared, slow = cache(), Slow()
        slow.outcome = BrokenError()
        asked = [asyncio.create_task(shared.get_awaited("key", slow.make)) for _ in range(3)]
        await asyncio.sleep(0)
        slow.may_end.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        slow.outcome = b"mended"
        return found, await shared.get_awaited("key", slow.make)

    found, later = asyncio.run(main())
    assert [type(one) for one in found] == [BrokenError] * 3
    assert (later.value, later.is_hit) == (b"mended", False)


def test_what_could_not_even_begin_is_tried_again():
    """A machine that has no more threads for the moment: who asks later waited for ever."""

    def nowhere(work):
        raise RuntimeError("can't start new thread")

    async def main():
        shared = cache()
        with pytest.raises(RuntimeError, match="start new thread"):
            await shared.get_async("key", lambda: b"value", nowhere)
        return await asyncio.wait_for(shared.get_async("key", lambda: b"value", elsewhere), 5)

    assert asyncio.run(main()).value == b"value"


def test_a_making_that_is_cancelled_before_it_begins_is_tried_again():
    """As when a loop ends right then, and the next one asks for the same."""
    shared = cache()

    async def cut_short():
        asked = asyncio.create_task(shared.get_awaited("key", Slow().make))
        await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(asked, return_exceptions=True)

    async def later():
        slow = Slow()
        slow.may_end.set()
        return await asyncio.wait_for(shared.get_awaited("key", slow.make), 5)

    asyncio.run(cut_short())
    assert asyncio.run(later()).value == b"value"


def left_in_a_closed_loop(shared):
    """Begin to make a value in a loop that is closed meanwhile, as after a `wait_for` in it."""

    async def given_up():
        asked = asyncio.ensure_future(shared.get_awaited("key", Slow().make))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait((asked,))

    loop = asyncio.new_event_loop()
    loop.run_until_complete(given_up())
    return loop


def by_a_thread(shared):
    return shared.get("key", lambda: b"value")


def by_a_task(shared):
    return asyncio.run(asyncio.wait_for(shared.get_async("key", lambda: b"value"), 5))


@pytest.mark.parametrize("asks", [by_a_thread, by_a_task])
def test_what_a_loop_was_making_that_is_closed_is_made_by_who_asks_then(asks):
    """Its task gets no further."""
    shared = cache()
    left_in_a_closed_loop(shared).close()
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(asks, shared).result(5).value == b"value"


@pytest.mark.parametrize("asks", [by_a_thread, by_a_task])
def test_who_waits_for_a_loop_that_is_closed_is_told(asks, monkeypatch):
    """As of a making that is cancelled."""
    monkeypatch.setattr("irene.cache.shared._LOOK_S", 0.01)
    shared = cache()
    loop = left_in_a_closed_loop(shared)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(asks, shared)
        until(lambda: shared._flights._flights["key"] is not None)
        loop.close()
        with pytest.raises((asyncio.CancelledError, CancelledError)):
            waiting.result(5)


def test_a_thread_waits_for_what_a_task_makes():
    """One making for both worlds."""

    async def main():
        shared, slow = cache(), Slow()
        first = asyncio.create_task(shared.get_awaited("key", slow.make))
        await asyncio.sleep(0)
        second = asyncio.create_task(in_thread("test", lambda: shared.get("key", Kitchen().make)))
        await asyncio.sleep(0)
        slow.may_end.set()
        return await first, await second

    first, second = asyncio.run(main())
    assert (first.value, second.value) == (b"value", b"value")


def test_a_value_may_be_made_for_a_time():
    """After that it is made again."""
    clock, calls = VirtualClock(), []
    shared = SharedCache(BoundedCache(100, size_of=len, clock=clock))

    def make():
        calls.append(1)
        return b"value"

    shared.get("key", make, ttl_s=5.0)
    clock.advance(4)
    assert shared.get("key", make).is_hit
    clock.advance(1)
    assert not shared.get("key", make).is_hit
    assert len(calls) == 2


def test_figures_are_never_below_nothing():
    """Two ask for the same while the figures are read: what was joined has been missed before."""
    kitchen, shared = Kitchen(), cache()
    read = shared.kept.stats

    def ask_meanwhile():
        before = read()
        with ThreadPoolExecutor(2) as pool:
            for _ in range(2):
                pool.submit(shared.get, "key", kitchen.make)
            until(lambda: read().misses == 2)
            kitchen.may_end.set()
        return before

    shared.kept.stats = ask_meanwhile
    stats = shared.stats()
    assert (stats.hits, stats.misses) == (0, 0)
    shared.kept.stats = read
    assert (shared.stats().hits, shared.stats().misses) == (1, 1)

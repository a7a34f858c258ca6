"""A cache whose missing values are made once."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from irene.cache.shared import SharedCache
from irene.components.threads import in_thread


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
    return SharedCache(max_bytes, max_entries, len)


def elsewhere(work):
    return in_thread("test", work)


def test_a_value_is_made_once_and_then_found():
    """The second look-up is a hit and makes nothing."""
    shared, calls = cache(), []
    found = [shared.get("key", lambda: calls.append(1) or b"value") for _ in range(2)]
    assert [one.is_hit for one in found] == [False, True]
    assert {one.value for one in found} == {b"value"}
    assert len(calls) == 1


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
        return kitchen.calls, await asyncio.gather(*asked, return_exceptions=True)

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

"""Awaiting with a deadline."""

import asyncio

import pytest

from irene.domain.deadlines import within


def test_a_result_in_time_is_returned():
    """With a limit and without one."""

    async def work():
        return "done"

    async def run():
        return await within(60, work()), await within(None, work())

    assert asyncio.run(run()) == ("done", "done")


def test_an_error_in_time_is_raised():
    """As it was raised by the work."""

    async def work():
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        asyncio.run(within(60, work()))


def test_what_takes_too_long_is_cancelled():
    """The caller gets the timeout, the work the cancellation."""
    ended = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def run():
        with pytest.raises(asyncio.TimeoutError):
            await within(0, work())
        await asyncio.sleep(0)

    asyncio.run(run())
    assert ended == ["cancelled"]


def test_whoever_is_cancelled_takes_the_work_along():
    """Nobody waits for its result any more."""
    works = []

    async def work():
        works.append(asyncio.current_task())
        await asyncio.Event().wait()

    async def run():
        task = asyncio.ensure_future(within(60, work()))
        while not works:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task, works[0]}, timeout=60)
        return task.cancelled(), works[0].cancelled()

    assert asyncio.run(run()) == (True, True)


@pytest.mark.parametrize("finish", ["set_result", "set_exception"])
def test_a_cancellation_beside_the_end_of_the_work_is_not_lost(finish):
    """Both in one turn of the event loop, and the error of the work is not complained about."""
    complaints = []

    async def run():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: complaints.append(context))
        work = loop.create_future()
        task = asyncio.ensure_future(within(60, work))
        await asyncio.sleep(0)
        getattr(work, finish)(ValueError("late"))
        task.cancel()
        await asyncio.wait({task})
        return task.cancelled()

    assert asyncio.run(run())
    assert complaints == []

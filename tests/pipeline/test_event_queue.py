"""Events on their way from any thread to whoever iterates a run."""

import asyncio
import threading

from irene import Warned
from irene.pipeline.event_queue import EventQueue


def warned(number):
    """Return an event that can be told from others."""
    return Warned(message=str(number))


def test_events_of_a_thread_come_in_their_order():
    """Each thread's, whatever others put in between."""

    async def run():
        queue = EventQueue()
        queue.enter()
        mine = [warned(number) for number in range(50)]
        thread = threading.Thread(target=lambda: [queue.put(event) for event in mine])
        thread.start()
        queue.put(warned("other"))
        events = [await queue.get() for _ in range(51)]
        thread.join()
        return [event for event in events if event.message != "other"] == mine, queue.n_waiting

    assert asyncio.run(run()) == (True, 0)


def test_before_it_is_entered_and_after_its_loop_nobody_waits_for_events():
    """They are dropped; ending a run that nobody iterates is no error either."""
    queue = EventQueue()
    queue.put(warned(1))
    queue.end_after(1.0)

    async def run():
        queue.enter()
        return queue.n_waiting, queue.loop is asyncio.get_running_loop()

    assert asyncio.run(run()) == (0, True)
    assert queue.loop is None
    queue.put(warned(2))
    assert queue.n_waiting == 0


def test_the_end_of_a_run_does_not_end_the_next_one():
    """What a stopped run was given as its latest end comes to its own queue."""

    async def run():
        queue = EventQueue()
        queue.enter()
        queue.end_after(0.0)
        queue.begin_again()
        for _ in range(5):
            await asyncio.sleep(0)
        queue.put(warned(1))
        return await queue.get()

    assert asyncio.run(run()) == warned(1)


def test_a_run_ends_at_the_latest_then():
    """Also when whatever was to end it never does."""

    async def run():
        queue = EventQueue()
        queue.enter()
        queue.end_after(0.0)
        return await queue.get()

    assert asyncio.run(run()) is None

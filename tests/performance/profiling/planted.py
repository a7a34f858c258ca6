"""Functions that are planted, so that a profiler has something to find."""

import asyncio
import threading
import time


def grind(seconds):
    """Work that long, by the processor time of the thread, however busy the machine is."""
    end_s = time.thread_time() + seconds
    total = 0
    while time.thread_time() < end_s:
        total += sum(range(200))
    return total


def through_another(seconds):
    """Have it done."""
    return grind(seconds)


def doze(seconds):
    """Wait that long, in a call that Python does not name: as an engine does that waits."""
    time.sleep(seconds)


def doze_while(is_wanted):
    """Wait as long as somebody wants it, a little at a time."""
    while is_wanted():
        doze(0.002)


async def sleep_while(is_wanted):
    """Do the same in a coroutine."""
    while is_wanted():
        await asyncio.sleep(0.002)


def until_seen(sampler, samples=6):
    """Return what says whether the sampler has still to look so often: machines may be busy."""
    enough = sampler.effort.samples + samples
    return lambda: sampler.effort.samples < enough


def wait_for(event):
    """Wait for an event."""
    event.wait(60.0)


def in_threads(*works):
    """Do several things at once; return when all are done."""
    threads = [threading.Thread(target=work, name=f"planted-{n}") for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

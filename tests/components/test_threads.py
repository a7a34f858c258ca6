"""Blocking calls on threads of their own."""

import asyncio
import ctypes

import pytest

from irene.components import threads
from irene.components.threads import in_thread, start_daemon


def test_a_call_on_a_thread_does_not_lose_a_cancellation():
    """Whoever is cancelled just as the thread returns is cancelled."""

    async def run():
        me = asyncio.current_task()
        loop = asyncio.get_running_loop()
        await in_thread("work", lambda: loop.call_soon_threadsafe(me.cancel))
        await asyncio.sleep(60)

    for _ in range(50):
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(run())


def test_work_is_done_where_threads_cannot_be_named(monkeypatch):
    """A Python that is linked statically loads no library: that is no reason to wait for ever."""

    def refuse(name):
        raise OSError("Dynamic loading not supported")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    threads._thread_namer.cache_clear()
    try:
        assert start_daemon("work", lambda: "done").result(10) == "done"
    finally:
        threads._thread_namer.cache_clear()

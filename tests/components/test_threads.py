"""Blocking calls on threads of their own."""

import asyncio

import pytest

from irene.components.threads import in_thread


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

"""Awaiting with a deadline: neither a result nor a cancellation gets lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def within(timeout_s: float | None, work: Awaitable[T]) -> T:
    """Await work for so many seconds at most (None: without limit), and return its result.

    `asyncio.wait_for` of Python 3.10 and 3.11 returns the result of work that is done in the same
    turn of the loop as it is cancelled in: the cancellation is lost (CPython issue 86296).

    Raises:
        asyncio.TimeoutError: it took too long, and is cancelled.
        asyncio.CancelledError: the caller was cancelled, and so is the work.
    """
    future = asyncio.ensure_future(work)
    try:
        await asyncio.wait({future}, timeout=timeout_s)
    except asyncio.CancelledError:
        drop(future)
        raise
    if not future.done():
        drop(future)
        raise asyncio.TimeoutError
    return future.result()


def drop(future: asyncio.Future[T]) -> None:
    """Cancel a future that nobody waits for, and mark an error in it as seen."""
    if not future.cancel() and not future.cancelled():
        future.exception()

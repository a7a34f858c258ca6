"""The end of what another configuration does without: it is closed once its work is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from irene.components.threads import in_thread
from irene.pipeline.reloading.freeing import free
from irene.pipeline.reloading.successor import Successor
from irene.providers.provider import Provider

_LOOK_S = 0.2
"""how often a provider is looked at that somebody still works with"""


class Retirement:
    """Closes old components in the background; several reloads may be on their way out at once.

    What hangs in an engine of this process is never closed under it: its memory stays.
    """

    def __init__(self) -> None:
        self._leaving: dict[asyncio.Task[None], Successor] = {}

    def begin(self, successor: Successor, work: Callable[[], Awaitable[None]]) -> None:
        """Close what a successor does without once the work that was begun before it is over."""
        task = asyncio.ensure_future(_retire(successor, work))
        self._leaving[task] = successor
        task.add_done_callback(lambda done: self._leaving.pop(done, None))

    async def finish(self) -> None:
        """Close what has not been yet, as the assistant ends: nobody begins anything any more."""
        leaving = dict(self._leaving)
        for task in leaving:
            task.cancel()
        if leaving:
            await asyncio.wait(leaving)
        for successor in leaving.values():
            await in_thread("close", partial(_close, successor, _closable(successor)))


async def _retire(successor: Successor, work: Callable[[], Awaitable[None]]) -> None:
    await work()
    for chain in successor.old_chains:
        chain.stop_probing()
    left = successor.retiring
    while True:
        idle = _idle(successor, left)
        await in_thread("close", partial(_close, successor, idle))
        left = tuple(one for one in left if one not in idle)
        if not left:
            return
        await asyncio.sleep(_LOOK_S)


def _close(successor: Successor, providers: Iterable[Provider[Any]]) -> None:
    understanding = successor.before.understanding
    if understanding is not None and successor.is_new("understanding"):
        understanding.close([one.provider for one in successor.parts.made])
    for provider in providers:
        free(provider, successor.old_chains)


def _idle(successor: Successor, providers: Iterable[Provider[Any]]) -> tuple[Provider[Any], ...]:
    """Return those that nobody works with any more, nor hangs in."""
    return tuple(one for one in providers if not _is_busy(successor, one))


def _closable(successor: Successor) -> tuple[Provider[Any], ...]:
    """Return those that can be closed when nobody is waited for any more."""
    return tuple(
        one for one in successor.retiring if one.ends_calls or not _is_busy(successor, one)
    )


def _is_busy(successor: Successor, provider: Provider[Any]) -> bool:
    return any(chain.in_use(provider) for chain in successor.old_chains)

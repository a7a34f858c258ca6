"""The end of what another configuration does without: it is closed once its work is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from irene.components.threads import in_thread
from irene.pipeline.reloading.freeing import free
from irene.pipeline.reloading.heirs import Heir
from irene.providers.provider import Provider

_LOOK_S = 0.2
"""how often a provider is looked at that somebody still works with"""


class Retirement:
    """Closes old components in the background; several reloads may be on their way out at once.

    What hangs in an engine of this process is never closed under it: its memory stays.
    """

    def __init__(self) -> None:
        self._leaving: dict[asyncio.Task[None], Heir] = {}

    def begin(self, heir: Heir, work: Callable[[], Awaitable[None]]) -> None:
        """Close what an heir does without once the work that was begun before it is over."""
        task = asyncio.ensure_future(_retire(heir, work))
        self._leaving[task] = heir
        task.add_done_callback(lambda done: self._leaving.pop(done, None))

    async def finish(self) -> None:
        """Close what has not been yet, as the assistant ends: nobody begins anything any more."""
        leaving = dict(self._leaving)
        for task in leaving:
            task.cancel()
        if leaving:
            await asyncio.wait(leaving)
        for heir in leaving.values():
            await in_thread("close", partial(_close, heir, _closable(heir)))


async def _retire(heir: Heir, work: Callable[[], Awaitable[None]]) -> None:
    await work()
    for chain in heir.old_chains:
        chain.stop_probing()
    left = heir.retiring
    while True:
        idle = _idle(heir, left)
        await in_thread("close", partial(_close, heir, idle))
        left = tuple(one for one in left if one not in idle)
        if not left:
            return
        await asyncio.sleep(_LOOK_S)


def _close(heir: Heir, providers: Iterable[Provider[Any]]) -> None:
    understanding = heir.before.understanding
    if understanding is not None and heir.is_new("understanding"):
        understanding.close([one.provider for one in heir.parts.made])
    for provider in providers:
        free(provider, heir.old_chains)


def _idle(heir: Heir, providers: Iterable[Provider[Any]]) -> tuple[Provider[Any], ...]:
    """Return those that nobody works with any more, nor hangs in."""
    return tuple(one for one in providers if not _is_busy(heir, one))


def _closable(heir: Heir) -> tuple[Provider[Any], ...]:
    """Return those that can be closed when nobody is waited for any more."""
    return tuple(one for one in heir.retiring if one.ends_calls or not _is_busy(heir, one))


def _is_busy(heir: Heir, provider: Provider[Any]) -> bool:
    return any(chain.in_use(provider) for chain in heir.old_chains)

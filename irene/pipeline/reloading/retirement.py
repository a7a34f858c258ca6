"""The end of what another configuration does without: it is closed once its work is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from irene.components.concurrency import ConcurrencyLimits
from irene.components.threads import in_thread
from irene.domain.kinds import Kind
from irene.pipeline.reloading.heirs import Heir


class Retirement:
    """Closes old components in the background; several reloads may be on their way out at once.

    What hangs in an engine is never closed under it: its memory stays.
    """

    def __init__(self) -> None:
        self._leaving: dict[asyncio.Task[None], Heir] = {}

    def begin(self, heir: Heir, work: Callable[[], Awaitable[None]]) -> None:
        """Close what an heir does without once the work that was begun before it is over."""
        task = asyncio.ensure_future(self._retire(heir, work))
        self._leaving[task] = heir
        task.add_done_callback(lambda done: self._leaving.pop(done, None))

    async def finish(self) -> None:
        """Close what has not been yet, as the assistant ends: nobody works any more."""
        leaving = dict(self._leaving)
        for task in leaving:
            task.cancel()
        if leaving:
            await asyncio.wait(leaving)
        for heir in leaving.values():
            await in_thread("close", partial(_close, heir))

    async def wait(self) -> None:
        """Wait until everything that was begun is closed, or left to an engine that hangs."""
        while self._leaving:
            await asyncio.wait(tuple(self._leaving))

    @staticmethod
    async def _retire(heir: Heir, work: Callable[[], Awaitable[None]]) -> None:
        await work()
        await in_thread("close", partial(_close, heir))


def _close(heir: Heir) -> None:
    understanding = heir.before.understanding
    if understanding is not None and heir.is_new("understanding"):
        understanding.close([one.provider for one in heir.parts.made])
    for provider in heir.retiring:
        limits = _limits(heir, provider.kind)
        if limits is None:
            provider.close()
        else:
            limits.when_free(provider, provider.close)


def _limits(heir: Heir, kind: Kind) -> ConcurrencyLimits | None:
    """Return what counts who works with a provider of this kind; None where nobody does now."""
    if kind is Kind.ASR:
        return heir.before.asr.limits
    return heir.voice_before.limits if kind is Kind.TTS and heir.voice_before else None

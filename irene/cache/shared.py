"""A cache whose missing values are made once, however many ask for them at the same time."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from irene.cache.bounded import BoundedCache, CacheStats
from irene.cache.single_flight import SingleFlight

if TYPE_CHECKING:
    import asyncio

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


_LOOK_S = 1.0
"""time after which somebody who waits looks whether there is still anything to wait for"""


class _Missing:
    """Says that there is no value; None is one."""


_MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Found(Generic[V]):
    """A value, and whether somebody else's work made it."""

    value: V
    is_hit: bool
    """whether it was there, or being made already"""


class SharedCache(Generic[K, V]):
    """A cache that makes what it lacks; threads and coroutines share one making.

    Values are handed to everybody who asks, so they must not be changeable. A value that could not
    be made is not kept: whoever asks later has it tried again. Nobody who stops waiting stops the
    making, which others may wait for; what comes of it is kept.
    """

    def __init__(self, kept: BoundedCache[K, V]) -> None:
        self.kept = kept
        """what is there; its counters take a value that is being made for missing"""
        self._flights: SingleFlight[K, V] = SingleFlight()
        self._lock = threading.Lock()
        self._n_joined = 0
        self._makings: dict[K, asyncio.Task[Found[V]]] = {}

    def get(
        self,
        key: K,
        make: Callable[[], V],
        ttl_s: float | None = None,
        is_worth_keeping: Callable[[V], bool] | None = None,
    ) -> Found[V]:
        """Return the value of a key, made by `make` in this thread or by another one; blocks.

        `make` must not ask for the same key, and an event loop not for one that a task of its own
        is making: both would wait for themselves. A value that is made now expires after `ttl_s`
        seconds; None leaves that to the cache. One that is not worth keeping, where that is asked,
        is for those who wait for it only.

        Raises:
            BaseException: whatever `make` raises, here and for everybody who waits.
        """
        found = self.kept.get(key, _MISSING)
        if not isinstance(found, _Missing):
            return Found(found, True)
        flight = self._join(key)
        if flight is None:
            return self._make(key, make, ttl_s, is_worth_keeping)
        while not wait((flight,), _LOOK_S).done:
            self._free(key)
        return self._joined(flight.result())

    async def get_async(
        self,
        key: K,
        make: Callable[[], V],
        elsewhere: Callable[[Callable[[], Found[V]]], Awaitable[Found[V]]] | None = None,
    ) -> Found[V]:
        """Return the value of a key, made by `make` or by another task or thread.

        Args:
            key: what is asked for.
            make: makes it; blocks.
            elsewhere: takes blocking work off the loop, and goes on with it when it is no longer
                awaited; None makes the value here and now.

        Raises:
            BaseException: whatever `make` raises, here and for everybody who waits.
        """
        found = await self._found(key)
        if found is not None:
            return found
        if elsewhere is None:
            return self._make(key, make)
        return await self._made_elsewhere(key, make, elsewhere)

    async def get_awaited(
        self, key: K, make: Callable[[], Awaitable[V]], ttl_s: float | None = None
    ) -> Found[V]:
        """Return the value of a key, made by awaiting `make()`, or by another task or thread.

        The making is a task of its own, which goes on when nobody waits for it any more.

        Raises:
            BaseException: whatever `make` raises, here and for everybody who waits.
        """
        import asyncio

        found = await self._found(key)
        if found is not None:
            return found
        making = asyncio.ensure_future(self._awaited(key, make, ttl_s))
        self._makings[key] = making
        making.add_done_callback(partial(self._made, key))
        return await asyncio.shield(making)

    def stats(self) -> CacheStats:
        """Return a snapshot of the counters; a value that was awaited counts as a hit."""
        joined = self._n_joined  # first: each of them was counted as missing before
        kept = self.kept.stats()
        return replace(kept, hits=kept.hits + joined, misses=kept.misses - joined)

    def _make(
        self,
        key: K,
        make: Callable[[], V],
        ttl_s: float | None = None,
        is_worth_keeping: Callable[[V], bool] | None = None,
    ) -> Found[V]:
        """Make the value of a flight that is the caller's; it is kept before the flight lands."""
        was_there = False

        def work() -> V:
            nonlocal was_there
            value = self.kept.peek(key, _MISSING)
            was_there = not isinstance(value, _Missing)
            if isinstance(value, _Missing):
                value = make()
                if is_worth_keeping is None or is_worth_keeping(value):
                    self.kept.put(key, value, ttl_s=ttl_s)
            return value

        value = self._flights.fly(key, work)
        if was_there:  # it came between the look into the cache and the flight
            self._count_joined()
        return Found(value, was_there)

    async def _made_elsewhere(
        self,
        key: K,
        make: Callable[[], V],
        elsewhere: Callable[[Callable[[], Found[V]]], Awaitable[Found[V]]],
    ) -> Found[V]:
        """Make the value of a flight that is the caller's off the loop.

        Where that cannot even begin, as when there can be no more threads, nobody waits for it.
        """
        has_begun = False

        def work() -> Found[V]:
            nonlocal has_begun
            has_begun = True
            return self._make(key, make)

        try:
            return await elsewhere(work)
        except Exception as error:
            if not has_begun:
                self._flights.fail(key, error)
            raise

    async def _awaited(
        self, key: K, make: Callable[[], Awaitable[V]], ttl_s: float | None
    ) -> Found[V]:
        """Make the value of a flight that is the caller's, and keep it."""
        value = self.kept.peek(key, _MISSING)
        was_there = not isinstance(value, _Missing)
        if isinstance(value, _Missing):
            value = await make()
            self.kept.put(key, value, ttl_s=ttl_s)
        if was_there:
            self._count_joined()
        return Found(value, was_there)

    def _join(self, key: K) -> Future[V] | None:
        """Return what to wait for; None makes the value the caller's to make."""
        if self._makings:
            self._free(key)
        return self._flights.join(key)

    def _free(self, key: K) -> None:
        """End the flight of a task whose event loop was closed: it gets no further."""
        making = self._makings.get(key)
        if making is None or not making.get_loop().is_closed():
            return
        import asyncio

        if making.done():  # in the last moment of its loop
            self._made(key, making)
        elif self._makings.pop(key, None) is not None:
            self._flights.fail(key, asyncio.CancelledError("its event loop was closed"))

    async def _found(self, key: K) -> Found[V] | None:
        """Return what is there or being made; None makes it the caller's to make."""
        found = self.kept.get(key, _MISSING)
        if not isinstance(found, _Missing):
            return Found(found, True)
        flight = self._join(key)
        return None if flight is None else self._joined(await self._landed(key, flight))

    async def _landed(self, key: K, flight: Future[V]) -> V:
        """Return the value that somebody else makes."""
        import asyncio

        landing = asyncio.wrap_future(flight)
        try:
            while not (await asyncio.wait((landing,), timeout=_LOOK_S))[0]:
                self._free(key)
            return landing.result()
        finally:
            landing.cancel()

    def _made(self, key: K, making: asyncio.Task[Found[V]]) -> None:
        """End a flight with its task, which may have been cancelled before it began."""
        import asyncio

        if self._makings.pop(key, None) is None:
            return  # nobody ends it twice
        if making.cancelled():
            self._flights.fail(key, asyncio.CancelledError())
        elif (error := making.exception()) is not None:
            self._flights.fail(key, error)
        else:
            self._flights.land(key, making.result().value)

    def _joined(self, value: V) -> Found[V]:
        """Return what somebody else made."""
        self._count_joined()
        return Found(value, True)

    def _count_joined(self) -> None:
        with self._lock:
            self._n_joined += 1

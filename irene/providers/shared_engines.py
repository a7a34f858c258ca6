"""Loaded engines that several providers of one assistant use, each of them loaded once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from types import TracebackType
from typing import Any, Generic, TypeVar

from irene.cache.encoder import EncoderCache

E = TypeVar("E")


class _Shelf:
    """One engine and how many hold it; `lock` is held while it is made or freed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.n_holders = 0
        self.is_made = False
        self.engine: Any = None
        self.free: Callable[[Any], None] = lambda engine: None


class Borrowed(Generic[E]):
    """The use of an engine until it is given back; as a `with` block, until its end."""

    def __init__(self, engine: E, give_back: Callable[[], None]) -> None:
        """Made by `SharedEngines.borrow`."""
        self.engine = engine
        """what was borrowed; others may be using it at the same time"""
        self._lock = threading.Lock()
        self._give_back: Callable[[], None] | None = give_back

    def give_back(self) -> None:
        """Need the engine no more; a second call does nothing. The last holder's frees it."""
        with self._lock:
            give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()

    def __enter__(self) -> E:
        return self.engine

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.give_back()


class SharedEngines:
    """Lends loaded engines to the providers of one assistant; any thread may call any method.

    Two providers whose models are the same, such as a recogniser and an identifier of languages,
    hold one engine between them: the first that asks loads it, the last that gives it back frees
    it. A provider that was made alone, or runs in a process of its own, has an instance of its own.
    Calls into a shared engine come from every holder's threads at once, so an engine that takes one
    call at a time has to bring its own lock.
    """

    def __init__(self, encodings: EncoderCache[Any] | None = None) -> None:
        self.encodings: EncoderCache[Any] = encodings or EncoderCache()
        """what encoders made of windows of audio, for everybody who needs it again"""
        self._lock = threading.Lock()
        self._shelves: dict[Hashable, _Shelf] = {}

    def borrow(
        self, key: Hashable, make: Callable[[], E], free: Callable[[E], None] = lambda engine: None
    ) -> Borrowed[E]:
        """Return the use of the engine of a key; blocks while it is being loaded.

        Args:
            key: everything that tells this engine from another one: its name, model, device, type
                of numbers, threads.
            make: loads the engine, when nobody holds it.
            free: frees it, after its last holder has given it back.

        Raises:
            Exception: whatever `make` raises; who waited for it tries it again.
        """
        with self._lock:
            shelf = self._shelves.setdefault(key, _Shelf())
            shelf.n_holders += 1
        try:
            with shelf.lock:
                if not shelf.is_made:
                    shelf.engine, shelf.free = make(), free
                    shelf.is_made = True
        except BaseException:
            self._give_back(key, shelf)
            raise
        return Borrowed(shelf.engine, lambda: self._give_back(key, shelf))

    def holders(self, key: Hashable) -> int:
        """Return how many hold the engine of a key, or wait for it."""
        with self._lock:
            return self._shelves[key].n_holders if key in self._shelves else 0

    def _give_back(self, key: Hashable, shelf: _Shelf) -> None:
        with self._lock:
            shelf.n_holders -= 1
            if shelf.n_holders:
                return
            del self._shelves[key]  # whoever asks from now on loads it anew
        with shelf.lock:
            engine, shelf.engine = shelf.engine, None
            if shelf.is_made:
                shelf.is_made = False
                shelf.free(engine)

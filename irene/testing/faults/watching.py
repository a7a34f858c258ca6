"""Streams under observation: what the framework does with them against their contract."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

Around = Callable[[str, Callable[[], Any]], Any]
"""Makes a call, or what comes instead of it; takes the site."""

_FROM_ANY_THREAD = frozenset({"inputs.close", "outputs.abort"})
"""calls that may come while another one is being made"""
_AFTER_CLOSE = frozenset(
    {
        "inputs.close",
        "inputs.lost",
        "inputs.prefer_block",
        "inputs.read",
        "outputs.abort",
        "outputs.write",
    }
)
"""calls that may come when the stream is closed: another thread may have closed it just now"""
_CLOSING = frozenset({"close", "abort", "finish"})


class WatchedStream:
    """Stands for a stream of a provider: every call of a method goes through `around`.

    It holds the framework to the contract of streams: one call after the other, `close` once, and
    nothing after it. `breaches` takes what is against it, one line each.
    """

    __slots__ = ("__weakref__", "_around", "_breaches", "_busy", "_closed", "_kind", "_of", "_site")

    def __init__(self, stream: Any, site: str, around: Around, breaches: list[str]) -> None:
        """`site` is KIND.PROVIDER.stream."""
        self._of = stream
        self._site = site
        self._kind = site.split(".", 1)[0]
        self._around = around
        self._breaches = breaches
        self._busy = threading.Lock()
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether whoever used it said that it is over."""
        return self._closed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._of, name)
        if name.startswith("_") or not callable(found):
            return found
        return partial(self._call, name, found)

    def _call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        call, site = f"{self._kind}.{name}", f"{self._site}.{name}"
        if self._closed and call not in _AFTER_CLOSE:
            self._breaches.append(f"{site} was called after the stream was closed")
        if self._ends_with(name):
            self._closed = True
        if call in _FROM_ANY_THREAD:
            return self._around(site, partial(method, *args, **kwargs))
        if not self._busy.acquire(blocking=False):
            self._breaches.append(f"{site} was called while another call was being made")
            return self._around(site, partial(method, *args, **kwargs))
        try:
            return self._around(site, partial(method, *args, **kwargs))
        finally:
            self._busy.release()

    def _ends_with(self, name: str) -> bool:
        """Whether a call is the last one; the final hypothesis of an utterance is not."""
        return name == "close" or (self._kind == "outputs" and name in _CLOSING)


class WatchedStreams:
    """Every stream that was opened and is still held by somebody."""

    def __init__(self) -> None:
        self._known: weakref.WeakSet[WatchedStream] = weakref.WeakSet()
        self._lock = threading.Lock()

    def add(self, stream: WatchedStream) -> None:
        """Watch another one."""
        with self._lock:
            self._known.add(stream)

    @property
    def n_alive(self) -> int:
        """How many are still held by somebody."""
        with self._lock:
            return len(self._known)

    @property
    def n_open(self) -> int:
        """How many of them were not closed."""
        with self._lock:
            return sum(not stream.is_closed for stream in self._known)

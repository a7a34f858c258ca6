"""Work that several ask for at once and one does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Lets the first one who asks for a key do the work, and all others wait for its outcome.

    Threads and coroutines may wait for each other: they wait for a `concurrent.futures.Future` that
    is running, so nobody who stops waiting can cancel it. An error reaches everybody who waits, and
    nobody who asks later.
    """

    def __init__(self) -> None:
        self._flights: dict[K, Future[V] | None] = {}
        self._lock = threading.Lock()

    def join(self, key: K) -> Future[V] | None:
        """Return what to wait for; None makes the work the caller's, who must then `fly`."""
        with self._lock:
            if key not in self._flights:
                self._flights[key] = None  # a future is made for those who wait only
                return None
            flight = self._flights[key]
            if flight is None:
                flight = self._flights[key] = Future()
                flight.set_running_or_notify_cancel()
            return flight

    def fly(self, key: K, work: Callable[[], V]) -> V:
        """Do the work that `join` made the caller's; blocks.

        Whatever `work` raises is raised here and wherever somebody waits.
        """
        try:
            value = work()
        except BaseException as error:
            self.fail(key, error)
            raise
        self.land(key, value)
        return value

    def land(self, key: K, value: V) -> None:
        """End the work that `join` made the caller's: whoever waits gets this value."""
        flight = self._landed(key)
        if flight is not None:
            flight.set_result(value)

    def fail(self, key: K, error: BaseException) -> None:
        """End the work that `join` made the caller's: whoever waits has this raised."""
        flight = self._landed(key)
        if flight is not None:
            flight.set_exception(error)

    def _landed(self, key: K) -> Future[V] | None:
        with self._lock:
            return self._flights.pop(key)

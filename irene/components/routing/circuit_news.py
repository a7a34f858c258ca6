"""Changes of circuits, told when no lock is held: the callback may ask the router something."""

from __future__ import annotations

from collections.abc import Callable

from irene.components.routing.breaker import Transition
from irene.components.routing.waiting import WaitingLine

OnChange = Callable[[str, Transition], None]
"""Takes the name of a provider and what became of its circuit."""


class CircuitNews:
    """What became of the circuits of one router, in the order in which it happened."""

    __slots__ = ("_line", "_on_change", "untold")

    def __init__(self, line: WaitingLine, on_change: OnChange) -> None:
        """`on_change` is called without the lock, by whoever ended the call that changed it."""
        self._line = line
        self._on_change = on_change
        self.untold: list[tuple[str, Transition]] = []
        """what has not been told yet"""

    def note(self, name: str, transition: Transition) -> None:
        """Note a change; the lock is held."""
        self._line.ranked_by = None
        self.untold.append((name, transition))

    def tell(self) -> None:
        """Tell of every change that has not been told yet; the lock is not held."""
        while self.untold:
            with self._line.lock:
                told, self.untold = self.untold, []
            for name, transition in told:
                self._on_change(name, transition)

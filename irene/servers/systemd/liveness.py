"""Whether an assistant still hears: what a watchdog is fed for."""

from __future__ import annotations

from collections.abc import Callable

from irene.domain.clock import Clock


class Liveness:
    """Judges, at each beat, whether audio still comes through the listening thread.

    What a device delivers goes on without an end, whether anybody speaks or not. When it stands
    still while it should not, the thread hangs: in a driver, or in an engine.
    """

    def __init__(self, pulse: Callable[[], int | None], clock: Clock, patience_s: float) -> None:
        """Allow audio to stand still for `patience_s`.

        `pulse` counts what was heard, or returns None while nothing needs to come.
        """
        self._pulse = pulse
        self._clock = clock
        self._patience_s = patience_s
        self._last: int | None = None
        self._since_s = clock.monotonic()

    def is_alive(self) -> bool:
        """Say whether audio has come since the last beats, or need not come."""
        pulse, now_s = self._pulse(), self._clock.monotonic()
        if pulse is None or pulse != self._last:
            self._last, self._since_s = pulse, now_s
        return now_s - self._since_s < self._patience_s

"""Telling whoever waits which plugin takes long to load: one that hangs would do so in silence."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from irene.domain.clock import Clock
from irene.plugin.environment import LOAD, OWN
from irene.plugin.source import PluginSource

SLOW_S = 5.0
"""seconds after which it is told, once"""

_LOG = logging.getLogger("irene.plugin")  # to standard error, where nobody has set up a log yet


class ToldWhenSlow:
    """A `with` block around the loading of one plugin; what comes with irene is not watched."""

    def __init__(self, source: PluginSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._due_s = clock.monotonic() + SLOW_S
        self._changed = threading.Condition()
        self._is_loaded = False
        self._thread = threading.Thread(target=self._watch, name="irene-slow-plugin", daemon=True)

    def __enter__(self) -> ToldWhenSlow:
        if self._source.distribution != OWN:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._is_loaded = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        if self._is_slow():
            _LOG.warning("%s", _line(self._source))

    def _is_slow(self) -> bool:
        """Wait until it is loaded, or has taken too long."""
        with self._changed:
            while not self._is_loaded:
                left_s = self._due_s - self._clock.monotonic()
                if left_s <= 0:
                    return True
                self._clock.wait(self._changed, left_s)
        return False


def _line(source: PluginSource) -> str:
    origin = f"{source.distribution} {source.version}".strip()
    place = f"{source.module}, from {origin}" if origin else source.module
    return (
        f"irene has been loading the plugin {source.name!r} ({place}) for {SLOW_S:g} s;"
        f' [plugins] disabled = ["{source.name}"] leaves it out, {LOAD}= in the environment all'
        " plugins but irene's own"
    )

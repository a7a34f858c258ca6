"""The assistant as its handlers see it, for testing handlers without an assistant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path

from irene.domain.intents import Intent, IntentInfo, Response
from irene.errors import ProviderFailedError
from irene.providers.intents import HandlerContext, IntentHandler
from irene.testing.clock import VirtualClock


class ScriptedServices:
    """`Services` on virtual time: `advance` does what is due, and what is said is kept."""

    def __init__(
        self,
        folder: Path,
        clock: VirtualClock | None = None,
        handlers: Sequence[IntentHandler[object]] = (),
        language: str = "en",
    ) -> None:
        self.clock = clock or VirtualClock()
        self.language = language
        self.volume = 1.0
        self.speaks = True
        """whether announcements are spoken"""
        self.announced: list[tuple[Response, bool]] = []
        """what was announced, and whether it rings"""
        self.is_over = False
        """whether the assistant ends: nothing is announced any more"""
        self.hushed = 0
        """how often silence was asked for"""
        self.changed = 0
        """how often sentences were said to have changed"""
        self.warned: list[str] = []
        """what whoever runs the assistant was told"""
        self.failures: list[str] = []
        """why commands did not work, as handlers that apologise told it"""
        self._folder = folder
        self._handlers = handlers
        self._agenda: list[tuple[datetime, Callable[[], None]]] = []

    def advance(self, seconds: float) -> None:
        """Move the time on and do everything that becomes due, each at its own time."""
        until = self.clock.monotonic() + seconds
        while (wait_s := self._next_s()) is not None and self.clock.monotonic() + wait_s <= until:
            self.clock.advance(wait_s)
            self._agenda.pop(0)[1]()
        self.clock.advance(until - self.clock.monotonic())

    def state_folder(self) -> Path:
        """Return the folder that the test gave."""
        return self._folder

    def call_at(self, when: datetime, work: Callable[[], None]) -> Callable[[], None]:
        """Put work on the agenda, in the order of its times."""
        entry = (when.astimezone(timezone.utc), work)
        self._agenda.append(entry)
        self._agenda.sort(key=lambda one: one[0])
        return lambda: self._agenda.remove(entry) if entry in self._agenda else None

    def announce(self, response: Response, *, rings: bool = False) -> bool:
        """Keep what is announced, while the assistant is said to run."""
        if not self.is_over:
            self.announced.append((response, rings))
        return not self.is_over

    def hush(self) -> None:
        """Count."""
        self.hushed += 1

    def answer(self, intent: Intent) -> Response | None:
        """Ask the first handler that names the intent."""
        for handler in self._handlers:
            if intent.name in handler.intents:
                context = HandlerContext(now=self.clock.now(), language=intent.language)
                return handler.handle(intent, context)
        raise ProviderFailedError(f"no handler answers {intent.name!r}")

    def intents(self) -> Sequence[IntentInfo]:
        """Return what the handlers say of their intents."""
        return [info for handler in self._handlers for info in handler.describe()]

    def failed(self, message: str) -> None:
        """Keep what is told."""
        self.failures.append(message)

    def warn(self, message: str) -> None:
        """Keep what is told."""
        self.warned.append(message)

    def sentences_changed(self) -> None:
        """Count."""
        self.changed += 1

    def _next_s(self) -> float | None:
        """Return the seconds until the next work is due; None without any."""
        if not self._agenda:
            return None
        now = self.clock.now().astimezone(timezone.utc)
        return max(0.0, (self._agenda[0][0] - now).total_seconds())

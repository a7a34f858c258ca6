"""What the assistant does for its handlers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from irene.components.scheduler import Scheduler
from irene.config.sections import AssistantSection
from irene.domain.clock import Clock
from irene.domain.intents import Intent, IntentInfo, Response
from irene.errors import ProviderFailedError
from irene.files.names import file_name
from irene.files.places import user_folder


class Host(Protocol):
    """Whoever does what handlers ask for: the assistant that runs, in speech or in writing."""

    volume: float
    """loudness of the voice, 0 to 1"""

    @property
    def speaks(self) -> bool:
        """Whether there is a voice."""
        ...

    def announce(self, response: Response, rings: bool) -> bool:
        """Say something that nobody asked for just now; return False when it will not be told."""
        ...

    def hush(self) -> None:
        """Stop what is being said, and what rings."""
        ...

    def answer(self, intent: Intent) -> Response | None:
        """Have the handler of an intent answer it."""
        ...

    def intents(self) -> Sequence[IntentInfo]:
        """Return what can be asked of all handlers."""
        ...

    def failed(self, message: str) -> None:
        """Tell whoever runs the assistant why what was asked did not work."""
        ...

    def warn(self, message: str) -> None:
        """Tell whoever runs the assistant what does not work."""
        ...

    def sentences_changed(self) -> None:
        """Ask the handlers for their sentences again."""
        ...


class HandlerServices:
    """The `Services` of one handler: its own folder, everything else shared."""

    def __init__(
        self, host: Host, scheduler: Scheduler, clock: Clock, language: str, folder: Path
    ) -> None:
        self._host = host
        self._scheduler = scheduler
        self._folder = folder
        self.clock = clock
        self.language = language

    @property
    def volume(self) -> float:
        """Loudness of the assistant's voice, 0 to 1."""
        return self._host.volume

    @volume.setter
    def volume(self, value: float) -> None:
        self._host.volume = min(1.0, max(0.0, value))

    @property
    def speaks(self) -> bool:
        """Whether announcements are spoken, and not only written."""
        return self._host.speaks

    def state_folder(self) -> Path:
        """Return the handler's folder below the state folder of the assistant.

        Raises:
            ProviderFailedError: it cannot be made.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            reason = error.strerror or error
            raise ProviderFailedError(
                f"state folder {self._folder}: {reason}; set assistant.state_folder"
            ) from error
        return self._folder

    def call_at(self, when: datetime, work: Callable[[], None]) -> Callable[[], None]:
        """Have work done at that time; return what cancels it."""
        return self._scheduler.call_at(when, work)

    def announce(self, response: Response, *, rings: bool = False) -> bool:
        """Say something that nobody asked for just now; return False when it will not be told."""
        return self._host.announce(response, rings)

    def hush(self) -> None:
        """Stop what is being said, and what rings."""
        self._host.hush()

    def answer(self, intent: Intent) -> Response | None:
        """Have another handler answer an intent."""
        return self._host.answer(intent)

    def intents(self) -> Sequence[IntentInfo]:
        """Return what can be asked of all handlers."""
        return self._host.intents()

    def failed(self, message: str) -> None:
        """Tell whoever runs the assistant why what was asked did not work."""
        self._host.failed(message)

    def warn(self, message: str) -> None:
        """Tell whoever runs the assistant what does not work."""
        self._host.warn(message)

    def sentences_changed(self) -> None:
        """Say that the handler's sentences have changed."""
        self._host.sentences_changed()


def state_folder(section: AssistantSection, handler: str) -> Path:
    """Return a handler's folder: below `assistant.state_folder`, or where the system keeps state.

    That is `$XDG_STATE_HOME/irene/NAME` (XDG Base Directory Specification; `~/.local/state` by
    default), so that assistants of different names do not share their timers.
    """
    if section.state_folder:
        return Path(section.state_folder) / handler
    home = user_folder("XDG_STATE_HOME", "~/.local/state")
    return home / "irene" / file_name(section.name) / handler

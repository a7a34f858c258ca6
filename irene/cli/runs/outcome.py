"""How the commands of a run went, as its exit status tells it."""

from __future__ import annotations

from irene.domain.events import ErrorRaised, Event, SessionEnded

_SERVED = ("answered", "transcribed")
"""reasons for which a session ends when it came to what it was for"""


class Outcome:
    """Whether one command at least was served without an error, and the last error there was."""

    def __init__(self) -> None:
        self.is_served = False
        """whether a command came to what it was for; an apology for an error is not that"""
        self.error_code = ""
        """stable code of the last error; empty without any"""
        self._failed: set[int | None] = set()

    def note(self, event: Event) -> None:
        """Take the next event of the run."""
        if isinstance(event, ErrorRaised):
            self.error_code = event.code
            self._failed.add(event.session)
        elif isinstance(event, SessionEnded):
            self.is_served |= event.reason in _SERVED and event.session not in self._failed

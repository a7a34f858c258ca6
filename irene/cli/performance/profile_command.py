"""The command `profile` of the control socket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from irene.domain.events import Event
from irene.pipeline.assistant import Assistant
from irene.servers.control.arguments import Arguments

if TYPE_CHECKING:
    from irene.performance.profiling.live import LiveProfiles

PROFILE = "profile"
"""name of the command"""
DEFAULT_S = 60.0
LEAST_S, MOST_S = 0.1, 3600.0


class ProfileCommand:
    """Serves it; what profiles is imported when it is asked for first."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._profiles: LiveProfiles | None = None

    def note(self, event: Event) -> None:
        """Take the next event of the run."""
        if self._profiles is not None:
            self._profiles.note(event)

    async def serve(self, given: Mapping[str, Any]) -> object:
        """Profile for as long as asked, or end what is being made.

        Raises:
            RequestError: an argument is wrong, or a profile is being made.
        """
        from irene.performance.profiling.live import LiveProfiles
        from irene.performance.profiling.profile import Level

        arguments = Arguments(PROFILE, given)
        seconds = arguments.number("seconds", DEFAULT_S, LEAST_S, MOST_S)
        level = arguments.word("level", "detailed", [one.value for one in Level])
        memory, stop = arguments.flag("memory"), arguments.flag("stop")
        arguments.done()
        if self._profiles is None:
            self._profiles = LiveProfiles(self._assistant)
        if stop:
            return {"stopped": self._profiles.stop()}
        return {"profile": await self._profiles.profile(Level(level), seconds, memory)}

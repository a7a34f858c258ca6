"""The control socket of a run in the foreground."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from irene.cli.performance.profile_command import PROFILE, ProfileCommand
from irene.domain.events import Event, Warned
from irene.errors import IreneError
from irene.pipeline.assistant import Assistant
from irene.servers.control.claim import Claim
from irene.servers.control.commands import Observed, commands_of
from irene.servers.control.server import ControlServer

Show = Callable[[Event], None]


@asynccontextmanager
async def controlled(
    assistant: Assistant, stop: Callable[[], object], warn: Show, observed: Observed
) -> AsyncIterator[Show]:
    """Let other programs reach an assistant; yields what takes every event of its run.

    `observed` returns what measures it. Where there can be no socket, a
    warning says why, and the run goes on without.
    """
    try:
        claim = Claim.take(assistant.config.assistant.name, assistant.config.name)
    except IreneError as error:
        warn(Warned(message=f"assistant.control: {error}"))
        yield lambda event: None
        return
    profiled = ProfileCommand(assistant)
    commands = {**commands_of(assistant, stop, observed), PROFILE: profiled.serve}
    async with ControlServer(claim, commands) as control:

        def publish(event: Event) -> None:
            profiled.note(event)
            control.publish(event)

        yield publish

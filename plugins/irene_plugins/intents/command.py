"""Any program as a handler: the intent as JSON on its standard input, the answer on its output."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from irene import (
    Availability,
    HandlerContext,
    Intent,
    IntentHandler,
    IntentInfo,
    Licence,
    Response,
    hookimpl,
)
from irene_plugins.command.printed import printed, typed
from irene_plugins.command.program import Program, ProgramOptions
from irene_plugins.intents.network.outward import message_of

_RESPONSE: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "language": str,
    "asks": str,
    "listens": bool,
    "data": dict,
}


@dataclass(frozen=True)
class CommandHandlerOptions(ProgramOptions):
    """Which program answers which intents."""

    timeout_ms: int = 4000
    """longest time that an answer may take; stay below `assistant.intent_timeout_ms`"""
    intents: tuple[str, ...] = ()
    """names of the intents that it answers, such as those of your own sentence files"""

    placeholders: ClassVar[tuple[str, ...]] = ("intent", "language")


class CommandHandler(IntentHandler[CommandHandlerOptions]):
    """Runs a program for every intent.

    It reads an object with `intent`, `slots`, `text`, `language`, `conversation` and `time`. It
    prints the answer, or an object with `text` and, as it likes, `language`, `asks`, `listens` and
    `data` (those of a `Response`). Nothing printed says nothing; an exit status other than 0 is
    a failure.
    """

    name = "command"
    summary = "any program: an intent in, the answer out"
    licence = Licence("that of the program")
    Options = CommandHandlerOptions

    def __init__(self, options: CommandHandlerOptions | None = None) -> None:
        super().__init__(options)
        self.intents = self.options.intents

    def handle(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Run the program and return what it answers."""
        words = self.options.words({"intent": intent.name, "language": context.language})
        asked = json.dumps(message_of(intent, context), ensure_ascii=False).encode()
        with Program(words, asked + b"\n", self.options.timeout_ms / 1000) as program:
            data = program.read_all()
        if not data.strip():
            return None
        name = Path(words[0]).name
        given = typed(printed(data, name), _RESPONSE, name)
        return Response(**{"text": "", "language": context.language, **given})

    def describe(self) -> Sequence[IntentInfo]:
        """Name the intents; what they are for, only the program knows."""
        return [IntentInfo(name) for name in self.intents]

    def _check(self) -> Availability:
        if not self.options.intents:
            return Availability(False, "no intent is given to it", "set intents in its table")
        return self.options.availability()


@hookimpl
def irene_intent_handlers() -> list[type[CommandHandler]]:
    """Offer programs as handlers."""
    return [CommandHandler]

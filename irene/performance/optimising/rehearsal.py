"""Providers for trials: everything is the real thing, but no handler acts on the world."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from irene.domain.intents import Intent, Response
from irene.domain.kinds import Kind
from irene.plugin.host import ProviderClass
from irene.plugin.registry import ComponentRegistry, ProviderEntry
from irene.providers.intents import HandlerContext, IntentHandler, Services


class Answers:
    """The answers of a rehearsal: short, and each time other words, so that none is cached."""

    def __init__(self) -> None:
        self.n = 0
        """of the next answer"""

    def next(self, language: str) -> Response:
        """Return the next answer."""
        self.n += 1
        return Response(str(1000 + 37 * self.n), language)


class RehearsingRegistry(ComponentRegistry):
    """A registry whose intent handlers understand as ever, and only say a number.

    A trial hears "turn on the lamp" a hundred times: nothing is switched, sent or remembered.
    """

    def __init__(self, registry: ComponentRegistry) -> None:
        self.plugins = registry.plugins
        self._entries = {kind: dict(registry.entries(kind)) for kind in Kind}
        self.answers = Answers()
        """what is said"""
        handlers = self._entries[Kind.INTENTS]
        for name, entry in handlers.items():
            handlers[name] = self._rehearsing(entry)

    def _rehearsing(self, entry: ProviderEntry) -> ProviderEntry:
        answers = self.answers

        def handle(self: IntentHandler[Any], intent: Intent, context: HandlerContext) -> Response:
            return answers.next(context.language)

        def start(self: IntentHandler[Any], services: Services) -> None:
            """Nothing goes on."""

        acting = cast("type[Any]", entry.cls)
        quiet = type(acting.__name__, (acting,), {"handle": handle, "start": start})
        return replace(entry, cls=cast("ProviderClass", quiet))
